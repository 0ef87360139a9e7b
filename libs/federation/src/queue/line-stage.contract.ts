import { silentLog } from '@interoffice/telemetry';
import { type Courtesy, Line, type LineStream, type OutboundRow } from './line.js';

interface Stream extends LineStream {
  isChoked: boolean;
  /** What came over it, in order. */
  readonly came: string[];
}

/** A line between a journal and a peer, both in memory, and time that passes when it is told to. */
export class LineStage {
  line: Line;
  readonly rows: OutboundRow[] = [];
  readonly handedOver: number[] = [];
  readonly givenUp: string[] = [];
  readonly marks: number[] = [];
  readonly lost: string[] = [];
  reads = 0;
  asked = 0;
  /** How often the peer has ended a stream. */
  ended = 0;
  isUnreadable = false;
  /** The peer ends its stream over the message with this number. */
  poison: number | undefined;
  #nowMs = 0;
  #stream: Stream | undefined;
  #timers: { readonly atMs: number; readonly work: () => void }[] = [];
  #tasks = 0;
  readonly #maxAgeMs: number;

  constructor({ mark = 0n, maxAgeMs = 86_400_000 }: { mark?: bigint; maxAgeMs?: number } = {}) {
    this.#maxAgeMs = maxAgeMs;
    this.line = this.#make(mark);
  }

  /** As after a restart of the process: the mark is what is left. */
  restart(): void {
    this.line.close();
    this.#stream = undefined;
    this.line = this.#make(BigInt(this.marks.at(-1) ?? 0));
  }

  #make(mark: bigint): Line {
    return new Line(
      {
        read: (afterId, max) => this.#read(afterId, max),
        moveMark: (id) => this.marks.push(Number(id)),
        handedOver: (id) => this.handedOver.push(Number(id)),
        givenUp: ({ id }, why) => this.givenUp.push(`${id} ${why}`),
        later: (ms, work) => this.#later(ms, work),
        clock: { now: () => this.#nowMs },
        maxAgeMs: this.#maxAgeMs,
        log: silentLog,
        peer: 'peer.example',
      },
      mark,
    );
  }

  /** So many messages are durable; `quietly`: the line is not told. */
  record(count: number, { quietly = false } = {}): void {
    for (let n = 0; n < count; n++) {
      const id = BigInt(this.rows.length + 1);
      this.rows.push({ id, atMs: this.#nowMs, bytes: Buffer.from(String(id)) });
      if (!quietly) this.tell(Number(id));
    }
  }

  tell(id: number): void {
    const { bytes } = this.rows[id - 1]!;
    this.line.offer(BigInt(id), bytes, 0, bytes.length);
  }

  open(): Stream {
    const came: string[] = [];
    const stream: Stream = {
      isChoked: false,
      came,
      send: (bytes, start, end) => void came.push(bytes.toString('utf8', start, end)),
      askForAck: () => void this.asked++,
    };
    this.#stream = stream;
    return stream;
  }

  /** What has come over the latest stream. */
  get said(): readonly string[] {
    return this.#stream?.came ?? [];
  }

  /** The messages among it. */
  get got(): number[] {
    return this.said.map(Number).filter((id) => !Number.isNaN(id));
  }

  courtesy(name: string): Courtesy {
    return { bytes: Buffer.from(name), lost: () => void this.lost.push(name) };
  }

  /** The peer takes what comes over the stream, one after another, until nothing more does, or ends it. */
  async answered(stream: Stream): Promise<void> {
    for (let taken = 0; ; taken++) {
      await this.settled();
      if (stream.came.length === taken) return;
      if (Number(stream.came[taken]) === this.poison) {
        this.ended++;
        return this.line.down('refused');
      }
      this.line.acknowledged(1);
    }
  }

  /** Resolves when nobody reads the journal any more. */
  async settled(): Promise<void> {
    for (let turns = 0; turns < 5 || this.#tasks > 0; turns++)
      await new Promise<void>((resolve) => setImmediate(resolve));
  }

  pass(ms: number): void {
    this.#nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { work } of due) work();
  }

  async #read(afterId: bigint, max: number): Promise<readonly OutboundRow[]> {
    this.reads++;
    this.#tasks++;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#tasks--;
    if (this.isUnreadable) throw new Error('the journal cannot be asked');
    const from = Number(afterId);
    return this.rows.slice(from, from + max);
  }

  #later(ms: number, work: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, work };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }
}
