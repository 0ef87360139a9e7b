import type { GatewaySetUp } from './shapes.js';

/** Who is believed about whom, and who is passed on to whom: what settings name, and nobody else. F-06 */
export class Relays {
  readonly #via: ReadonlyMap<string, string>;
  readonly #pairs: readonly { readonly from: ReadonlySet<string>; readonly to: ReadonlySet<string> }[];

  constructor({ peers, relay }: Pick<GatewaySetUp, 'peers' | 'relay'>) {
    this.#via = new Map(peers.flatMap(({ domain, via }) => (via === undefined ? [] : [[domain, via]])));
    this.#pairs = relay.map(({ from, to }) => ({ from: new Set(from), to: new Set(to) }));
  }

  /** Who is called in a domain's place, where it is not called itself. */
  viaOf(domain: string): string | undefined {
    return this.#via.get(domain);
  }

  /** True when a proven peer speaks for a domain: for its own, and for those that are reached through it. */
  believes(peer: string, domain: string): boolean {
    return peer === domain || this.#via.get(domain) === peer;
  }

  /** A peer's own domain, and those that it speaks for beside it. */
  carriedBy(peer: string): readonly string[] {
    return [peer, ...[...this.#via].filter(([, via]) => via === peer).map(([domain]) => domain)];
  }

  /** True when this server passes on what is sent from one domain to another. */
  mayPass(from: string, to: string): boolean {
    return this.#pairs.some((pair) => pair.from.has(from) && pair.to.has(to));
  }

  /** Every pair that it passes something on for. */
  *pairs(): Iterable<{ readonly domain: string; readonly peer: string }> {
    for (const { from, to } of this.#pairs) for (const domain of from) for (const peer of to) yield { domain, peer };
  }
}
