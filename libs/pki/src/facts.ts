import { X509Certificate } from 'node:crypto';
import { ExtendedKeyUsageExtension, X509Certificate as ParsedCertificate } from './x509.js';
import { decodeServedNames, NO_NAMES, type CertificateNames } from './served-names.js';

const SUBJECT_ALT_NAME = '2.5.29.17';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** What there is to know about a certificate without trusting it. */
export interface CertificateFacts {
  /** Distinguished name in one line, for people; never compared, never an identity. */
  readonly subject: string;
  readonly issuer: string;
  readonly names: CertificateNames;
  readonly notBefore: number;
  /** Milliseconds since 1970, like `notBefore`. */
  readonly notAfter: number;
  readonly serial: string;
  /** SHA-256 over the DER, upper-case hex with colons. */
  readonly fingerprint: string;
  readonly isAuthority: boolean;
  readonly selfSigned: boolean;
  /** True when the certificate names the purpose, or names none at all (RFC 5280 §4.2.1.12). */
  readonly mayServe: boolean;
  readonly mayCall: boolean;
}

/** Reads one certificate (PEM or DER). Throws when the bytes are no certificate or its names are not readable. */
export function certificateFacts(certificate: string | Buffer): CertificateFacts {
  const native = new X509Certificate(certificate);
  const parsed = new ParsedCertificate(native.raw);
  const names = parsed.getExtension(SUBJECT_ALT_NAME);
  const usages = parsed.getExtension<ExtendedKeyUsageExtension>(EXTENDED_KEY_USAGE)?.usages.map(String);
  return {
    subject: oneLine(native.subject),
    issuer: oneLine(native.issuer),
    names: names ? decodeServedNames(names.value) : NO_NAMES,
    notBefore: parsed.notBefore.getTime(),
    notAfter: parsed.notAfter.getTime(),
    serial: native.serialNumber,
    fingerprint: native.fingerprint256,
    isAuthority: native.ca,
    selfSigned: native.checkIssued(native),
    mayServe: usages?.includes(SERVER_AUTH) ?? true,
    mayCall: usages?.includes(CLIENT_AUTH) ?? true,
  };
}

function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').toReversed().join(', ');
}
