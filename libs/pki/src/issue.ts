import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
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
} from './x509.js';
import { encodeServedNames } from './served-names.js';

export const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const SUBJECT_ALT_NAME = '2.5.29.17';
const DAY_MS = 86_400_000;
/** Clocks of clients are minutes off; a certificate must be valid for them at once. */
const BACKDATED_MS = 60 * 60_000;

/** A certificate and its private key, both PEM (PKCS #8 for the key). */
export interface IssuedPair {
  readonly certificate: string;
  readonly key: string;
}

/** Makes a self-signed authority on P-256, good for `days` days from `nowMs`, that may sign leaf certificates only. */
export async function issueAuthority(options: { subject: string; nowMs: number; days: number }): Promise<IssuedPair> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity(options.nowMs, options.days),
    serialNumber: newSerial(),
    name: [{ CN: [options.subject] }],
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

/** What a server certificate shall say. */
export interface ServerCertificateRequest {
  /** Domains and address literals; at least one. */
  readonly names: readonly string[];
  readonly nowMs: number;
  readonly days: number;
}

/** Makes a key and a certificate for these names, signed by the authority, for use by TLS servers. */
export async function issueServerCertificate(
  authority: IssuedPair,
  request: ServerCertificateRequest,
): Promise<IssuedPair> {
  const issuer = new X509Certificate(authority.certificate);
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.create({
    ...validity(request.nowMs, request.days),
    serialNumber: newSerial(),
    // An empty subject would make the names critical (RFC 5280 §4.2.1.6), which old clients do not like; the CN is
    // for people's eyes and nothing reads it.
    subject: [{ CN: [String(request.names[0]).slice(0, 64)] }],
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new Extension(SUBJECT_ALT_NAME, false, encodeServedNames(request.names)),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

export function validity(nowMs: number, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - BACKDATED_MS), notAfter: new Date(nowMs + days * DAY_MS - BACKDATED_MS) };
}

/** 127 random bits, positive and never zero (RFC 5280 §4.1.2.2). */
export function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex');
}

export function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

export async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString();
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' });
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
}
