import { type Jid, StreamError, type StreamHeader, tryJid } from '@interoffice/wire';

/**
 * The domain a header asks for; a later one may leave it out, but not change it. Throws `host-unknown`. RFC 6120 §4.7.2
 */
export function servedDomain(
  { to }: StreamHeader,
  settled: string | undefined,
  isServed: (domain: string) => boolean,
): string {
  const domain = to === undefined ? settled : tryJid(to)?.toString();
  if (domain === undefined || !isServed(domain)) {
    const text = to === undefined ? 'The stream header names no domain.' : 'This server does not serve that domain.';
    throw new StreamError('host-unknown', text);
  }
  if (settled !== undefined && domain !== settled) {
    throw new StreamError('host-unknown', 'The domain of a stream cannot change.');
  }
  return domain;
}

/** Version and author of a header; once an account is logged in, nobody else can be named. RFC 6120 §4.7.1, §4.7.5 */
export function checkHeader({ version, from }: StreamHeader, account: Jid | undefined): void {
  if (version === undefined || Number.parseInt(version, 10) !== 1) {
    throw new StreamError('unsupported-version', 'This server speaks version 1.0 of XMPP.');
  }
  if (from !== undefined && account && tryJid(from)?.bare !== account.bare) {
    throw new StreamError('invalid-from', 'The header names another account than the one that logged in.');
  }
}
