import type { Session } from '@interoffice/routing';
import type { Count, Log } from '@interoffice/telemetry';
import type { Calling, StreamBothWays } from '../link/shapes.js';
import type { Gateways, KnownGateway } from './gateways.js';
import type { HeldMessages } from './held-messages.js';
import { type Courtesy, type GivenUp, Line, type OutboundRow } from './line.js';
import { type LineFacts, PeerLine, type StreamBeginning } from './peer-line.js';
import type { PeerMark, PeerMarks } from './peer-marks.js';
import { WaitingNotices } from './waiting-notices.js';

/** Reads what waits for a peer. */
export interface OutboundReader extends HeldMessages {
  /** Rows of people of one of our domains for one peer behind a position, the oldest first. Rejects with the database. */
  outbound(query: {
    readonly domain: string;
    readonly peer: string;
    readonly afterId: bigint;
    readonly max: number;
  }): Promise<readonly OutboundRow[]>;
  /** Every pair of domains that rows were ever meant for, and the latest of each. Rejects with the database. */
  outboundPairs(): Promise<readonly PeerMark[]>;
  /** The ids under which somebody at another server sent what passed since. Rejects with the database. */
  foreignIds(query: { readonly author: string; readonly sinceMs: number }): Promise<readonly string[]>;
  /** What they sent under this id since, as delivered. Rejects with the database. */
  foreignWith(query: {
    readonly author: string;
    readonly sinceMs: number;
    readonly id: string;
  }): Promise<readonly Buffer[]>;
}

export interface LinesParts extends StreamBeginning {
  readonly reader: OutboundReader;
  readonly marks: PeerMarks;
  readonly gateways: Gateways;
  /** How a pair is called where it is not a domain of ours that calls its peer. */
  readonly wayOf: (domain: string, peer: string) => Pick<Calling, 'as' | 'via'>;
  readonly later: (ms: number, work: () => void) => () => void;
  readonly clock: { now(): number };
  readonly maxAgeMs: number;
  /** True where a rule lets anything pass now. */
  readonly isPeer: (domain: string) => boolean;
  /** The author has to be told that it will not be sent. */
  readonly givenUp: (row: OutboundRow, why: GivenUp, pair: Calling) => void;
  readonly counts: { readonly handedOver: Count };
  readonly log: Log;
}

const AGE_EVERY_MS = 30_000;
/** Courtesies that wait for a line before it counts as full; it loses those beyond a thousand. */
const MOST_WAITING = 200;
/** A gateway that has been there so long takes its share of what others carry. */
const STAYS_AFTER_MS = 10_000;

/** All lines to peers. They are made when something is to be sent, and stay. */
export class Lines {
  readonly #byName = new Map<string, PeerLine>();
  readonly #byNumber: PeerLine[] = [];
  readonly #known = new Map<string, bigint>();
  #cancelAge: () => void = () => undefined;

  constructor(private readonly parts: LinesParts) {}

