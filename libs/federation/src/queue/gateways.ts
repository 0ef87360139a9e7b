import { createHash } from 'node:crypto';
import type { LinkEnd } from '@interoffice/cluster';
import type { Clock } from '@interoffice/telemetry';
import type { GatewayReport } from '../link/shapes.js';
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
    Object.assign(gateway, { link: undefined, lost, sinceMs: this.clock.now() });
  }

  /**
   * Those that are there for a pair, the one that should carry it first. Each weighs every pair by itself (rendezvous
   * hashing): pairs are spread evenly, and a gateway that goes or comes moves no line but its own.
   */
  for({ domain, peer }: { readonly domain: string; readonly peer: string }): readonly KnownGateway[] {
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
