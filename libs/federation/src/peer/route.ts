import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { PeerCertificates, PeerExpectation, PeerJudgement } from '@interoffice/pki';
import type { Target } from './targets.js';

/** A way to a server, and whom its certificate has to stand for there. */
export interface Route extends Target {
  /** What is asked for by SNI; the peer's domain unless given. */
  readonly servername?: string | undefined;
  /** The domains of which its certificate has to name one; the peer's own and no other unless given. */
  readonly identity?: readonly string[] | undefined;
}

/** What is wrong with a route, for whoever sets it; undefined: nothing. */
export function routeFault({ port, servername, identity }: Route): string | undefined {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return `${port} is no port.`;
  if (servername !== undefined && !isDomain(servername)) return `${servername} is no name that SNI could ask for.`;
  if (identity?.length === 0) return 'The identity of a route names at least one domain.';
  const odd = identity?.find((domain) => !isDomain(domain));
  return odd === undefined
    ? undefined
    : `${odd} is no domain that a certificate could be for: no address and no wildcard.`;
}

export function isDomain(name: string): boolean {
  const ascii = domainToASCII(name);
  return /^[\w-]+(\.[\w-]+)*$/.test(ascii) && isIP(ascii) === 0;
}

type Expected = Omit<PeerExpectation, 'domain'> & { readonly identity: readonly string[] };

/**
 * Judges a certificate for several domains, of which it has to name one. What is no domain counts for nothing: a wildcard
 * would be named by a wildcard, and then mean more than any domain does.
 */
export function judgeFor(
  certificates: PeerCertificates,
  sent: readonly Buffer[],
  { identity, ...more }: Expected,
): PeerJudgement {
  const domains = identity.filter(isDomain);
  const [first, ...others] = (domains.length > 0 ? domains : ['']).map((domain) =>
    certificates.judge(sent, { ...more, domain }),
  ) as [PeerJudgement, ...PeerJudgement[]];
  const proven = [first, ...others].find(({ fault }) => fault === undefined);
  if (proven || first.fault?.code !== 'wrong-name' || domains.length === 1) return proven ?? first;
  const text =
    domains.length === 0
      ? 'The route to this peer expects no domain that a certificate could be for. Correct its identity.'
      : `${first.fault.text} One that names ${domains.slice(1).join(' or ')} would do as well.`;
  return { ...first, fault: { code: 'wrong-name', text } };
}
