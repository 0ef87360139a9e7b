import type { Session } from '@interoffice/routing';
import type { Count, Log } from '@interoffice/telemetry';
import type { AttemptFacts, Calling, LineDown, LineUp, Tried } from '../link/shapes.js';
import type { GatewayLink } from './gateway-link.js';
import { type Courtesy, type GivenUp, Line, type LineStream, type OutboundRow } from './line.js';
import type { PeerMark, PeerMarks } from './peer-marks.js';
import { WaitingNotices } from './waiting-notices.js';

/** Reads what waits for a peer. */
export interface OutboundReader {
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

export interface LinesParts {
  readonly reader: OutboundReader;
  readonly marks: PeerMarks;
  readonly later: (ms: number, work: () => void) => () => void;
  readonly clock: { now(): number };
  readonly maxAgeMs: number;
  /** What a new stream to a peer begins with. */
  readonly first: (pair: Calling) => readonly Courtesy[];
  /** What goes behind everything that waits for it. */
  readonly last: (pair: Calling) => readonly Courtesy[];
  /** A stream to a peer is up. */
  readonly isUp: (pair: Calling) => void;
  /** True where a rule lets anything pass now. */
  readonly isPeer: (domain: string) => boolean;
  /** The author has to be told that it will not be sent. */
  readonly givenUp: (row: OutboundRow, why: GivenUp, pair: Calling) => void;
  readonly counts: { readonly handedOver: Count };
  readonly log: Log;
}

/** A line as its page shows it. */
export interface LineFacts {
  readonly domain: string;
  readonly peer: string;
  readonly state: 'up' | 'calling' | 'idle';
  readonly sinceMs: number;
  readonly address: string | undefined;
  readonly isCounted: boolean;
  readonly unacknowledged: number;
  /** Undefined while a gateway is away. */
  readonly lastEnd: { readonly code: string; readonly text: string } | undefined;
  readonly nextTryAtMs: number | undefined;
  /** The latest last. */
  readonly attempts: readonly AttemptFacts[];
}

const MOST_ATTEMPTS = 20;
const NO_RECEIVER = Buffer.alloc(0);
const AGE_EVERY_MS = 30_000;
/** Courtesies that wait for a line before it counts as full; it loses those beyond a thousand. */
const MOST_WAITING = 200;

/** One of our domains to one peer: the line, and what its gateway says about it. */
class PeerLine {
  readonly line: Line;
  readonly notices: WaitingNotices;
  stream: LineStream | undefined;
  isChoked = false;
  isCounted = false;
  isCalled = false;
  address: string | undefined;
  sinceMs: number;
  lastEnd: { code: string; text: string } | undefined;
  nextTryAtMs: number | undefined;
  readonly attempts: AttemptFacts[] = [];

  constructor(
    readonly calling: Calling,
    { line, notices }: { line: Line; notices: WaitingNotices },
    nowMs: number,
  ) {
    this.line = line;
    this.notices = notices;
    this.sinceMs = nowMs;
  }
}

/** All lines to peers. They are made when something is to be sent, and stay. */
export class Lines {
  readonly #byName = new Map<string, PeerLine>();
  readonly #byNumber: PeerLine[] = [];
  readonly #known = new Map<string, bigint>();
  #gateway: GatewayLink | undefined;
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

  /** There is a gateway, which knows of nothing yet. */
  gatewayUp(gateway: GatewayLink): void {
    this.#gateway = gateway;
    for (const { calling, isCalled, line } of this.#byNumber) {
      if (!isCalled) continue;
      line.expect();
      gateway.call(calling);
    }
  }

