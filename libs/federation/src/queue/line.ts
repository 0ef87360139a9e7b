// What waits for a peer is the journal behind a mark, and nothing else: no copy of a message is kept for it. A line sends
// the rows behind the mark over whatever stream there is, and moves the mark when the peer has taken them.
import type { Log } from '@interoffice/telemetry';
import './events.js';
import { SentWindow } from './sent-window.js';

/** A message for the peer, as it stands in the journal. */
export interface OutboundRow {
  readonly id: bigint;
  /** When it was recorded; milliseconds since 1970. */
  readonly atMs: number;
  readonly bytes: Buffer;
}

/** A stream to the peer that is up, and counts what it is sent. */
export interface LineStream {
  /** The peer takes less than it is sent. */
  readonly isChoked: boolean;
  send(bytes: Buffer, start: number, end: number): void;
  /** `Line.acknowledged` says what the peer has taken. */
  askForAck(): void;
}

/** Why a row is not tried any longer. */
export type GivenUp = 'too-old' | 'refused-again' | 'denied';

export interface LineParts {
  /** Rows for this peer behind `afterId`, the oldest first, at most `max`. Rejects when the journal cannot be asked. */
  readonly read: (afterId: bigint, max: number) => Promise<readonly OutboundRow[]>;
  /** Everything up to here is the peer's, or was given up; to be kept over a restart. Rises only. */
  readonly moveMark: (id: bigint) => void;
  /** The peer has taken it. */
  readonly handedOver: (id: bigint) => void;
  /** It will not be sent: its author has to be told. Called before the mark moves past it. */
  readonly givenUp: (row: OutboundRow, why: GivenUp) => void;
  /** Does it after so long; returns how to call it off. */
  readonly later: (ms: number, work: () => void) => () => void;
  readonly clock: { now(): number };
  readonly maxAgeMs: number;
  readonly log: Log;
  readonly peer: string;
}

/** A stanza that is not recorded, such as a question: it keeps its place behind the messages before it, or is not sent. */
export interface Courtesy {
  readonly bytes: Buffer;
  /** The line went down, or too much waits: it was not sent, or nobody knows whether it was taken. */
  readonly lost: () => void;
}

/** Stanzas under way; beyond it the peer has to acknowledge first. */
const WINDOW = 1_000;
const ASK_EVERY = 100;
const PAGE = 200;
const MOST_HELD = 1_000;
const READ_AGAIN_MS = 1_000;
/** What is not asked about by their number is asked about by then. */
const ASK_WITHIN_MS = 500;
/** A stream that ends so often over one and the same message ends because of it: it is not tried again. F-10 */
const MOST_REFUSALS = 3;

/**
 * The way of our messages to one peer, over one stream after another. Each row is sent in the order of the journal, again
 * after every stream that ended before it was acknowledged, with the same bytes and so the same stanza-id; none is left
 * out, unless it is given up and its author told. Holds nothing but what is under way.
 */
export class Line {
  #mark: bigint;
  /** The latest row sent over this stream. */
  #sent: bigint;
  /** The latest row that is known to be there. */
  #offered: bigint;
  #stream: LineStream | undefined;
  /** There may be rows behind `#sent` that were not handed to `offer` in time to be sent at once. */
  #isBehind = true;
  #isReading = false;
  /** The peer is being called, and nothing says yet that it cannot be reached. */
  #isExpected = false;
  #unasked = 0;
  #held: (Courtesy & { readonly afterId: bigint })[] = [];
  /** Courtesies under way, in their order: lost when the stream ends first. */
  #underWay: { readonly courtesy: Courtesy; readonly place: number }[] = [];
  #places = 0;
  #acknowledged = 0;
  /** Since the peer ended a stream over something up to here, one goes after the other: then it is known over which. */
  #carefulUpTo = -1n;
  #refused: { readonly id: bigint; readonly times: number } | undefined;
  #isBarred = false;
  #cancelRead: () => void = () => undefined;
  #cancelAsk: (() => void) | undefined;
  readonly #window = new SentWindow();

  /** `mark`: where it stood before a restart. */
  constructor(
    private readonly parts: LineParts,
    mark: bigint,
  ) {
    this.#mark = this.#sent = this.#offered = mark;
  }

  get mark(): bigint {
    return this.#mark;
  }

  /** True while every row is sent as it comes. */
  get isLive(): boolean {
    return this.#stream !== undefined && !this.#isBehind;
  }

  get unacknowledged(): number {
    return this.#window.length;
  }

