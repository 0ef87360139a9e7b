import { isIP } from 'node:net';
import { certificateFacts } from './facts.js';
import { nameFor } from './peer-names.js';
import { type CertificateNames, NO_NAMES } from './served-names.js';

/**
 * The names of `served`, as they were given, that a certificate (PEM or DER) does not stand for. Only dNSName and
 * iPAddress count: not every client knows the kinds that XMPP added (RFC 6120 §13.7.1.2). A wildcard counts for what it
 * covers. Throws when the certificate cannot be read.
 */
export function missingNames(certificate: string | Buffer, served: readonly string[]): string[] {
  return namesMissing(certificateFacts(certificate).names, served);
}

/** The same for a certificate that is read already. */
export function namesMissing({ dns, ip }: CertificateNames, served: readonly string[]): string[] {
  const domains = { ...NO_NAMES, dns };
  return served.filter((name) => (isIP(name) ? !ip.includes(name) : nameFor(name, domains) === undefined));
}
