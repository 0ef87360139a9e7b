import { type Jid, jid, tryJid } from '@interoffice/wire';

/** The account a user name means on a domain: the bare localpart, or the whole bare JID of that same domain. */
export function accountOf(username: string, domain: string): Jid | undefined {
  try {
    return jid(username, domain);
  } catch {
    // Not a localpart: some clients send their bare JID.
    const full = tryJid(username);
    return full?.local !== undefined && full.domain === domain && full.resource === undefined ? full : undefined;
  }
}

/** RFC 6120 §6.3.8: nobody may act for another account, so an authorization identity is one's own bare JID or absent. */
export function isOwnAuthzid(authzid: string, account: Jid): boolean {
  if (authzid === '') return true;
  const wanted = tryJid(authzid);
  return wanted !== undefined && wanted.resource === undefined && wanted.bare === account.bare;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text from the network: undefined unless it is valid UTF-8. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    // TextDecoder has one reason to throw: the bytes are not UTF-8.
    return undefined;
  }
}
