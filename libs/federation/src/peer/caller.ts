import type { S2sOutStream } from '@interoffice/stream';
import type { Clock, Count, Log } from '@interoffice/telemetry';
import { TO_SERVER } from '../link/frames.js';
import type { AttemptFacts, Calling, LineDown, LineUp, Tried } from '../link/shapes.js';
import type { Attempt } from './attempt.js';
import { call, type CallParts } from './call.js';
import { PingProof } from './ping-proof.js';

export interface CallerParts {
  readonly parts: () => Omit<CallParts, 'acknowledged' | 'ended'>;
  readonly tell: (kind: number, value: LineUp | LineDown | Tried) => void;
  readonly tellNumbers: (kind: number, first: number, second: number) => void;
  /** Stanzas that were written. */
  readonly sent: Count;
  readonly tried: (attempts: readonly AttemptFacts[]) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

const FIRST_WAIT_MS = 500;
const MOST_WAIT_MS = 60_000;
/** A peer that has not taken what it was asked about by then is not there any more, whatever TCP believes. */
const TAKEN_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 250;
const UNTAKEN = 'What was sent over this stream may be sent again over another.';

/** Keeps a stream to one peer up for one of our domains, for as long as it is wanted. */
export class Caller {
  #stream: S2sOutStream | undefined;
  #isStopped = false;
  #isCalling = false;
  /** What it goes by has changed while it was called. */
  #isOutdated = false;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #asked: NodeJS.Timeout | undefined;
  /** Sent over a stream whose peer neither counts nor answers pings, and not reported yet. */
  #written = 0;
  /** Of a stream whose peer does not count. */
  #pings: PingProof | undefined;
  /** The peer has let a ping go unanswered: what was written is all that is known of it. */
  #isMute = false;
  #isChoked = false;
  readonly #watch: NodeJS.Timeout;
  /** Whom the stream speaks for, and who is called: where something is passed on, neither is who writes to whom. */
  readonly #pair: { readonly domain: string; readonly peer: string };

