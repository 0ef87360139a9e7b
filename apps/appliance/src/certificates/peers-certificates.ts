import type { XmppServer } from '@interoffice/server';
import type { ShownFacts } from './row-of.js';

/** A certificate that a peer has shown, whichever side called. */
export interface PeersCertificate {
  readonly domain: string;
  readonly seenAt: number;
  readonly facts: ShownFacts;
}

/** What peers have shown last. A gateway of another release has told it: what cannot be read is passed over. */
export function peersCertificates(seen: NonNullable<XmppServer['federation']>['certificates']): PeersCertificate[] {
  return seen.flatMap(({ domain, seenAtMs, shown }) => {
    const facts = readShown(shown);
    return facts ? [{ domain, seenAt: seenAtMs, facts }] : [];
  });
}

function readShown(shown: object): ShownFacts | undefined {
  const { subject, issuer, names, notBefore, notAfter, fingerprint } = shown as Partial<Record<string, unknown>>;
  const texts = [subject, issuer, fingerprint];
  if (!texts.every((text) => typeof text === 'string')) return undefined;
  if (!Number.isFinite(notBefore) || !Number.isFinite(notAfter)) return undefined;
  const { dns } = (names ?? {}) as { dns?: unknown };
  const named = Array.isArray(dns) ? dns.filter((name) => typeof name === 'string') : [];
  return {
    subject: String(subject),
    issuer: String(issuer),
    names: { dns: named, ip: [] },
    notBefore: Number(notBefore),
    notAfter: Number(notAfter),
    fingerprint: String(fingerprint),
  };
}
