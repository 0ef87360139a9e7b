// The company's own authorities: a root whose key is kept off line, below it one that issues for each office. What they
// sign with may be a file or a program (`Signer`).
import { type KeyObject, webcrypto } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { GeneralName, GeneralSubtree, GeneralSubtrees, NameConstraints } from '@peculiar/asn1-x509';
import { Failure } from '@interoffice/telemetry';
import type { CertificateRequest } from './certificate-request.js';
import { ALGORITHM, newSerial, validity } from './issue.js';
import { certificateForm, type CertificateNames, encodeServedNames } from './served-names.js';
import { cryptoOf, type Signer } from './signer.js';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from './x509.js';

const SUBJECT_ALT_NAME = '2.5.29.17';
const NAME_CONSTRAINTS = '2.5.29.30';
const CRL_NUMBER = '2.5.29.20';
const SIGNS = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;
const DAY_MS = 86_400_000;

/** How long something is good. */
export interface Term {
  readonly nowMs: number;
  readonly days: number;
}

/** An authority that can sign: its certificate, PEM, and what signs for it. */
export interface SigningAuthority {
  readonly certificate: string;
  readonly signer: Signer;
}

/** Makes the root: it signs authorities of offices and nothing else. */
export async function issueRoot(subject: string, signer: Signer, term: Term): Promise<SigningAuthority> {
  const publicKey = await webKey(signer.publicKey);
  const name = [{ CN: [subject] }];
  const certificate = await create(signer, {
    ...about(term),
    subject: name,
    issuer: name,
    publicKey,
    extensions: [
      new BasicConstraintsExtension(true, 1, true),
      new KeyUsagesExtension(SIGNS, true),
      await SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return { certificate, signer };
}

/** An office's issuing authority. */
export interface OfficeAuthority {
  readonly subject: string;
  readonly publicKey: KeyObject;
  /** The only domains, and what is below them, that it may vouch for; others' certificates are worth nothing (RFC 5280 §4.2.1.10). */
  readonly domains: readonly string[];
}

/** The certificate, PEM, of an office's issuing authority, signed by the root. */
export async function issueOfficeAuthority(
  root: SigningAuthority,
  office: OfficeAuthority,
  term: Term,
): Promise<string> {
  const issuer = new X509Certificate(root.certificate);
  const publicKey = await webKey(office.publicKey);
  return create(root.signer, {
    ...about(term),
    subject: [{ CN: [office.subject] }],
    issuer: issuer.subject,
    publicKey,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(SIGNS, true),
      ...(office.domains.length === 0 ? [] : [new Extension(NAME_CONSTRAINTS, true, within(office.domains))]),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
}

/**
 * A gateway's certificate, PEM, with exactly the names that it serves: a request that asks for others, or leaves one out,
 * is refused with REQUEST_NAMES and both lists, since the certificate would fail where nobody looks. Good for serving
 * and calling.
 */
export async function issueGatewayCertificate(
  authority: SigningAuthority,
  { request, served }: { readonly request: CertificateRequest; readonly served: readonly string[] },
  term: Term,
): Promise<string> {
  demandNames(request.names, served);
  const issuer = new X509Certificate(authority.certificate);
  const publicKey = await webKey(request.publicKey);
  return create(authority.signer, {
    ...about(term),
    subject: [{ CN: [served[0]!.slice(0, 64)] }],
    issuer: issuer.subject,
    publicKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new Extension(SUBJECT_ALT_NAME, false, encodeServedNames(served)),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
}

/** A certificate that is taken back, and since when. */
export interface Revoked {
  /** Hexadecimal, as it stands in the certificate. */
  readonly serial: string;
  readonly atMs: number;
}

/** A list of certificates that are taken back, PEM; each has a higher number than the one before. RFC 5280 §5 */
export async function issueRevocationList(
  { certificate, signer }: SigningAuthority,
  { revoked, number }: { readonly revoked: readonly Revoked[]; readonly number: number },
  { nowMs, days }: Term,
): Promise<string> {
  const issuer = new X509Certificate(certificate);
  const list = await X509CrlGenerator.create(
    {
      issuer: issuer.subject,
      thisUpdate: new Date(nowMs),
      nextUpdate: new Date(nowMs + days * DAY_MS),
      signingAlgorithm: ALGORITHM,
      signingKey: await webKey(signer.publicKey),
      entries: revoked.map(({ serial, atMs }) => ({ serialNumber: serial, revocationDate: new Date(atMs) })),
      extensions: [
        new Extension(CRL_NUMBER, false, integer(number)),
        await AuthorityKeyIdentifierExtension.create(issuer),
      ],
    },
    cryptoOf(signer),
  );
  // RFC 7468 §6; the generator leaves the first word out, and OpenSSL reads none without it.
  return list.toString('pem').replaceAll(/(BEGIN|END) CRL/g, '$1 X509 CRL');
}

type CreateParts = Omit<Parameters<typeof X509CertificateGenerator.create>[0], 'signingKey' | 'signature'>;

/** The generators want a key to sign with and hand it to `sign`, which is the signer's and takes none. */
async function create(signer: Signer, parts: CreateParts): Promise<string> {
  const signingKey = await webKey(signer.publicKey);
  const made = await X509CertificateGenerator.create({ ...parts, signingKey }, cryptoOf(signer));
  return made.toString('pem');
}

function about({ nowMs, days }: Term): {
  serialNumber: string;
  signingAlgorithm: typeof ALGORITHM;
  notBefore: Date;
  notAfter: Date;
} {
  return { ...validity(nowMs, days), serialNumber: newSerial(), signingAlgorithm: ALGORITHM };
}

function demandNames(asked: CertificateNames, served: readonly string[]): void {
  const [first] = served;
  if (first === undefined) throw new Failure('REQUEST_NAMES', 'The gateway serves no domain.');
  const wanted = new Set(served.map(certificateForm));
  const found = new Set([...asked.dns, ...asked.ip]);
  const missing = [...wanted].filter((name) => !found.has(name));
  const foreign = [...found].filter((name) => !wanted.has(name));
  if (missing.length === 0 && foreign.length === 0) return;
  const parts = [
    ...(missing.length > 0 ? [`does not ask for ${missing.join(', ')}`] : []),
    ...(foreign.length > 0 ? [`asks for ${foreign.join(', ')}, which this gateway does not serve`] : []),
  ];
  throw new Failure(
    'REQUEST_NAMES',
    `The request ${parts.join(' and ')}. Make one with exactly the domains of the gateway.`,
  );
}

function within(domains: readonly string[]): ArrayBuffer {
  const subtrees = domains.map(
    (domain) => new GeneralSubtree({ base: new GeneralName({ dNSName: certificateForm(domain) }) }),
  );
  return AsnConvert.serialize(new NameConstraints({ permittedSubtrees: new GeneralSubtrees(subtrees) }));
}

/** DER of a number that is not negative. X.690 §8.3 */
function integer(value: number): ArrayBuffer {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  const content = bytes[0]! > 127 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return new Uint8Array(Buffer.concat([Buffer.from([2, content.length]), content])).buffer;
}

/** As the generators want a public key. */
function webKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const spki = key.export({ format: 'der', type: 'spki' });
  const { modulusLength, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  const algorithm =
    modulusLength === undefined
      ? { name: 'ECDSA', namedCurve: CURVES[namedCurve] ?? namedCurve }
      : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  return webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']);
}

/** OpenSSL's names and Web Crypto's. */
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
