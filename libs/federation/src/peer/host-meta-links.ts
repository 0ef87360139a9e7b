import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { ResolvedTarget } from './resolve.js';
import { isDomain } from './route.js';
import { inOrder } from './targets.js';

/** Direct TLS between servers, which is the one of its methods that is spoken here. XEP-0487 §2.1 */
const SERVERS = 'urn:xmpp:alt-connections:s2s-tls';
/** Nobody has more of them; what is behind is not looked at. */
const MOST_LINKS = 100;

interface Link {
  readonly port: number;
  readonly ips: readonly string[];
  readonly sni: string;
  readonly priority: number;
  readonly weight: number;
}

/**
 * The servers that a domain's host-meta names, in their order; undefined when it is none of XEP-0487. A link that lacks
 * what it has to have is passed over. Where a link asks for another name by SNI, a certificate for that one is believed
 * as well (§2.2): whoever answers for the domain over HTTPS has said so. Its public keys are not: they would be believed
 * without any authority, and RFC 7469, which they shall be used by, forbids just that.
 */
export function serversOf(text: string, domain: string, random: () => number): ResolvedTarget[] | undefined {
  const document = parse(text);
  if (!isRecord(document) || !isRecord(document['xmpp']) || !Array.isArray(document['links'])) return undefined;
  const links = document['links'].slice(0, MOST_LINKS).flatMap((link: unknown) => readLink(link) ?? []);
  return inOrder(links, random).flatMap(({ port, ips, sni }) => {
    const identity = [...new Set([domain, sni])];
    const target = { host: sni, port, kind: 'tls', servername: sni, identity, foundBy: 'host-meta' } as const;
    return ips.map((address) => ({ ...target, address }));
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Told by the caller: it is no host-meta.
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readLink(link: unknown): Link | undefined {
  if (!isRecord(link) || link['rel'] !== SERVERS) return undefined;
  const { port, ips, sni, priority, weight } = link;
  if (!isWithin(port, 1) || !isWithin(priority, 0) || !isWithin(weight, 0)) return undefined;
  if (typeof sni !== 'string' || !isDomain(sni) || !Array.isArray(ips)) return undefined;
  const addresses = ips.filter((ip: unknown): ip is string => typeof ip === 'string' && isIP(ip) !== 0);
  return addresses.length > 0 ? { port, ips: addresses, sni: domainToASCII(sni), priority, weight } : undefined;
}

function isWithin(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= 65_535;
}