  constructor(
    readonly calling: Calling,
    private readonly parts: CallerParts,
  ) {
    this.#pair = { domain: calling.as ?? calling.domain, peer: calling.via ?? calling.peer };
    this.#watch = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  /** Whom it calls. */
  get called(): string {
    return this.#pair.peer;
  }

  get isUp(): boolean {
    return this.#stream !== undefined;
  }

  start(): void {
    void this.#call();
  }

  /** Tries now, unless it is trying or up. */
  retryNow(): void {
    if (this.#stream || this.#isCalling || this.#isStopped) return;
    clearTimeout(this.#timer);
    void this.#call();
  }

  /** Calls anew: what it goes by has changed. */
  renew(): void {
    if (this.#isCalling) this.#isOutdated = true;
    else if (this.#stream)
      this.#stream.giveUp('reset', 'What holds for the peer has changed; the connection is made anew.');
    else this.retryNow();
  }

  /** Ends it in an orderly way, unless something is under way: then the peer has to expect it once more. */
  stop(): void {
    const stream = this.#stream;
    this.#forget();
    if (stream && stream.unacknowledged > 0) stream.giveUp('cut', UNTAKEN);
    else stream?.end();
  }

  /** What the peer has taken can be told to nobody: a stream that was closed would say that nothing comes again. */
  cut(): void {
    const stream = this.#stream;
    this.#forget();
    stream?.giveUp('cut', UNTAKEN);
  }

  #forget(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#asked);
    clearInterval(this.#watch);
    this.#pings?.close();
    this.#stream = undefined;
  }

  send(bytes: Buffer, start: number, end: number): void {
    const stream = this.#stream;
    if (!stream) return;
    stream.send(bytes, start, end);
    this.parts.sent.inc();
    if (stream.isManaged) return this.#watchFlow(stream);
    if (this.#pings) this.#pings.note();
    else this.#written++;
    this.#watchFlow(stream);
  }

  #watchFlow(stream: S2sOutStream): void {
    if (stream.connection.isChoked && !this.#isChoked) this.#flow(true);
  }

  ask(): void {
    const stream = this.#stream;
    if (!stream) return;
    if (this.#pings) return this.#pings.ask();
    if (!stream.isManaged) return this.#reportWritten(stream);
    stream.askForAck();
    this.#asked ??= setTimeout(() => this.#silent(stream), TAKEN_WITHIN_MS).unref();
  }

  /** An answer of the peer's has come in: true when it is to a question of this line. */
  answered(id: string): boolean {
    return this.#pings?.answered(id) === true;
  }

  #pingsOver(stream: S2sOutStream): PingProof {
    const { pair } = this.calling;
    return new PingProof({
      ...this.#pair,
      send: (bytes) => stream.send(bytes, 0, bytes.length),
      taken: (stanzas) => this.parts.tellNumbers(TO_SERVER.taken, pair, stanzas),
      silent: () => this.#silent(stream),
      unanswered: () => this.#mute(stream),
      withinMs: TAKEN_WITHIN_MS,
    });
  }

  #mute(stream: S2sOutStream): void {
    if (this.#stream !== stream || !this.#pings) return;
    this.parts.log.info('s2s.peer.mute', { peer: this.calling.peer, domain: this.calling.domain });
    this.#isMute = true;
    this.#written = this.#pings.unproven;
    this.#pings = undefined;
    this.#reportWritten(stream);
  }

  async #call(): Promise<void> {
    this.#isCalling = true;
    const outcome = await call(this.#pair, {
      ...this.parts.parts(),
      acknowledged: (stanzas) => this.#taken(stanzas),
      ended: (reason) => this.#ended(reason),
    });
    this.#isCalling = false;
    const { stream, attempts } = outcome;
    if (this.#isStopped) return stream?.end();
    if (stream) this.#up(stream);
    else this.#failures++;
    const nextAtMs = stream ? undefined : this.#callLater();
    const facts = attempts.map(factsOf);
    this.parts.tried(facts);
    this.parts.tell(TO_SERVER.tried, { pair: this.calling.pair, attempts: facts, nextAtMs });
    if (!this.#isOutdated) return;
    this.#isOutdated = false;
    this.renew();
  }

  #up(stream: S2sOutStream): void {
    this.#failures = 0;
    this.#written = 0;
    this.#isChoked = false;
    this.#stream = stream;
    if (!stream.isManaged && !this.#isMute) this.#pings = this.#pingsOver(stream);
    const { pair } = this.calling;
    this.parts.tell(TO_SERVER.up, { pair, isCounted: stream.isManaged, address: stream.connection.remoteAddress });
  }

  /** Half of the doubled time and all of it, by chance: many wait for the same peer. */
  #callLater(): number {
    const most = Math.min(MOST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#failures, 20));
    const waitMs = most * (0.5 + this.parts.random() / 2);
    this.#timer = setTimeout(() => void this.#call(), waitMs);
    return this.parts.clock.now() + waitMs;
  }

  #ended({ code, text }: { readonly code: string; readonly text: string }): void {
    if (this.#isStopped) return;
    this.#stream = undefined;
    this.#pings?.close();
    this.#pings = undefined;
    clearTimeout(this.#asked);
    this.#asked = undefined;
    const how = isTheirRefusal(code) ? 'refused' : 'cut';
    this.parts.tell(TO_SERVER.down, { pair: this.calling.pair, how, code, text });
    // At once: most streams end because their peer was restarted, or closes what is idle.
    this.#callLater();
  }

  #taken(stanzas: number): void {
    clearTimeout(this.#asked);
    this.#asked = undefined;
    this.parts.tellNumbers(TO_SERVER.taken, this.calling.pair, stanzas);
  }

  /** Where nobody counts, what has left us is all that is known. */
  #reportWritten(stream: S2sOutStream): void {
    if (this.#written === 0 || stream.connection.bufferedBytes > 0) return;
    const written = this.#written;
    this.#written = 0;
    this.parts.tellNumbers(TO_SERVER.taken, this.calling.pair, written);
  }

  #silent(stream: S2sOutStream): void {
    if (this.#stream !== stream) return;
    this.parts.log.warn('s2s.peer.silent', { peer: this.calling.peer, domain: this.calling.domain });
    stream.giveUp('silent', 'The peer has not acknowledged for 20 s what it was sent; the connection is made anew.');
  }

  #look(): void {
    const stream = this.#stream;
    if (!stream) return;
    if (!stream.isManaged && !this.#pings) this.#reportWritten(stream);
    if (this.#isChoked && !stream.connection.isChoked) this.#flow(false);
  }

  #flow(isChoked: boolean): void {
    this.#isChoked = isChoked;
    this.parts.tellNumbers(TO_SERVER.flow, this.calling.pair, isChoked ? 1 : 0);
  }
}

/** Stream errors that the peer sends are its word about what it was sent; all else happens to connections. */
const CUTS: ReadonlySet<string> = new Set([
  'closed',
  'failed',
  'silent',
  'not-reading',
  'connection-timeout',
  'reset',
  'system-shutdown',
  'see-other-host',
  'resource-constraint',
  'conflict',
]);

function isTheirRefusal(code: string): boolean {
  return !CUTS.has(code) && !/^E[A-Z]/.test(code);
}

/** As the link carries it. */
export function factsOf({ atMs, tookMs, target, stage, code, text, chain }: Attempt): AttemptFacts {
  return { atMs, tookMs, address: target?.address, port: target?.port, stage, code, text, chain };
}
