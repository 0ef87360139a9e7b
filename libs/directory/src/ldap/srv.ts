import { randomInt } from 'node:crypto';
import { Resolver } from 'node:dns/promises';

/** Where a directory is looked for in DNS. */
export interface SrvOptions {
  /** The domain of the directory: `corp.example`. */
  readonly domain: string;
  readonly kind: string;
  readonly startTls: boolean;
  /** `host:port`; the system's without it. */
  readonly dnsServers?: readonly string[];
}

/** A record of RFC 2782. */
export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

const DNS_TIMEOUT_MS = 2000;
/** SRV records of directories name the port of plain LDAP; LDAPS has one of its own beside it. */
const LDAPS_PORTS: Readonly<Record<number, number>> = { 389: 636, 3268: 3269 };

/** The name that is asked for: domain controllers of Active Directory have one of their own. */
export function srvName({ domain, kind }: Pick<SrvOptions, 'domain' | 'kind'>): string {
  return kind === 'active-directory' ? `_ldap._tcp.dc._msdcs.${domain}` : `_ldap._tcp.${domain}`;
}

/** The URLs of the directory's servers in the order they are to be tried. Rejects when DNS does not answer. */
export async function discover(options: SrvOptions): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 2 });
  if (options.dnsServers) resolver.setServers(options.dnsServers);
  return urlsOf(await resolver.resolveSrv(srvName(options)), options);
}

/**
 * URLs by priority, and by weight at random. A target outside the domain is left out: DNS answers can be forged, and a
 * certificate for somebody else's host name is easily had.
 */
export function urlsOf(records: readonly SrvRecord[], { domain, startTls }: SrvOptions): readonly string[] {
  const own = records.filter(({ name }) => isWithin(name.toLowerCase().replace(/\.$/, ''), domain.toLowerCase()));
  const priorities = [...new Set(own.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities
    .flatMap((priority) => byWeight(own.filter((record) => record.priority === priority)))
    .map(({ name, port }) => {
      const host = name.toLowerCase().replace(/\.$/, '');
      return startTls ? `ldap://${host}:${port}` : `ldaps://${host}:${LDAPS_PORTS[port] ?? port}`;
    });
}

/** RFC 2782: each next one is drawn by weight; those of weight 0 stand first and are seldom drawn. */
function byWeight(records: readonly SrvRecord[]): SrvRecord[] {
  const left = records.toSorted((a, b) => a.weight - b.weight);
  const drawn: SrvRecord[] = [];
  while (left.length > 0) {
    let ticket = randomInt(0, left.reduce((sum, { weight }) => sum + weight, 0) + 1);
    const at = left.findIndex(({ weight }) => (ticket -= weight) <= 0);
    drawn.push(...left.splice(at, 1));
  }
  return drawn;
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
