import { type KeyObject, X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  KeyUsage,
  KeyUsageFlags,
  NameConstraints,
} from '@peculiar/asn1-x509';
import { decodeServedNames, NO_NAMES, type CertificateNames } from './served-names.js';

/** Extensions that are looked at here, or that restrict nothing we rely on; any other critical one is refused. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  // certificatePolicies: no policy is asked for, so none can be missing.
  '2.5.29.32',
]);
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const ANY_PURPOSE = '2.5.29.37.0';

/** By OID: PKCS #1 with SHA-2, ECDSA with SHA-2, Ed25519, Ed448. PSS names its hash in the parameters. */
const STRONG_SIGNATURES: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112',
  '1.3.101.113',
]);
const PSS = '1.2.840.113549.1.1.10';
/** id-sha256, id-sha384, id-sha512 and nothing else below 2.16.840.1.101.3.4.2, in DER. */
const PSS_STRONG_HASH = /060960864801650304020[123]/;
const RSA_MIN_BITS = 2048;
const STRONG_CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** One certificate of a chain, read once: what the rules of RFC 5280 §6.1 ask about it. */
export interface Link {
  readonly certificate: X509Certificate;
  readonly subject: string;
  readonly issuer: string;
  /** Both names as hex of their DER, by which they are compared. */
  readonly subjectDer: string;
  readonly issuerDer: string;
  /** As `serialHex` writes it. */
  readonly serial: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly names: CertificateNames;
  readonly isAuthority: boolean;
  /** May sign certificates: no keyUsage, or one that says so. */
  readonly maySign: boolean;
  readonly maySignHandshakes: boolean;
  /** Certificates that may follow below it, without the last. */
  readonly pathLength: number;
  /** Purposes as OIDs; undefined: any. RFC 5280 §4.2.1.12 */
  readonly purposes: readonly string[] | undefined;
  readonly constraints: NameConstraints | undefined;
  readonly hasUnknownCritical: boolean;
  readonly hasStrongSignature: boolean;
}

/** Reads a certificate. Throws when it is none. */
export function readLink(certificate: X509Certificate): Link {
  const { tbsCertificate: tbs, signatureAlgorithm } = AsnConvert.parse(certificate.raw, Certificate);
  const extensions = tbs.extensions ?? [];
  const valueOf = (id: string): ArrayBuffer | undefined =>
    extensions.find(({ extnID }) => extnID === id)?.extnValue.buffer;
  const read = <T>(id: string, type: new () => T): T | undefined => {
    const der = valueOf(id);
    return der === undefined ? undefined : AsnConvert.parse(der, type);
  };
  const basic = read(id_ce_basicConstraints, BasicConstraints);
  const usage = read(id_ce_keyUsage, KeyUsage);
  const may = (flag: number): boolean => usage === undefined || (usage.toNumber() & flag) !== 0;
  const names = valueOf(id_ce_subjectAltName);
  return {
    certificate,
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    subjectDer: hex(AsnConvert.serialize(tbs.subject)),
    issuerDer: hex(AsnConvert.serialize(tbs.issuer)),
    serial: serialHex(tbs.serialNumber),
    notBefore: tbs.validity.notBefore.getTime().getTime(),
    notAfter: tbs.validity.notAfter.getTime().getTime(),
    names: names === undefined ? NO_NAMES : decodeServedNames(names),
    isAuthority: basic?.cA === true,
    maySign: may(KeyUsageFlags.keyCertSign),
    maySignHandshakes: may(KeyUsageFlags.digitalSignature),
    pathLength: basic?.pathLenConstraint ?? Infinity,
    purposes: read(id_ce_extKeyUsage, ExtendedKeyUsage)?.map(String),
    constraints: read(id_ce_nameConstraints, NameConstraints),
    hasUnknownCritical: extensions.some(({ critical, extnID }) => critical && !UNDERSTOOD.has(extnID)),
    hasStrongSignature: isStrong(signatureAlgorithm.algorithm, signatureAlgorithm.parameters),
  };
}

/** Whether it may be a server's. A certificate for clients alone is none, whichever side dialled. F-05 */
export function mayServe({ purposes }: Link): boolean {
  return purposes === undefined || purposes.includes(SERVER_AUTH) || purposes.includes(ANY_PURPOSE);
}

/** Whether its purposes name clients alone; for the sentence. */
export function isForClients({ purposes }: Link): boolean {
  return purposes?.includes(CLIENT_AUTH) === true;
}

/** RSA from 2,048 bits, the three NIST curves, Edwards curves. H-05 */
export function isStrongKey(key: KeyObject): boolean {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return modulusLength >= RSA_MIN_BITS;
    case 'ec':
      return STRONG_CURVES.has(namedCurve);
    default:
      return key.asymmetricKeyType === 'ed25519' || key.asymmetricKeyType === 'ed448';
  }
}

/** The key in a few words. */
export function describeKey(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  return [key.asymmetricKeyType?.toUpperCase() ?? 'unknown', modulusLength ?? namedCurve].filter(Boolean).join(' ');
}

function isStrong(algorithm: string, parameters: ArrayBuffer | null | undefined): boolean {
  if (algorithm !== PSS) return STRONG_SIGNATURES.has(algorithm);
  return parameters !== undefined && parameters !== null && PSS_STRONG_HASH.test(hex(parameters));
}

/** A serial number as it is compared: lower-case hex without leading zeros. */
export function serialHex(der: ArrayBuffer): string {
  return hex(der).replace(/^0+/, '');
}

export function hex(der: ArrayBuffer): string {
  return Buffer.from(der).toString('hex');
}

function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').toReversed().join(', ');
}