  /** It is away, and its streams with it. */
  gatewayDown(end: { readonly code: string; readonly text: string }): void {
    this.#gateway = undefined;
    for (const of of this.#byNumber) this.#down(of, 'cut', end);
  }

  /** A message of somebody's for a peer is durable; called in the order of the journal. */
  offer(message: Outgoing, from: Bytes): void {
    const { line, notices, stream } = this.#wanted(message.domain, message.peer);
    line.offer(message.id, from.bytes, from.start, from.end);
    if (!stream && !line.isBarred) notices.waits(message.author, message.id);
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

  // What the gateway says.

  up({ pair, isCounted, address }: LineUp): void {
    const of = this.#byNumber[pair];
    // It was hung up while it came up.
    if (!of?.isCalled) return;
    Object.assign(of, { isCounted, address, isChoked: false, sinceMs: this.parts.clock.now(), lastEnd: undefined });
    of.stream = this.#streamOf(of);
    of.line.up(of.stream, this.parts.first(of.calling));
    for (const courtesy of this.parts.last(of.calling)) if (!of.line.carry(courtesy)) courtesy.lost();
    this.parts.isUp(of.calling);
  }

  down({ pair, how, code, text }: LineDown): void {
    const of = this.#byNumber[pair];
    if (of) this.#down(of, how, { code, text });
  }

  taken(pair: number, stanzas: number): void {
    this.#byNumber[pair]?.line.acknowledged(stanzas);
  }

  flow(pair: number, isChoked: boolean): void {
    const of = this.#byNumber[pair];
    if (!of) return;
    of.isChoked = isChoked;
    if (!isChoked) of.line.relieved();
  }

  tried({ pair, attempts, nextAtMs }: Tried): void {
    const of = this.#byNumber[pair];
    if (!of) return;
    of.attempts.push(...attempts);
    of.attempts.splice(0, Math.max(0, of.attempts.length - MOST_ATTEMPTS));
    of.nextTryAtMs = nextAtMs;
    const last = attempts.at(-1);
    if (!last || last.code === 'ok') return;
    of.lastEnd = { code: last.code, text: last.text };
    of.line.unreachable();
  }

  /** Tries now. False: there is no such line, or no gateway. */
  retry(peer: string): boolean {
    const lines = this.#byNumber.filter(({ calling }) => calling.peer === peer);
    for (const { calling, line } of lines) {
      line.expect();
      this.#gateway?.retry(calling.pair);
    }
    return lines.length > 0 && this.#gateway !== undefined;
  }

  /** Rules have changed: lines to whom nothing may pass any more are closed, and what waits for them is given up. */
  keepToPeers(): void {
    for (const of of this.#byNumber) {
      if (this.parts.isPeer(of.calling.peer)) {
        of.line.unbar();
        continue;
      }
      if (of.isCalled) {
        of.stream = undefined;
        of.lastEnd = { code: 'policy', text: `No rule allows anything to or from ${of.calling.peer} any more.` };
        this.#rest(of);
      }
      of.line.bar();
    }
  }

  facts(): LineFacts[] {
    return this.#byNumber.map(({ calling: { domain, peer }, stream, isCalled, line, ...of }) => ({
      domain,
      peer,
      state: stream ? 'up' : isCalled ? 'calling' : 'idle',
      sinceMs: of.sinceMs,
      address: of.address,
      isCounted: of.isCounted,
      unacknowledged: line.unacknowledged,
      lastEnd: of.lastEnd,
      nextTryAtMs: of.nextTryAtMs,
      attempts: [...of.attempts],
    }));
  }

  close(): void {
    this.#cancelAge();
    for (const { line, notices } of this.#byNumber) {
      line.close();
      notices.close();
    }
  }

  #streamOf(of: PeerLine): LineStream {
    const { pair } = of.calling;
    const gateway = (): GatewayLink | undefined => this.#gateway;
    return {
      get isChoked() {
        return of.isChoked || gateway()?.isChoked === true;
      },
      send: (bytes, start, end) => gateway()?.stanza(pair, { bytes, start, end }, NO_RECEIVER),
      askForAck: () => gateway()?.ask(pair),
    };
  }

  #down(of: PeerLine, how: LineDown['how'], lastEnd: { readonly code: string; readonly text: string }): void {
    const isIdle = lastEnd.code === 'closed' && of.line.isLive && of.line.unacknowledged === 0;
    if (of.stream) of.sinceMs = this.parts.clock.now();
    of.stream = undefined;
    of.lastEnd = lastEnd;
    of.line.down(how);
    if (isIdle) return this.#rest(of);
    // It is called again at once.
    if (this.#gateway) of.line.expect();
  }

  /** The peer has closed what was not used: it is called again when something is to be sent. */
  #rest(of: PeerLine): void {
    of.isCalled = false;
    of.nextTryAtMs = undefined;
    this.#gateway?.hangUp(of.calling.pair);
  }

  /** The line, which is called for from now on. */
  #wanted(domain: string, peer: string): PeerLine {
    const known = this.#byName.get(nameOf(domain, peer));
    const of = known ?? this.#make(domain, peer);
    if (!of.isCalled && !of.line.isBarred) this.#callFor(of);
    return of;
  }

  #callFor(of: PeerLine): void {
    of.isCalled = true;
    of.sinceMs = this.parts.clock.now();
    of.line.expect();
    this.#gateway?.call(of.calling);
  }

  #make(domain: string, peer: string): PeerLine {
    const calling = { pair: this.#byNumber.length, domain, peer };
    const { reader, marks, later, clock, maxAgeMs, counts, log } = this.parts;
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
    const of = new PeerLine(calling, { line, notices }, clock.now());
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