  /** Reads the marks, and opens the lines for which something waits. Rejects with the database. */
  async start(marks: readonly PeerMark[]): Promise<void> {
    for (const { domain, peer, journalId } of marks) this.#known.set(nameOf(domain, peer), journalId);
    for (const { domain, peer, journalId } of await this.parts.reader.outboundPairs()) {
      if (journalId <= (this.#known.get(nameOf(domain, peer)) ?? 0n)) continue;
      this.#wanted(domain, peer);
    }
    this.#ageLater();
  }

  /** There is a gateway, which knows of nothing yet: it calls for what no other calls for, and after a while for its share. */
  gatewayUp(gateway: KnownGateway): void {
    const { link } = gateway;
    for (const of of this.#byNumber) of.gatewayUp(gateway);
    if (this.parts.gateways.all.length < 2) return;
    this.parts.later(STAYS_AFTER_MS, () => {
      if (gateway.link === link) for (const of of this.#byNumber) of.gatewayStays(gateway);
    });
  }

  /** It is away, and its streams with it: its lines go by the others at once. */
  gatewayDown(gateway: KnownGateway, end: { readonly code: string; readonly text: string }): void {
    for (const of of this.#byNumber) of.gatewayDown(gateway, end);
  }

  /** A message of somebody's for a peer is durable; called in the order of the journal. */
  offer(message: Outgoing, from: Bytes): void {
    const { line, notices, stream } = this.#wanted(message.domain, message.peer);
    line.offer(message.id, from.bytes, from.start, from.end);
    // Whose server is elsewhere is told by that one.
    if (!stream && !line.isBarred && !message.author.border) notices.waits(message.author, message.id);
  }

  /** What is not recorded: false when it cannot be sent, now or soon. */
  carry(pair: { readonly domain: string; readonly peer: string }, courtesy: Courtesy): boolean {
    return this.#wanted(pair.domain, pair.peer).line.carry(courtesy);
  }

  /** Whether something that is not recorded would be taken now. The line is called for from here on. */
  wayTo(domain: string, peer: string): 'down' | 'full' | 'free' {
    const { stream, line } = this.#wanted(domain, peer);
    if (!stream) return 'down';
    return line.held > MOST_WAITING ? 'full' : 'free';
  }

  /** True while a stream is up; it is not called for. */
  isUp(domain: string, peer: string): boolean {
    return this.#byName.get(nameOf(domain, peer))?.stream !== undefined;
  }

  /** The line that a gateway speaks of; undefined: none that this process has. */
  numbered(pair: number): PeerLine | undefined {
    return this.#byNumber[pair];
  }

  /** Tries now. False: there is no such line, or no gateway. */
  retry(peer: string): boolean {
    const lines = this.#byNumber.filter(({ calling }) => calling.peer === peer);
    return lines.map((line) => line.retry()).includes(true);
  }

  /** A peer has opened a stream to one of ours. */
  peerCame(peer: string): void {
    for (const line of this.#byNumber) if (line.calling.peer === peer) line.peerCame();
  }

  /** A peer has opened a stream at a gateway that is good for what is sent to it as well. */
  bothWays(gateway: KnownGateway, pair: Pick<StreamBothWays, 'domain' | 'peer'>): void {
    for (const line of this.#byNumber) line.bothWays(gateway, pair);
  }

  /** Rules have changed: lines to whom nothing may pass any more are closed, and what waits for them is given up. */
  keepToPeers(): void {
    for (const of of this.#byNumber) {
      if (this.parts.isPeer(of.calling.peer)) {
        of.line.unbar();
        continue;
      }
      of.shut(`No rule allows anything to or from ${of.calling.peer} any more.`);
      of.line.bar();
    }
  }

  facts(): LineFacts[] {
    return this.#byNumber.map((line) => line.facts());
  }

  /** How many lines each gateway carries. */
  carried(): ReadonlyMap<KnownGateway, number> {
    const carried = new Map<KnownGateway, number>();
    for (const { carrier } of this.#byNumber) if (carrier) carried.set(carrier, (carried.get(carrier) ?? 0) + 1);
    return carried;
  }

  close(): void {
    this.#cancelAge();
    for (const of of this.#byNumber) of.close();
  }

  /** The line, which is called for from now on. */
  #wanted(domain: string, peer: string): PeerLine {
    const known = this.#byName.get(nameOf(domain, peer));
    const of = known ?? this.#make(domain, peer);
    if (!of.isCalled && !of.line.isBarred) of.call();
    return of;
  }

  #make(domain: string, peer: string): PeerLine {
    const calling = { pair: this.#byNumber.length, domain, peer, ...this.parts.wayOf(domain, peer) };
    const { reader, marks, gateways, later, clock, maxAgeMs, counts, log } = this.parts;
    const notices = new WaitingNotices(peer, { later });
    const line = new Line(
      {
        read: (afterId, max) => reader.outbound({ domain, peer, afterId, max }),
        moveMark: (journalId) => {
          marks.move({ domain, peer, journalId });
          notices.handedOver(journalId);
        },
        handedOver: () => counts.handedOver.inc(),
        givenUp: (row, why) => this.parts.givenUp(row, why, calling),
        later,
        clock,
        maxAgeMs,
        log,
        peer,
      },
      this.#known.get(nameOf(domain, peer)) ?? 0n,
    );
    const of = new PeerLine(calling, { line, notices, gateways, clock, beginning: this.parts });
    this.#byName.set(nameOf(domain, peer), of);
    this.#byNumber.push(of);
    // It was allowed when it was written, and is not any more.
    if (!this.parts.isPeer(peer)) line.bar();
    return of;
  }

  #ageLater(): void {
    this.#cancelAge = this.parts.later(AGE_EVERY_MS, () => {
      for (const { line } of this.#byNumber) void line.age();
      this.#ageLater();
    });
  }
}

/** A message on its way to a peer, and who wrote it. */
export interface Outgoing {
  readonly domain: string;
  readonly peer: string;
  readonly id: bigint;
  readonly author: Session;
}

/** Bytes of a stanza in some buffer. */
export interface Bytes {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

function nameOf(domain: string, peer: string): string {
  return `${domain} ${peer}`;
}
