import type { StreamReason, StreamSender } from '@interoffice/stream';
import type { Clock, Count, Log } from '@interoffice/telemetry';
import { TO_SERVER } from '../link/frames.js';
import type { AttemptFacts, Calling, LineDown, LineUp, Tried } from '../link/shapes.js';
import type { Attempt } from './attempt.js';
import { call, type CallParts } from './call.js';
import { PingProof } from './ping-proof.js';
import type { SendingStream } from './shared-stream.js';
import type { StreamPair } from './shared-streams.js';

export interface CallerParts {
  readonly parts: () => Omit<CallParts, 'acknowledged' | 'ended'>;
  /** A stream that the peer has opened itself and that is good for both directions; undefined: there is none. */
  readonly shared: (pair: StreamPair, line: StreamSender) => SendingStream | undefined;
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

/**
 * Keeps a stream to one peer up for one of our domains, for as long as it is wanted: one that the peer has opened, where
 * that is good for both directions, or else one of its own.
 */
export class Caller {
  #stream: SendingStream | undefined;
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
  readonly #pair: StreamPair;

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

  /** The peer has opened a stream for both directions: whoever has none goes over it. */
  offered({ domain, peer }: StreamPair): void {
    if (domain === this.#pair.domain && peer === this.#pair.peer && !this.#stream && !this.#isStopped) this.#share();
  }

  /** Tries now, unless it is trying or up. */
  retryNow(): void {
    if (this.#isStopped) return;
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

  #watchFlow(stream: SendingStream): void {
    if (stream.connection.isChoked && !this.#isChoked) this.#flow(true);
  }

  ask(): void {
    const stream = this.#stream;
    if (!stream) return;
    if (this.#pings) return this.#pings.ask();
    if (!stream.isManaged) return this.#reportWritten(stream);
    // It has said so already, asked by another line or because it owed it.
    if (stream.unacknowledged === 0) return;
    stream.askForAck();
    this.#asked ??= setTimeout(() => this.#unanswered(stream), TAKEN_WITHIN_MS).unref();
  }

  #unanswered(stream: SendingStream): void {
    this.#asked = undefined;
    if (this.#stream !== stream) return;
    // Its answer may be among what we do not read at present.
    if (stream.isPaused) this.ask();
    else this.#silent(stream);
  }

  /** An answer of the peer's has come in: true when it is to a question of this line. */
  answered(id: string): boolean {
    return this.#pings?.answered(id) === true;
  }

  #pingsOver(stream: SendingStream): PingProof {
    const { pair } = this.calling;
    return new PingProof({
      ...this.#pair,
      send: (bytes) => stream.send(bytes, 0, bytes.length),
      taken: (stanzas) => this.parts.tellNumbers(TO_SERVER.taken, pair, stanzas),
      silent: () => (stream.isPaused ? this.#pings?.ask() : this.#silent(stream)),
      unanswered: () => (stream.isPaused ? this.#pings?.ask() : this.#mute(stream)),
      withinMs: TAKEN_WITHIN_MS,
    });
  }

  #mute(stream: SendingStream): void {
    if (this.#stream !== stream || !this.#pings) return;
    this.parts.log.info('s2s.peer.mute', { peer: this.calling.peer, domain: this.calling.domain });
    this.#isMute = true;
    this.#written = this.#pings.unproven;
    this.#pings = undefined;
    this.#reportWritten(stream);
  }

  async #call(): Promise<void> {
    if (this.#stream || this.#isCalling || this.#share()) return;
    this.#isCalling = true;
    const own = new OwnStream(this);
    const { stream, attempts } = await call(this.#pair, {
      ...this.parts.parts(),
      acknowledged: (stanzas) => this.taken(own.stream, stanzas),
      ended: (reason) => own.ended(reason),
    });
    this.#isCalling = false;
    // Meanwhile the peer may have come itself, or nobody may want to call it any more.
    if (this.#isStopped || this.#stream) stream?.end();
    else if (stream) this.#up((own.stream = stream));
    else this.#failures++;
    const nextAtMs = this.#stream || this.#isStopped ? undefined : this.#callLater();
    const facts = attempts.map(factsOf);
    this.parts.tried(facts);
    if (this.#isStopped) return;
    this.parts.tell(TO_SERVER.tried, { pair: this.calling.pair, attempts: facts, nextAtMs });
    own.settle();
    if (!this.#isOutdated) return;
    this.#isOutdated = false;
    this.renew();
  }

  /** False: the peer has opened no stream that is good for what we send. */
  #share(): boolean {
    const own = new OwnStream(this);
    own.stream = this.parts.shared(this.#pair, {
      acknowledged: (stanzas) => this.taken(own.stream, stanzas),
      ended: (reason) => own.ended(reason),
    });
    if (!own.stream) return false;
    this.#up(own.stream);
    return true;
  }

  #up(stream: SendingStream): void {
    clearTimeout(this.#timer);
    this.#failures = 0;
    this.#written = 0;
    this.#isChoked = false;
    this.#stream = stream;
    if (!stream.isManaged && !this.#isMute) this.#pings = this.#pingsOver(stream);
    const { pair } = this.calling;
    this.parts.tell(TO_SERVER.up, {
      pair,
      isCounted: stream.isManaged,
      address: stream.connection.remoteAddress,
      direction: stream.isBidirectional ? 'both' : 'out',
      openedBy: stream.isTheirs === true ? 'peer' : 'us',
    });
  }

  /** Half of the doubled time and all of it, by chance: many wait for the same peer. */
  #callLater(): number {
    const most = Math.min(MOST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#failures, 20));
    const waitMs = most * (0.5 + this.parts.random() / 2);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#call(), waitMs);
    return this.parts.clock.now() + waitMs;
  }

  /** For streams of this caller's. */
  ended(stream: SendingStream, { code, text, isTheirs }: StreamReason): void {
    if (this.#isStopped || this.#stream !== stream) return;
    this.#stream = undefined;
    this.#pings?.close();
    this.#pings = undefined;
    clearTimeout(this.#asked);
    this.#asked = undefined;
    const how = !isTheirs ? 'cut' : isRefusal(code) ? 'refused' : code === 'closed' ? 'closed' : 'cut';
    this.parts.tell(TO_SERVER.down, { pair: this.calling.pair, how, code, text });
    // At once: most streams end because their peer was restarted, or closes what is idle.
    this.#callLater();
  }

  /** For streams of this caller's. */
  taken(stream: SendingStream | undefined, stanzas: number): void {
    if (this.#stream === undefined || this.#stream !== stream) return;
    clearTimeout(this.#asked);
    this.#asked = undefined;
    this.parts.tellNumbers(TO_SERVER.taken, this.calling.pair, stanzas);
  }

  /** Where nobody counts, what has left us is all that is known. */
  #reportWritten(stream: SendingStream): void {
    if (this.#written === 0 || stream.connection.bufferedBytes > 0) return;
    const written = this.#written;
    this.#written = 0;
    this.parts.tellNumbers(TO_SERVER.taken, this.calling.pair, written);
  }

  #silent(stream: SendingStream): void {
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

/** One stream among those that a caller has, one after the other: what ends it may come before it is in use. */
class OwnStream {
  stream: SendingStream | undefined;
  #over: StreamReason | undefined;

  constructor(private readonly caller: Pick<Caller, 'ended'>) {}

  ended(reason: StreamReason): void {
    if (this.stream) this.caller.ended(this.stream, reason);
    else this.#over = reason;
  }

  /** It is in use, or will never be. */
  settle(): void {
    if (this.#over && this.stream) this.caller.ended(this.stream, this.#over);
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

function isRefusal(code: string): boolean {
  return !CUTS.has(code) && !/^E[A-Z]/.test(code);
}

/** As the link carries it. */
export function factsOf({ atMs, tookMs, target, stage, code, text, chain }: Attempt): AttemptFacts {
  return { atMs, tookMs, address: target?.address, port: target?.port, stage, code, text, chain };
}
