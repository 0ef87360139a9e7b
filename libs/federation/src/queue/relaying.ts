import type { Passage, Refused, Session } from '@interoffice/routing';
import { refuse } from '@interoffice/routing';
import type { Count, Log } from '@interoffice/telemetry';
import {
  type Element,
  errorReply,
  type Jid,
  NS,
  policyViolation,
  remoteServerTimeout,
  serialize,
} from '@interoffice/wire';
import { Relays } from '../link/relays.js';
import type { Calling, GatewaySetUp } from '../link/shapes.js';
import type { Border } from './border.js';
import { putHops, takeHops, whyNotOn } from './hops.js';
import type { Lines } from './lines.js';
import { stanzaOf } from './outgoing-bytes.js';

export interface RelayingParts {
  readonly setUp: Pick<GatewaySetUp, 'peers' | 'relay'>;
  readonly ours: ReadonlySet<string>;
  /** Our main domain: what other offices call this one by. */
  readonly name: string;
  readonly border: () => Pick<Border, 'mayRelay'>;
  readonly lines: () => Pick<Lines, 'carry'>;
  readonly counts: { readonly relayed: Count; readonly loops: Count };
  readonly log: Log;
}

/** Through whom somebody is reached, who is reached through them, and what is passed on here. */
export interface PassedOn {
  readonly via: string | undefined;
  readonly carries: readonly string[];
  /** Where what it sends goes on to from here. */
  readonly passedTo: readonly string[];
  /** Whose goes on to it. */
  readonly passedFrom: readonly string[];
}

const MARK = Buffer.from(NS.relay);

/** This server in the middle: what it passes on between other offices, and what comes through another one. Decision 0057 */
export class Relaying {
  readonly #relays: Relays;
  /** Something may be passed on here at all. */
  readonly isHub: boolean;
  /** How often something came that had been here before, or past too many. */
  loops = 0;

  constructor(private readonly parts: RelayingParts) {
    this.#relays = new Relays(parts.setUp);
    this.isHub = parts.setUp.relay.length > 0;
  }

  isOurs(domain: string): boolean {
    return this.parts.ours.has(domain);
  }

  believes(peer: string, domain: string): boolean {
    return this.#relays.believes(peer, domain);
  }

  carriedBy(peer: string): readonly string[] {
    return this.#relays.carriedBy(peer);
  }

  /** How lines for a pair are called. */
  wayOf(domain: string, peer: string): Pick<Calling, 'as' | 'via'> {
    const via = this.#relays.viaOf(peer);
    return { ...(!this.isOurs(domain) && { as: this.parts.name }), ...(via !== undefined && { via }) };
  }

  placeOf(peer: string): PassedOn {
    const pairs = [...this.#relays.pairs()];
    return {
      via: this.#relays.viaOf(peer),
      carries: this.#relays.carriedBy(peer).slice(1),
      passedTo: [...new Set(pairs.filter(({ domain }) => domain === peer).map((pair) => pair.peer))],
      passedFrom: [...new Set(pairs.filter((pair) => pair.peer === peer).map(({ domain }) => domain))],
    };
  }

  /** True when a stanza says, or seems to say, where it has been. */
  isMarked(stanza: Buffer): boolean {
    return stanza.includes(MARK);
  }

  /**
   * The stanza with the list of offices that have passed it on: believed only of who speaks for others, with this office
   * behind it where it goes on from here, and taken out where it stays.
   */
  mark(
    stanza: Buffer,
    { by, from, to }: { readonly by: string; readonly from: string; readonly to?: string | undefined },
  ): Buffer {
    const tree = stanzaOf(stanza.subarray(0, -1));
    const said = takeHops(tree);
    const before = by === from ? [] : said;
    if (to !== undefined && !this.isOurs(to)) putHops(tree, [...before, this.parts.name]);
    return Buffer.from(serialize(tree, NS.client));
  }

  /** What is to be passed on and may not be: no settings say so, or it was here before. Undefined: it may. */
  against(p: Passage): Refused | undefined {
    if (p.target.class !== 'elsewhere') return undefined;
    const why = this.#whyNot(p.tree(), p.session.jid, p.target.jid);
    if (why !== undefined) return refuse(policyViolation(why, { type: 'cancel' }), 'not passed on');
    this.parts.counts.relayed.inc();
    return undefined;
  }

  /** Presence and questions, which nothing here has a say in but policy. */
  pass(session: Session, to: Jid, bytes: Buffer): void {
    const stanza = stanzaOf(bytes);
    const why = this.#whyNot(stanza, session.jid, to);
    const refusal = why === undefined ? this.parts.border().mayRelay(stanza, session.jid, to) : undefined;
    const error = why === undefined ? refusal?.error : policyViolation(why, { type: 'cancel' });
    if (error) return answer(session, stanza, errorReply(stanza, error));
    this.parts.counts.relayed.inc();
    const text = `The line from ${this.parts.name} to ${to.domain} is down.`;
    const lost = (): void => answer(session, stanza, errorReply(stanza, remoteServerTimeout(text)));
    if (!this.parts.lines().carry({ domain: session.jid.domain, peer: to.domain }, { bytes, lost })) lost();
  }

  #whyNot(stanza: Element, from: Jid, to: Jid): string | undefined {
    const { name, log, counts } = this.parts;
    if (!this.#relays.mayPass(from.domain, to.domain))
      return `${name} passes nothing on from ${from.domain} to ${to.domain}.`;
    const hops = stanza.getChildren('relayed', NS.relay).flatMap(({ attrs }) => String(attrs['by']).split(' '));
    const why = whyNotOn(hops);
    if (why === undefined) return undefined;
    this.loops++;
    counts.loops.inc();
    log.error('federation.relay.loop', { from: from.domain, to: to.domain, hops: hops.join(' ') });
    return why;
  }
}

/** Errors and answers are never answered with an error. RFC 6120 §8.3.1 */
function answer(session: Session, { attrs }: Element, error: Element): void {
  if (attrs['type'] !== 'error' && attrs['type'] !== 'result' && attrs['type'] !== 'unavailable') session.send(error);
}
