// What a new key and certificate are judged by before they replace those in use.
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { Failure } from '@interoffice/telemetry';
import { isRoot, orderChain, readCertificates } from './chain.js';
import { certificateFacts, type CertificateFacts } from './facts.js';
import type { IssuedPair } from './issue.js';
import { namesMissing } from './missing-names.js';
import type { PeerFaultCode } from './peer-fault.js';
import { readLink } from './peer-link.js';
import { findPath } from './peer-path.js';

/** What a pair must hold up to. */
export interface PairRules {
  /** What the certificate has to name. */
  readonly names: readonly string[];
  /** The roots that its chain is followed to, PEM. */
  readonly roots: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Where a chain ends. */
export type ChainEnd =
  | { readonly isComplete: true; readonly root: string }
  /** `text` says what is not known, and what to do when that is wrong. */
  | { readonly isComplete: false; readonly text: string };

/** A pair that was found good. */
export interface CheckedPair extends IssuedPair {
  /** The certificate and its chain without the root, in the order TLS sends them, whatever order they were given in. */
  readonly certificate: string;
  readonly facts: CertificateFacts;
  readonly chain: ChainEnd;
}

/** Nobody's answer is longer; reading ASN.1 costs time that its sender chooses. */
const MOST_CHARACTERS = 262_144;

/** The chain ends before a root is found: right if peers trust what is above it, which is not known here. */
const OPEN_END: ReadonlySet<PeerFaultCode> = new Set(['missing-issuer', 'untrusted-root', 'self-signed']);

/**
 * Judges a key and the certificates that came for it, PEM, in any order. Throws KEY_INVALID, KEY_MISMATCH,
 * CERTIFICATE_INVALID, CERTIFICATE_NAMES (listing those that are missing), CERTIFICATE_EXPIRED,
 * CERTIFICATE_NOT_YET_VALID or CERTIFICATE_UNFIT. A chain that ends at no root known here is told, not refused.
 */
export function checkPair({ key, certificate }: IssuedPair, rules: PairRules): CheckedPair {
  const privateKey = readKey(key);
  if (certificate.length > MOST_CHARACTERS) throw new Failure('CERTIFICATE_INVALID', 'The answer is too long.');
  const all = readCertificates(certificate, 'The answer');
  const leaf = all.find((one) => one.checkPrivateKey(privateKey));
  if (!leaf) {
    throw new Failure(
      'KEY_MISMATCH',
      'None of the certificates belongs to the key. They answer another request: find that one, or make a new request.',
    );
  }
  const facts = readFacts(leaf);
  demandNames(facts, rules.names);
  demandTime(facts, rules.now);
  const anchors = rules.roots.flatMap((pem) => readCertificates(pem, 'The list of roots'));
  // One that is trusted here without being a root is added: others may know the root alone.
  const sent = orderChain(leaf, [...all, ...anchors]).filter((one, index) => index === 0 || !isRoot(one));
  return {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    certificate: sent.map((one) => one.toString()).join(''),
    facts,
    chain: endOf(leaf, { all, anchors, now: rules.now }),
  };
}

/** Reads a private key, PEM. Throws KEY_INVALID. */
export function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new Failure('KEY_INVALID', 'That is no PEM private key without a pass phrase.', { cause });
  }
}

function readFacts(leaf: X509Certificate): CertificateFacts {
  try {
    return certificateFacts(leaf.raw);
  } catch (cause) {
    throw new Failure('CERTIFICATE_INVALID', 'The names in the certificate cannot be read.', { cause });
  }
}

function demandNames({ names }: CertificateFacts, served: readonly string[]): void {
  const missing = namesMissing(names, served);
  if (missing.length === 0) return;
  throw new Failure(
    'CERTIFICATE_NAMES',
    `The certificate does not name ${missing.join(', ')}. Ask its authority for one that names all that is served.`,
  );
}

function demandTime({ notBefore, notAfter }: CertificateFacts, now: number): void {
  if (now >= notAfter) {
    throw new Failure('CERTIFICATE_EXPIRED', `The certificate expired on ${day(notAfter)}. Ask for a new one.`);
  }
  if (now < notBefore) {
    throw new Failure(
      'CERTIFICATE_NOT_YET_VALID',
      `The certificate is valid from ${day(notBefore)} on. Wait until then, or check this machine's clock.`,
    );
  }
}

function endOf(
  leaf: X509Certificate,
  { all, anchors, now }: { all: readonly X509Certificate[]; anchors: readonly X509Certificate[]; now: number },
): ChainEnd {
  const supplied = all.filter((one) => one !== leaf).map(readLink);
  const found = findPath(readLink(leaf), supplied, { anchors: anchors.map(readLink), lists: [], now });
  const top = found.path.at(-1)!;
  if (!('fault' in found)) return { isComplete: true, root: top.subject };
  const { code, text } = found.fault;
  if (!OPEN_END.has(code)) {
    const why = code === 'wrong-purpose' ? 'It may not be used by TLS servers; ask for serverAuth.' : text;
    throw new Failure('CERTIFICATE_UNFIT', `Peers would refuse the certificate. ${why}`);
  }
  return { isComplete: false, text: openEnd(top.subject, top.issuer) };
}

function openEnd(subject: string, issuer: string): string {
  const isOwn = subject === issuer;
  return isOwn
    ? `The chain ends at ${subject}, which is not among the roots known here. Only peers that trust it will accept the certificate.`
    : `The chain ends at ${subject}; the certificate of ${issuer} is neither in it nor among the roots known here. ` +
        'If it is no root, ask the authority for the missing certificate and add it: peers would find no way up.';
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
