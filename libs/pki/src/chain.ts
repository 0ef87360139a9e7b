import { X509Certificate } from 'node:crypto';
import { Failure } from '@interoffice/telemetry';

/** Nobody's chain is that long. */
const LONGEST_CHAIN = 10;
const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Every certificate of a PEM text, in its order. Throws CERTIFICATE_INVALID when there is none or one cannot be read;
 * `where` begins the sentence.
 */
export function readCertificates(pem: string, where: string): X509Certificate[] {
  const blocks = pem.match(BLOCK);
  if (!blocks) throw new Failure('CERTIFICATE_INVALID', `${where} holds no PEM certificate (BEGIN CERTIFICATE)`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (cause) {
    throw new Failure('CERTIFICATE_INVALID', `${where} holds a certificate that cannot be read`, { cause });
  }
}

/** The certificate and, each behind the one it signed, those of `pool` that stand above it; others are left out. */
export function orderChain(leaf: X509Certificate, pool: readonly X509Certificate[]): X509Certificate[] {
  const chain = [leaf];
  while (chain.length < LONGEST_CHAIN && !isRoot(chain.at(-1)!)) {
    const last = chain.at(-1)!;
    const issuer = pool.find((one) => !chain.includes(one) && hasSigned(one, last));
    if (!issuer) break;
    chain.push(issuer);
  }
  return chain;
}

/** Whether it is its own issuer: a peer trusts it beforehand or never, so it need not be sent. RFC 8446 §4.4.2 */
export function isRoot(certificate: X509Certificate): boolean {
  return certificate.checkIssued(certificate);
}

function hasSigned(issuer: X509Certificate, below: X509Certificate): boolean {
  return below.checkIssued(issuer) && below.verify(issuer.publicKey);
}
