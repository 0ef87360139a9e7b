// Where a peer is by its host-meta: for peers whose setting says so, and for no others. XEP-0487
import { type HostMetaFault, type PageParts, readPage } from './host-meta-page.js';
import { serversOf } from './host-meta-links.js';
import { type ResolvedTarget, type ResolveFailure, type ResolveParts, resolvePeer, resolveTarget } from './resolve.js';
import { MOST_TARGETS } from './targets.js';

export interface HostMetaParts extends ResolveParts, PageParts {
  /** The port of web servers; 443 unless given. */
  readonly port?: number | undefined;
  /** For all of it; 5 s unless given. */
  readonly hostMetaWithinMs?: number | undefined;
  /** Its host-meta says nothing to us, and DNS is asked instead. */
  readonly fellBack: (fault: HostMetaFault) => void;
}

const WITHIN_MS = 5_000;

/**
 * Where the server of a domain is, best first: by the host-meta of the domain, over HTTPS; where that says
 * nothing, by DNS (XEP-0487 §3.2). `domain` in A-labels. Nothing is kept, so that what it says of keeping it has no
 * bearing; its public keys and ECH are left aside, and of its methods all but direct TLS.
 */
export async function resolveByHostMeta(
  domain: string,
  parts: HostMetaParts,
): Promise<ResolvedTarget[] | ResolveFailure> {
  const servers = await askHostMeta(domain, parts);
  if (!('code' in servers)) return servers;
  parts.fellBack(servers);
  const targets = await resolvePeer(domain, parts);
  return 'code' in targets ? { ...targets, text: `${targets.text} Before that: ${servers.text}` } : targets;
}

async function askHostMeta(domain: string, parts: HostMetaParts): Promise<ResolvedTarget[] | HostMetaFault> {
  const read = await readAnywhere(domain, parts);
  if ('code' in read) return read;
  const servers = serversOf(read.page, domain, parts.random) ?? [];
  const allowed = servers.filter(({ address }) => parts.callable.mayCall(address));
  if (allowed.length > 0) return allowed.slice(0, MOST_TARGETS);
  const what = servers.length > 0 ? 'addresses that may not be called' : 'no server that takes TLS from the first byte';
  return { code: 'host-meta-invalid', text: `The host-meta of ${domain} names ${what}.` };
}

/** From the first address of the domain that answers; half of the time that is left is for the first, so that there is a second. */
async function readAnywhere(domain: string, parts: HostMetaParts): Promise<{ page: string } | HostMetaFault> {
  const { hostMetaWithinMs = WITHIN_MS } = parts;
  const signal = AbortSignal.timeout(hostMetaWithinMs);
  const untilMs = parts.clock.now() + hostMetaWithinMs;
  const places = await resolveTarget({ host: domain, port: parts.port ?? 443, kind: 'tls' }, parts);
  if ('code' in places) return { code: 'host-meta-unreachable', text: places.text };
  let found: { page: string } | HostMetaFault | undefined;
  for (const { address, port } of places) {
    const leftMs = untilMs - parts.clock.now();
    if (found && (leftMs <= 0 || !('code' in found) || found.code !== 'host-meta-unreachable')) break;
    found = await readPage(domain, { host: address, port, withinMs: Math.max(1, leftMs / 2) }, { ...parts, signal });
  }
  return found!;
}
