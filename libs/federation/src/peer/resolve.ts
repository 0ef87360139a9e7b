import { promises as dns, type SrvRecord } from 'node:dns';
import { isIP } from 'node:net';
import type { CallableAddresses } from './addresses.js';
import { leftToProxy } from './proxy-names.js';
import type { Route } from './route.js';
import { MOST_TARGETS, targetsOf } from './targets.js';

/** A target with the address it has at this moment: nobody resolves the name again before it is called. */
export interface ResolvedTarget extends Route {
  /** The name itself where it is left to a proxy to resolve it. */
  readonly address: string;
  /** What named it, where it was not DNS. */
  readonly foundBy?: 'route' | 'host-meta' | undefined;
}

/** Why there is nobody to call. */
export interface ResolveFailure {
  readonly code: 'no-such-domain' | 'no-service' | 'dns-failed' | 'address-not-allowed';
  readonly text: string;
}

/** What resolving asks of DNS; `node:dns` has it. */
export type Lookups = Pick<dns.Resolver, 'resolveSrv' | 'resolve4' | 'resolve6'>;

export interface ResolveParts {
  readonly lookups: Lookups;
  readonly callable: CallableAddresses;
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
  /**
   * `proxy`: where only a proxy can resolve names, DNS is not asked at all. A peer is then reached by its route, or by its
   * domain at the port of RFC 6120 §3.2.2. DNS unless given.
   */
  readonly namesBy?: 'dns' | 'proxy' | undefined;
}

/** A resolver that asks these servers, or the system's; each question takes 2 s twice at most. */
export function lookupsOf(servers: readonly string[]): Lookups {
  const resolver = new dns.Resolver({ timeout: 2_000, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  return resolver;
}

/** Answers that say that there is nothing, in contrast to no answer. */
const NOTHING: ReadonlySet<string | undefined> = new Set(['ENOTFOUND', 'ENODATA']);

/** DNS has answered, and there is no such record. */
export function isNothing(error: unknown): boolean {
  return NOTHING.has((error as NodeJS.ErrnoException).code);
}

/**
 * Where the server of a domain is, best first, with addresses. `domain` in A-labels. RFC 6120 §3.2, XEP-0368
 *
 * A question that gets no answer is a failure, not a missing record: falling back would lead to a machine that the
 * domain's owner has not named.
 */
export async function resolvePeer(domain: string, parts: ResolveParts): Promise<ResolvedTarget[] | ResolveFailure> {
  if (parts.namesBy === 'proxy') {
    const [itself] = targetsOf(domain, { direct: undefined, starttls: undefined }, parts.random);
    return leftToProxy(itself!, parts.callable);
  }
  try {
    const [direct, starttls] = await Promise.all([
      srv(`_xmpps-server._tcp.${domain}`, parts.lookups),
      srv(`_xmpp-server._tcp.${domain}`, parts.lookups),
    ]);
    const targets = targetsOf(domain, { direct, starttls }, parts.random);
    if (targets.length === 0) {
      return {
        code: 'no-service',
        text: `DNS says that ${domain} talks to no other servers (SRV record with the target ".").`,
      };
    }
    return await withAddresses(domain, targets, parts);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return {
      code: 'dns-failed',
      text: `DNS did not answer about ${domain} (${code}). Check the DNS servers of this gateway and of the domain.`,
    };
  }
}

/** The addresses of the place that a route names. */
export async function resolveTarget(route: Route, parts: ResolveParts): Promise<ResolvedTarget[] | ResolveFailure> {
  const target = { ...route, foundBy: 'route' as const };
  if (parts.namesBy === 'proxy') return leftToProxy(target, parts.callable);
  return resolveHost(target, parts);
}

/** The addresses of one host; what else is said of it goes along. */
export function resolveHost(target: Route, parts: ResolveParts): Promise<ResolvedTarget[] | ResolveFailure> {
  return withAddresses(target.host, [target], parts).catch(({ code = 'unknown error' }: NodeJS.ErrnoException) => ({
    code: 'dns-failed',
    text: `DNS did not answer about ${target.host} (${code}).`,
  }));
}

async function withAddresses(
  domain: string,
  targets: readonly Route[],
  { lookups, callable }: ResolveParts,
): Promise<ResolvedTarget[] | ResolveFailure> {
  const found = await Promise.all(
    targets.map(async (target) => ({ target, addresses: await addressesOf(target.host, lookups) })),
  );
  const all = found.flatMap(({ target, addresses }) => addresses.map((address) => ({ ...target, address })));
  if (all.length === 0) {
    const host = targets[0]!.host;
    return {
      code: 'no-such-domain',
      text: `DNS knows no address of ${host === domain ? domain : `${host}, the server of ${domain}`}.`,
    };
  }
  const allowed = all.filter(({ address }) => callable.mayCall(address));
  if (allowed.length > 0) return allowed.slice(0, MOST_TARGETS);
  return {
    code: 'address-not-allowed',
    text: `DNS leads ${domain} to ${all[0]!.address}, which is this machine or its own network. Correct the record, or allow the address in the settings.`,
  };
}

async function srv(name: string, lookups: Lookups): Promise<SrvRecord[] | undefined> {
  try {
    const records = await lookups.resolveSrv(name);
    return records.length > 0 ? records : undefined;
  } catch (error) {
    if (isNothing(error)) return undefined;
    throw error;
  }
}

/** Both families in turn, IPv6 first: one that does not work costs one attempt, not all. RFC 8305 §4 */
async function addressesOf(host: string, lookups: Lookups): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  const none = (error: NodeJS.ErrnoException): string[] => {
    if (isNothing(error)) return [];
    throw error;
  };
  const [six, four] = await Promise.all([lookups.resolve6(host).catch(none), lookups.resolve4(host).catch(none)]);
  const turns = Array.from({ length: Math.max(six.length, four.length) }, (_, turn) => [six[turn], four[turn]]);
  return turns.flat().filter((address) => address !== undefined);
}
