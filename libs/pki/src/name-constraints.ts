import type { GeneralSubtree, NameConstraints } from '@peculiar/asn1-x509';
import type { CertificateNames } from './served-names.js';

/**
 * Whether names break the constraints of an authority above them. RFC 5280 §4.2.1.10
 *
 * Domains are compared wherever they stand: in a dNSName, and in the SRVName and xmppAddr for the same host, for which
 * constraints of their own are unknown in practice and would otherwise be a way around. Constraints on other kinds of
 * name concern nothing that we accept.
 */
export function breaksConstraints(
  names: CertificateNames,
  { permittedSubtrees, excludedSubtrees }: NameConstraints,
): boolean {
  const hosts = hostsOf(names);
  const excluded = domainsOf(excludedSubtrees);
  if (hosts.some((host) => excluded.some((base) => isWithin(host, base)))) return true;
  const permitted = domainsOf(permittedSubtrees);
  return permitted.length > 0 && !hosts.every((host) => permitted.some((base) => isWithin(host, base)));
}

function hostsOf({ dns, srv, xmppAddr }: CertificateNames): string[] {
  return [
    ...dns.map((name) => name.replace(/^\*\./, '')),
    ...srv.map((name) => name.replace(/^_[^.]*\./, '')),
    ...xmppAddr.map((name) => name.slice(name.indexOf('@') + 1)),
  ];
}

function domainsOf(subtrees: readonly GeneralSubtree[] | undefined): string[] {
  return (subtrees ?? []).flatMap(({ base }) => (base.dNSName === undefined ? [] : [base.dNSName.toLowerCase()]));
}

/** An empty base is everything; a leading dot is not in the standard, but is written. */
function isWithin(host: string, base: string): boolean {
  const root = base.replace(/^\./, '');
  return root === '' || host === root || host.endsWith(`.${root}`);
}
