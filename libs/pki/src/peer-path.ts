import { breaksConstraints } from './name-constraints.js';
import { fault, type PeerFault } from './peer-fault.js';
import { describeKey, isForClients, isStrongKey, type Link, mayServe } from './peer-link.js';
import type { RevocationList } from './revocation.js';

/** Longer chains are nobody's, and each certificate costs a signature. */
const LONGEST_PATH = 6;
const MOST_SIGNATURES = 24;

/** Against what a chain is judged. */
export interface PathRules {
  readonly anchors: readonly Link[];
  readonly lists: readonly RevocationList[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * The chain from `leaf` to a trusted authority, the leaf first, or why there is none. Every way through `supplied` is
 * tried; if none holds, the fault of the first complete one is told, since that is the one that was meant. RFC 5280 §6.1
 */
export function findPath(
  leaf: Link,
  supplied: readonly Link[],
  rules: PathRules,
): { path: readonly Link[] } | { fault: PeerFault; path: readonly Link[] } {
  const search = { signatures: 0, first: undefined as { fault: PeerFault; path: readonly Link[] } | undefined };
  let longest: readonly Link[] = [leaf];
  const walk = (path: readonly Link[]): readonly Link[] | undefined => {
    const last = path.at(-1)!;
    if (path.length > longest.length) longest = path;
    for (const anchor of rules.anchors) {
      const complete = isSame(anchor, last) ? path : hasSigned(anchor, last, search) ? [...path, anchor] : undefined;
      if (!complete) continue;
      const wrong = faultOfPath(complete, rules);
      if (!wrong) return complete;
      search.first ??= { fault: wrong, path: complete };
    }
    if (path.length >= LONGEST_PATH) return undefined;
    for (const issuer of supplied) {
      if (path.some((link) => isSame(link, issuer)) || !hasSigned(issuer, last, search)) continue;
      const found = walk([...path, issuer]);
      if (found) return found;
    }
    return undefined;
  };
  const path = walk([leaf]);
  if (path) return { path };
  // What is wrong with the certificate itself is said first: trusting its authority would not help.
  return search.first ?? { fault: faultOfLeaf(leaf, rules) ?? noAnchor(longest), path: longest };
}

/** What is wrong with a certificate by itself, whoever signed it. */
export function faultOfLeaf(leaf: Link, { now }: { now: number }): PeerFault | undefined {
  if (!mayServe(leaf)) {
    const what = isForClients(leaf)
      ? 'is for TLS clients only (extended key usage clientAuth)'
      : 'is not for TLS servers';
    return fault('wrong-purpose', `The peer's certificate ${what}. The peer needs one with serverAuth.`);
  }
  if (!leaf.maySignHandshakes) {
    return fault(
      'wrong-purpose',
      "The peer's certificate may not be used for TLS: its key usage lacks digitalSignature.",
    );
  }
  return faultOfTime(leaf, now) ?? faultOfStrength(leaf);
}

function faultOfPath(path: readonly Link[], rules: PathRules): PeerFault | undefined {
  const leaf = path[0]!;
  const own = faultOfLeaf(leaf, rules);
  if (own) return own;
  for (const [index, link] of path.entries()) {
    const isAnchor = index === path.length - 1;
    const wrong =
      faultOfTime(link, rules.now) ??
      (index > 0 ? faultOfAuthority(link, { below: index - 1, isAnchor }) : undefined) ??
      (isAnchor ? undefined : faultOfStrength(link)) ??
      (isAnchor && path.length > 1 ? undefined : faultOfList(link, rules));
    if (wrong) return wrong;
    if (link.hasUnknownCritical) {
      return fault(
        'bad-chain',
        `The certificate of ${link.subject} has a critical extension that is not understood here.`,
      );
    }
    if (link.constraints && index > 0 && breaksConstraints(leaf.names, link.constraints)) {
      return fault(
        'name-constraint',
        `The authority ${link.subject} may not issue certificates for the names in this one.`,
      );
    }
  }
  return undefined;
}

function faultOfAuthority(
  link: Link,
  { below, isAnchor }: { below: number; isAnchor: boolean },
): PeerFault | undefined {
  const { subject } = link;
  // A trusted root of version 1 has no extensions at all; what is trusted by name may sign.
  if (!link.isAuthority && !isAnchor)
    return fault('bad-chain', `${subject} signed a certificate, but is no authority.`);
  if (!link.maySign) return fault('bad-chain', `The key usage of ${subject} does not let it sign certificates.`);
  if (below > link.pathLength) return fault('bad-chain', `More authorities stand below ${subject} than it allows.`);
  if (!isAnchor && !mayServe(link)) {
    return fault('wrong-purpose', `The authority ${subject} may not issue certificates for TLS servers.`);
  }
  return undefined;
}

function faultOfTime({ notBefore, notAfter, subject }: Link, now: number): PeerFault | undefined {
  if (now > notAfter) {
    return fault('expired', `The certificate of ${subject} expired at ${at(notAfter)}. Its owner has to renew it.`);
  }
  if (now < notBefore) {
    return fault(
      'not-yet-valid',
      `The certificate of ${subject} is valid from ${at(notBefore)} on. Check the clocks of both sides.`,
    );
  }
  return undefined;
}

function faultOfStrength({ certificate, hasStrongSignature, subject }: Link): PeerFault | undefined {
  if (!isStrongKey(certificate.publicKey)) {
    const key = describeKey(certificate.publicKey);
    return fault(
      'weak-key',
      `The key of ${subject} (${key}) is too weak: RSA from 2048 bits, P-256, P-384 or P-521 is needed.`,
    );
  }
  if (!hasStrongSignature) {
    return fault(
      'weak-signature',
      `The certificate of ${subject} is signed with an outdated hash; SHA-256 or better is needed.`,
    );
  }
  return undefined;
}

function faultOfList({ issuerDer, issuer, serial, subject }: Link, { lists, now }: PathRules): PeerFault | undefined {
  const own = lists.filter((list) => list.issuerDer === issuerDer);
  if (own.some(({ serials }) => serials.has(serial))) {
    return fault('revoked', `${issuer} has revoked the certificate of ${subject}. Its owner needs a new one.`);
  }
  // Fail closed: a list that nobody renews would hide what was revoked since.
  if (own.length > 0 && own.every(({ nextUpdate }) => nextUpdate <= now)) {
    return fault(
      'crl-expired',
      `The revocation list of ${issuer} ended at ${at(Math.max(...own.map((list) => list.nextUpdate)))}. Install its current one here.`,
    );
  }
  return undefined;
}

function noAnchor(path: readonly Link[]): PeerFault {
  const leaf = path[0]!;
  const top = path.at(-1)!;
  if (path.length === 1 && leaf.issuerDer === leaf.subjectDer) {
    return fault(
      'self-signed',
      "The peer's certificate is signed by itself. Pin its key if it is known to be the peer's, or ask for one of an authority.",
    );
  }
  if (path.length === 1) {
    return fault(
      'missing-issuer',
      `The peer sent its certificate without the one of ${leaf.issuer}, which is not trusted here. ` +
        'Either the peer has to send its whole chain, or that authority has to be added to trust.ca.',
    );
  }
  const root = top.issuerDer === top.subjectDer ? top.subject : top.issuer;
  return fault('untrusted-root', `The authority ${root} is not trusted here. Add it to trust.ca if it should be.`);
}

function isSame(one: Link, other: Link): boolean {
  return one.certificate.raw.equals(other.certificate.raw);
}

function hasSigned(issuer: Link, link: Link, search: { signatures: number }): boolean {
  if (issuer.subjectDer !== link.issuerDer || search.signatures >= MOST_SIGNATURES) return false;
  search.signatures++;
  return link.certificate.verify(issuer.certificate.publicKey);
}

function at(ms: number): string {
  return new Date(ms).toISOString();
}
