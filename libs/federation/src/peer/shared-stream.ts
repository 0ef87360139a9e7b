import type { S2sInStream, S2sOutStream, StreamReason, StreamSender } from '@interoffice/stream';

/** A stream that stanzas of one line go over, whoever opened it. */
export type SendingStream = Pick<
  S2sOutStream,
  'isManaged' | 'isBidirectional' | 'isPaused' | 'unacknowledged' | 'send' | 'askForAck' | 'end' | 'giveUp'
> & {
  readonly connection: Pick<S2sOutStream['connection'], 'isChoked' | 'bufferedBytes' | 'remoteAddress'>;
  /** The peer has opened it. */
  readonly isTheirs?: boolean;
};

/** What a stream that the peer has opened is used for. */
type UsedStream = Pick<S2sInStream, 'connection' | 'counts' | 'isPaused' | 'isOpen' | 'send' | 'askForAck' | 'giveUp'>;

/**
 * A stream that a peer has opened for both directions (XEP-0288), and the lines that send over it: each counts what the
 * peer has taken of its own, in the order in which it was sent.
 */
export class SharedStream implements StreamSender {
  readonly #shares = new Set<Share>();
  /** What was sent and not acknowledged, the oldest first: so many stanzas in a row of one line. XEP-0198 §4 */
  readonly #runs: { readonly share: Share; stanzas: number }[] = [];

  constructor(
    readonly stream: UsedStream,
    private readonly over: () => void,
  ) {}

  /** One more line goes over it. */
  join(line: StreamSender): SendingStream {
    const share = new Share(this, line);
    this.#shares.add(share);
    return share;
  }

  // From the stream.

  acknowledged(stanzas: number): void {
    const taken = new Map<Share, number>();
    for (let left = stanzas; left > 0 && this.#runs.length > 0;) {
      const first = this.#runs[0]!;
      const some = Math.min(left, first.stanzas);
      left -= some;
      first.stanzas -= some;
      taken.set(first.share, (taken.get(first.share) ?? 0) + some);
      if (first.stanzas === 0) this.#runs.shift();
    }
    for (const [share, some] of taken) share.acknowledged(some);
  }

  ended(reason: StreamReason): void {
    this.over();
    this.#runs.length = 0;
    for (const share of this.#shares) share.ended(reason);
    this.#shares.clear();
  }

  // From its shares.

  /** False: it does not go over this stream any more. */
  send(share: Share, bytes: Buffer, start: number, end: number): boolean {
    if (!this.#shares.has(share) || !this.stream.isOpen) return false;
    this.stream.send(bytes, start, end);
    const last = this.#runs.at(-1);
    if (!this.stream.counts) return false;
    if (last?.share === share) last.stanzas++;
    else this.#runs.push({ share, stanzas: 1 });
    return true;
  }

  leave(share: Share): void {
    this.#shares.delete(share);
  }
}

/** One line's part of a shared stream. */
class Share implements SendingStream {
  readonly isBidirectional = true;
  readonly isTheirs = true;
  #unacknowledged = 0;

  constructor(
    private readonly shared: SharedStream,
    private readonly line: StreamSender,
  ) {}

  get connection(): SendingStream['connection'] {
    return this.shared.stream.connection;
  }

  get isManaged(): boolean {
    return this.shared.stream.counts;
  }

  get isPaused(): boolean {
    return this.shared.stream.isPaused;
  }

  get unacknowledged(): number {
    return this.#unacknowledged;
  }

  send(bytes: Buffer, start: number, end: number): void {
    if (this.shared.send(this, bytes, start, end)) this.#unacknowledged++;
  }

  askForAck(): void {
    this.shared.stream.askForAck();
  }

  /** The stream is the peer's, and stays. */
  end(): void {
    this.shared.leave(this);
  }

  /** Nobody knows what the peer has taken: it is cut off, for whatever else goes over it as well. */
  giveUp(code: string, text: string): void {
    this.shared.stream.giveUp(code, text);
  }

  acknowledged(stanzas: number): void {
    this.#unacknowledged -= stanzas;
    this.line.acknowledged(stanzas);
  }

  ended(reason: StreamReason): void {
    this.line.ended(reason);
  }
}
