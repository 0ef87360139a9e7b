import type { PeerLines } from '@interoffice/api';
import type { ShownFacts } from './row-of.js';

/** A certificate that a peer has shown when it was called. */
export interface PeersCertificate {
  readonly domain: string;
  readonly seenAt: number;
  readonly facts: ShownFacts;
}

/**
 * What peers have shown when they were called last, one for each of them. A gateway of another release has told it: what
 * cannot be read is passed over.
 */
export function peersCertificates(lines: ReturnType<PeerLines['facts']>): PeersCertificate[] {
  const latest = new Map<string, PeersCertificate>();
  for (const { peer: domain, attempts } of lines) {
    for (const { atMs: seenAt, chain } of attempts) {
      const facts = readShown(chain[0]);
      if (facts && (latest.get(domain)?.seenAt ?? 0) <= seenAt) latest.set(domain, { domain, seenAt, facts });
    }
  }
  return [...latest.values()];
}

function readShown(shown: object | undefined): ShownFacts | undefined {
  const { subject, issuer, names, notBefore, notAfter, fingerprint } = (shown ?? {}) as Partial<
    Record<string, unknown>
  >;
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
