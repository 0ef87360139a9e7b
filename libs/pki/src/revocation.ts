import { readFile } from 'node:fs/promises';
import { AsnConvert } from '@peculiar/asn1-schema';
import { CertificateList } from '@peculiar/asn1-x509';
import { Failure } from '@interoffice/telemetry';
import { hex, serialHex } from './peer-link.js';
import { X509Certificate, X509Crl } from './x509.js';

/** One authority's list of what it has taken back, its signature checked when it was read. RFC 5280 §5 */
export interface RevocationList {
  /** The authority's name, as in `Link`. */
  readonly issuerDer: string;
  /** When the next one was promised for; a list from then on says nothing any more. Milliseconds since 1970. */
  readonly nextUpdate: number;
  /** As `serialHex` writes them. */
  readonly serials: ReadonlySet<string>;
}

/**
 * Reads certificate revocation lists, PEM or DER, and checks that each was signed by one of `authorities` (PEM). Fails
 * with CRL_UNREADABLE, CRL_INVALID or CRL_UNTRUSTED and a sentence naming the file.
 */
export async function loadRevocationLists(
  paths: readonly string[],
  authorities: readonly string[],
): Promise<RevocationList[]> {
  const issuers = authorities.map((pem) => new X509Certificate(pem));
  const found = await Promise.all(paths.map((path) => readLists(path, issuers)));
  return found.flat();
}

async function readLists(path: string, issuers: readonly X509Certificate[]): Promise<RevocationList[]> {
  let file: Buffer;
  try {
    file = await readFile(path);
  } catch (cause) {
    throw new Failure('CRL_UNREADABLE', `${path} cannot be read`, { cause });
  }
  const blocks = [...file.toString('latin1').matchAll(PEM)].map(([, base64]) => Buffer.from(base64!, 'base64'));
  return Promise.all((blocks.length > 0 ? blocks : [file]).map((der) => readList(path, der, issuers)));
}

/** OpenSSL writes `X509 CRL`, others leave out the first word. */
const PEM = /-----BEGIN (?:X509 )?CRL-----([^-]*)-----END (?:X509 )?CRL-----/g;

async function readList(path: string, der: Buffer, issuers: readonly X509Certificate[]): Promise<RevocationList> {
  let list: X509Crl;
  try {
    list = new X509Crl(new Uint8Array(der));
  } catch (cause) {
    throw new Failure('CRL_INVALID', `${path} holds no certificate revocation list`, { cause });
  }
  if (!(await isSigned(list, issuers))) {
    throw new Failure(
      'CRL_UNTRUSTED',
      `${path} is not signed by an authority trusted here (its issuer: ${list.issuer}); add the authority to trust.ca`,
    );
  }
  const { tbsCertList } = AsnConvert.parse(list.rawData, CertificateList);
  const revoked = tbsCertList.revokedCertificates ?? [];
  return {
    issuerDer: hex(AsnConvert.serialize(tbsCertList.issuer)),
    // Without a date it is good until it is replaced.
    nextUpdate: tbsCertList.nextUpdate?.getTime().getTime() ?? Infinity,
    serials: new Set(revoked.map(({ userCertificate }) => serialHex(userCertificate))),
  };
}

async function isSigned(list: X509Crl, issuers: readonly X509Certificate[]): Promise<boolean> {
  for (const issuer of issuers) {
    if (issuer.subject === list.issuer && (await list.verify({ publicKey: issuer.publicKey }))) return true;
  }
  return false;
}