  /** Stanzas that wait for their turn or for the stream. */
  get held(): number {
    return this.#held.length;
  }

  /** A row for the peer is durable; called in the order of the journal. `bytes` is copied when it is sent. */
  offer(id: bigint, bytes: Buffer, start: number, end: number): void {
    if (id > this.#offered) this.#offered = id;
    if (this.#isBarred) return void this.#work();
    // It was found in the journal before this was told.
    if (!this.#stream || id <= this.#sent) return;
    if (this.#isBehind || !this.#mayGo(this.#stream)) return this.#fallBehind();
    this.#send(this.#stream, id, { bytes, start, end });
  }

  /** False: it is not taken, since too much waits; the caller answers at once. */
  carry(courtesy: Courtesy): boolean {
    if (!this.#stream && !this.#isExpected) return false;
    if (this.#stream && !this.#isBehind && this.#mayGo(this.#stream)) {
      this.#carry(this.#stream, courtesy);
      return true;
    }
    if (this.#held.length >= MOST_HELD) return false;
    this.#held.push({ ...courtesy, afterId: this.#offered });
    if (this.#stream) this.#fallBehind();
    return true;
  }

  /** The peer is being called: what is carried waits for the stream, until it is `up` or `unreachable`. */
  expect(): void {
    if (!this.#stream) this.#isExpected = true;
  }

  /** It could not be reached: what was to be carried is lost. */
  unreachable(): void {
    this.#isExpected = false;
    if (!this.#stream) this.#loseHeld();
  }

  /** A stream is up. `first` goes before everything; then what the one before left unacknowledged is sent again. */
  up(stream: LineStream, first: readonly Courtesy[] = []): void {
    this.down('cut');
    this.#isExpected = false;
    this.#stream = stream;
    this.#sent = this.#mark;
    this.#isBehind = true;
    for (const courtesy of first) this.#carry(stream, courtesy);
    void this.#work();
  }

  /** The stream is over: `refused` when the peer ended it with an error, which it may do again for the same message. */
  down(how: 'cut' | 'refused'): void {
    if (!this.#stream) return;
    this.#stream = undefined;
    if (how === 'refused') this.#suspect();
    this.#window.clear();
    this.#cancelAsk?.();
    this.#cancelAsk = undefined;
    this.#unasked = this.#places = this.#acknowledged = 0;
    const lost = this.#underWay;
    this.#underWay = [];
    for (const { courtesy } of lost) courtesy.lost();
    this.#loseHeld();
  }

  #loseHeld(): void {
    const lost = this.#held;
    this.#held = [];
    for (const courtesy of lost) courtesy.lost();
  }

  #suspect(): void {
    const first = this.#window.firstRow;
    if (first === undefined) return;
    if (this.#isCareful)
      this.#refused = { id: first, times: this.#refused?.id === first ? this.#refused.times + 1 : 1 };
    if (this.#sent > this.#carefulUpTo) this.#carefulUpTo = this.#sent;
  }

  get #isCareful(): boolean {
    return this.#mark < this.#carefulUpTo;
  }

  /** The peer has taken so many more stanzas. */
  acknowledged(count: number): void {
    const rows = this.#window.acknowledge(count);
    this.#acknowledged += count;
    while (this.#underWay.length > 0 && this.#underWay[0]!.place < this.#acknowledged) this.#underWay.shift();
    for (const id of rows) this.parts.handedOver(id);
    const last = rows.at(-1);
    if (last !== undefined) this.#move(last);
    if (this.#isBehind) void this.#work();
  }

  /** The peer takes again what it is sent. */
  relieved(): void {
    if (this.#isBehind) void this.#work();
  }

  /** To be called now and then, also while there is no stream: gives up what is too old. */
  async age(): Promise<void> {
    if (!this.#stream) await this.#work();
  }

  /** Policy lets nothing pass to the peer any more: what waits is given up. */
  bar(): void {
    this.#isBarred = true;
    this.down('cut');
    this.unreachable();
    void this.#work();
  }

  get isBarred(): boolean {
    return this.#isBarred;
  }

  /** Policy lets something pass again. */
  unbar(): void {
    this.#isBarred = false;
  }

  /** Nothing is done any more. */
  close(): void {
    this.down('cut');
    this.unreachable();
    this.#cancelRead();
  }

  #mayGo({ isChoked }: LineStream): boolean {
    return !isChoked && this.#window.length < (this.#isCareful ? 1 : WINDOW);
  }

  #fallBehind(): void {
    this.#isBehind = true;
    void this.#work();
  }

  /** One look into the journal at a time, whoever wants it. */
  async #work(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      // What is too old goes first, while nothing behind it is under way.
      while (await this.#giveUpSome()) continue;
      while (await this.#sendSome()) continue;
    } catch (error) {
      this.parts.log.warn('federation.line.unreadable', { peer: this.parts.peer, error: error as Error });
      this.#readAgainLater();
    } finally {
      this.#isReading = false;
    }
  }

  #readAgainLater(): void {
    this.#cancelRead();
    this.#cancelRead = this.parts.later(READ_AGAIN_MS, () => void this.#work());
  }

  /** True when there may be more to give up. */
  async #giveUpSome(): Promise<boolean> {
    if (this.#window.length > 0) return false;
    const [oldest] = await this.parts.read(this.#mark, 1);
    if (!oldest || this.#whyNot(oldest) === undefined) return false;
    const rows = await this.parts.read(this.#mark, PAGE);
    let isMore = rows.length === PAGE;
    for (const row of rows) {
      // A stream has come up meanwhile and sends these.
      if (this.#window.length > 0) return false;
      const why = this.#whyNot(row);
      if (why === undefined) {
        isMore = false;
        break;
      }
      this.parts.log.warn('federation.row.given.up', { peer: this.parts.peer, why });
      this.parts.givenUp(row, why);
      this.#move(row.id);
      if (this.#sent < row.id) this.#sent = row.id;
    }
    return isMore;
  }

  #whyNot({ id, atMs }: OutboundRow): GivenUp | undefined {
    if (this.#isBarred) return 'denied';
    if (this.#refused?.id === id && this.#refused.times >= MOST_REFUSALS) return 'refused-again';
    return atMs + this.parts.maxAgeMs < this.parts.clock.now() ? 'too-old' : undefined;
  }

  /** True when there may be more to send now. */
  async #sendSome(): Promise<boolean> {
    const stream = this.#stream;
    if (!stream || !this.#isBehind || !this.#mayGo(stream)) return false;
    const from = this.#sent;
    const rows = await this.parts.read(from, PAGE);
    // Another stream begins at the mark again.
    if (this.#stream !== stream || this.#sent !== from) return true;
    for (const { id, bytes } of rows) {
      this.#carryHeld(stream, id);
      if (!this.#mayGo(stream)) return false;
      this.#send(stream, id, { bytes, start: 0, end: bytes.length });
    }
    if (rows.length === PAGE) return true;
    if (this.#offered > this.#sent) {
      // It is durable, so it will be seen; but whoever asks for nothing else than that stands still meanwhile.
      if (rows.length === 0) this.#readAgainLater();
      return rows.length > 0;
    }
    this.#carryHeld(stream, undefined);
    this.#isBehind = this.#held.length > 0;
    return this.#isBehind && this.#mayGo(stream);
  }

  /** Those whose turn has come before this row, or behind all there are. */
  #carryHeld(stream: LineStream, before: bigint | undefined): void {
    while (this.#held.length > 0 && this.#mayGo(stream)) {
      const [next] = this.#held;
      if (before !== undefined && next!.afterId >= before) return;
      this.#held.shift();
      this.#carry(stream, next!);
    }
  }

  #send(stream: LineStream, id: bigint, { bytes, start, end }: { bytes: Buffer; start: number; end: number }): void {
    this.#sent = id;
    this.#window.push(id);
    this.#write(stream, bytes, start, end);
  }

  #carry(stream: LineStream, courtesy: Courtesy): void {
    this.#window.push(undefined);
    this.#underWay.push({ courtesy, place: this.#places });
    this.#write(stream, courtesy.bytes, 0, courtesy.bytes.length);
  }

  #write(stream: LineStream, bytes: Buffer, start: number, end: number): void {
    this.#places++;
    stream.send(bytes, start, end);
    this.#unasked++;
    if (this.#unasked >= ASK_EVERY || this.#isCareful || this.#window.length >= WINDOW) return this.#ask(stream);
    this.#cancelAsk ??= this.parts.later(ASK_WITHIN_MS, () => this.#ask(stream));
  }

  #ask(stream: LineStream): void {
    this.#cancelAsk?.();
    this.#cancelAsk = undefined;
    this.#unasked = 0;
    if (this.#stream === stream) stream.askForAck();
  }

  #move(id: bigint): void {
    if (id <= this.#mark) return;
    this.#mark = id;
    this.parts.moveMark(id);
  }
}
