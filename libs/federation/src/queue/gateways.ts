import { createHash } from 'node:crypto';
import type { LinkEnd } from '@interoffice/cluster';
import type { Clock } from '@interoffice/telemetry';
import type { GatewayReport, StreamBothWays } from '../link/shapes.js';
import type { GatewayLink } from './gateway-link.js';

/** A gateway of ours, as settings name it, and the domains that it speaks for. */
export interface GatewayWish {
  /** `local`, or where it is dialled. */
  readonly name: string;
  readonly domains: readonly string[];
}

/** A gateway as its page shows it. */
export interface GatewayFacts {
  readonly name: string;
  readonly domains: readonly string[];
  /** `new`: it has not been reached since this process began. */
  readonly state: 'up' | 'away' | 'new';
  readonly sinceMs: number;
  /** Lines that it carries. */
  readonly lines: number;
  readonly lastEnd: { readonly code: string; readonly text: string } | undefined;
  /** What it last said of itself, which it does where it is a process of its own. */
  readonly report: GatewayReport | undefined;
}

/** One gateway: there behind its link, or away. */
export class KnownGateway {
  /** As the journal names it. */
  readonly label: Buffer;
  readonly domains: ReadonlySet<string>;
  link: GatewayLink | undefined;
  lost: LinkEnd | undefined;
  report: GatewayReport | undefined;
  sinceMs: number;
  /** Streams that peers have opened at it and that lines may go over. */
  readonly #bothWays = new Map<number, { readonly domain: string; readonly peer: string }>();

  constructor(
    readonly name: string,
    domains: readonly string[],
    /** Its place among all: numbers of its streams are told apart by it. */
    readonly place: number,
    nowMs: number,
  ) {
    this.label = Buffer.from(name);
    this.domains = new Set(domains);
    this.sinceMs = nowMs;
  }

  /** What is for a peer may go over a stream of the peer's, until it is over. */
  opened({ stream, domain, peer }: StreamBothWays): void {
    this.#bothWays.set(stream, { domain, peer });
  }

  over(stream: number): void {
    this.#bothWays.delete(stream);
  }

  allOver(): void {
    this.#bothWays.clear();
  }

  hasStreamOf({ domain, peer }: Pick<StreamBothWays, 'domain' | 'peer'>): boolean {
    for (const one of this.#bothWays.values()) if (one.domain === domain && one.peer === peer) return true;
    return false;
  }
}

/** Whom something is sent for, and to. */
export interface GatewayPair {
  readonly domain: string;
  readonly peer: string;
  readonly via?: string | undefined;
}

/** All gateways of ours, and which of them a line belongs to. */
export class Gateways {
  readonly all: readonly KnownGateway[];

  constructor(
    wishes: readonly GatewayWish[],
    private readonly clock: Clock,
  ) {
    this.all = wishes.map(({ name, domains }, place) => new KnownGateway(name, domains, place, clock.now()));
  }

  /** Throws for a name that settings do not have: a fault of ours. */
  named(name: string): KnownGateway {
    const found = this.all.find((one) => one.name === name);
    if (!found) throw new Error(`there is no gateway ${name}`);
    return found;
  }

  up(gateway: KnownGateway, link: GatewayLink): void {
    Object.assign(gateway, { link, lost: undefined, sinceMs: this.clock.now() });
  }

  away(gateway: KnownGateway, lost: LinkEnd): void {
    gateway.allOver();
    Object.assign(gateway, { link: undefined, lost, sinceMs: this.clock.now() });
  }

  /**
   * Those that are there for a pair, in the order in which they are to call: where the peer has opened a stream for both
   * directions first, since others may be unable to reach it. `via`: who is called in the peer's place.
   */
  for({ domain, peer, via = peer }: GatewayPair): readonly KnownGateway[] {
    const hasStream = (one: KnownGateway): number => (one.hasStreamOf({ domain, peer: via }) ? 1 : 0);
    return this.#byWeight({ domain, peer }).toSorted((a, b) => hasStream(b) - hasStream(a));
  }

  /** Whose line it is among those that are there: that one takes it again where it can. */
  ownerOf(pair: GatewayPair): KnownGateway | undefined {
    return this.#byWeight(pair)[0];
  }

  /**
   * Each weighs every pair by itself (rendezvous hashing): pairs are spread evenly, and a gateway that goes or comes moves
   * no line but its own.
   */
  #byWeight({ domain, peer }: GatewayPair): readonly KnownGateway[] {
    const there = this.all.filter(({ link, domains }) => link !== undefined && domains.has(domain));
    if (there.length < 2) return there;
    const weights = new Map(there.map((one) => [one, weightOf(`${one.name} ${domain} ${peer}`)]));
    return there.toSorted((a, b) => weights.get(b)! - weights.get(a)!);
  }

  /** Those of the office that a domain of ours is of, there or not, in the order of the settings. */
  of(domain: string): readonly KnownGateway[] {
    return this.all.filter(({ domains }) => domains.has(domain));
  }

  /** `lines`: how many each carries. */
  facts(lines: ReadonlyMap<KnownGateway, number>): GatewayFacts[] {
    return this.all.map((one) => ({
      name: one.name,
      domains: [...one.domains],
      state: one.link ? 'up' : one.lost ? 'away' : 'new',
      sinceMs: one.sinceMs,
      lines: lines.get(one) ?? 0,
      lastEnd: one.lost,
      report: one.report,
    }));
  }
}

/** Depends on nothing but the text: every start of every release spreads alike. */
function weightOf(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6);
}
