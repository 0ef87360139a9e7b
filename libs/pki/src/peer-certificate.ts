import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto';
import { fault, type PeerFault } from './peer-fault.js';
import { type Link, readLink } from './peer-link.js';
import { type MatchedName, nameFor } from './peer-names.js';
import { faultOfLeaf, findPath } from './peer-path.js';
import type { RevocationList } from './revocation.js';

/** More certificates than anybody's chain has are not even read. */
const MOST_CERTIFICATES = 10;

/** What a peer is judged by. */
export interface PeerTrust {
  /** Authorities, PEM. Empty: nobody is trusted but by a pin. */
  readonly authorities: readonly string[];
  readonly lists: readonly RevocationList[];
}

/** One certificate as the peer page shows it. */
export interface ShownCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly names: Link['names'];
  /** Extended key usages as OIDs; undefined: any. */
  readonly purposes: readonly string[] | undefined;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256 over the DER, upper-case hex with colons. */
  readonly fingerprint: string;
  /** SHA-256 over the SubjectPublicKeyInfo, base64: what a pin is. RFC 7469 §2.4 */
  readonly keyHash: string;
}

/** Whether a certificate proves a domain, and what was seen. */
export interface PeerJudgement {
  /** The entry that stands for the domain; undefined together with `fault`. */
  readonly name: MatchedName | undefined;
  readonly fault: PeerFault | undefined;
  /** The chain that was judged, the peer's certificate first; what it sent when no chain was found. */
  readonly chain: readonly ShownCertificate[];
}

/** Whom the certificate shall prove, and what is known of them beforehand. */
export interface PeerExpectation {
  readonly domain: string;
  /** Hashes of the only keys that are the peer's, as `keyHash`. With one of them no authority is needed. */
  readonly pins?: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Judges peers' certificates on parsed ASN.1, the same way whichever side dialled: what proves a domain must be fit for
 * a server of that domain. Node's own checks are not used for that, since they take a CN for a name, refuse as a caller
 * whoever has a certificate for servers only, and know neither SRVName nor xmppAddr. RFC 6120 §13.7, RFC 9525, RFC 5280 §6
 */
export class PeerCertificates {
  readonly #anchors: readonly Link[];
  readonly #lists: readonly RevocationList[];

  /** Throws when an authority cannot be read. */
  constructor({ authorities, lists }: PeerTrust) {
    this.#anchors = authorities.map((pem) => readLink(new X509Certificate(pem)));
    this.#lists = lists;
  }

  /** `sent`: DER, the peer's own certificate first. Never throws for what a peer may have sent. */
  judge(sent: readonly Buffer[], expected: PeerExpectation): PeerJudgement {
    if (sent.length === 0) {
      return refused(
        fault('no-certificate', 'The peer showed no certificate. It has to present the one of its domain.'),
        [],
      );
    }
    let links: Link[];
    try {
      links = sent.slice(0, MOST_CERTIFICATES).map((der) => readLink(new X509Certificate(der)));
    } catch {
      return refused(fault('malformed', "The peer's certificate cannot be read. Its owner has to replace it."), []);
    }
    const [leaf, ...supplied] = links as [Link, ...Link[]];
    const { fault: wrong, path } = this.#pathOf(leaf, supplied, expected);
    const name = nameFor(expected.domain, leaf.names);
    if (wrong) return refused(wrong, path);
    if (!name) return refused(wrongName(expected.domain, leaf), path);
    return { name, fault: undefined, chain: path.map(shown) };
  }

  #pathOf(
    leaf: Link,
    supplied: readonly Link[],
    { pins, now }: PeerExpectation,
  ): { fault?: PeerFault; path: readonly Link[] } {
    const rules = { anchors: this.#anchors, lists: this.#lists, now };
    if (pins === undefined || pins.length === 0) return findPath(leaf, supplied, rules);
    const path = [leaf, ...supplied];
    if (!pins.some((pin) => isPin(pin, leaf))) {
      return {
        fault: fault(
          'pin-mismatch',
          `The peer's key is not the one that was pinned for it (seen: ${keyHash(leaf)}). ` +
            'Ask its administrator whether the key was changed; if not, somebody is in between.',
        ),
        path,
      };
    }
    const wrong = faultOfLeaf(leaf, rules);
    return wrong ? { fault: wrong, path } : { path };
  }
}

function refused(wrong: PeerFault, path: readonly Link[]): PeerJudgement {
  return { name: undefined, fault: wrong, chain: path.map(shown) };
}

function wrongName(domain: string, { names }: Link): PeerFault {
  const found = [...names.dns, ...names.srv, ...names.xmppAddr].slice(0, 5);
  const what = found.length === 0 ? 'names no domain at all (a CN does not count)' : `is for ${found.join(', ')}`;
  return fault(
    'wrong-name',
    `The peer's certificate ${what}, not for ${domain}. Its owner needs one that names ${domain}.`,
  );
}

/** The hash of a key, as pins are written. */
function keyHash({ certificate }: Link): string {
  return createHash('sha256')
    .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}

function isPin(pin: string, leaf: Link): boolean {
  const [wanted, seen] = [Buffer.from(pin, 'base64'), Buffer.from(keyHash(leaf), 'base64')];
  return wanted.length === seen.length && timingSafeEqual(wanted, seen);
}

function shown(link: Link): ShownCertificate {
  const { subject, issuer, names, purposes, notBefore, notAfter, certificate } = link;
  const fingerprint = certificate.fingerprint256;
  return { subject, issuer, names, purposes, notBefore, notAfter, fingerprint, keyHash: keyHash(link) };
}
