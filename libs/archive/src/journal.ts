import { type Clock, describeError, type Log, type Metrics } from '@interoffice/telemetry';
import { Batch } from './batch.js';
import { formatId } from './ids.js';
import { Leaves } from './leaf.js';
import type { Decision, Recordable } from './recordable.js';
import type { ReleasedBatch } from './released-batch.js';
import { NONE_POISONED, OffSink, type Sink } from './sink.js';

/** An entry that PostgreSQL refused for its content: not recorded and, in the batch, marked as dropped. */
export interface PoisonedEntry<Author, Targets> {
  readonly id: string;
  readonly author: Author;
  readonly targets: Targets;
  /** A copy of the stanza. */
  readonly stanza: Buffer;
}

export interface JournalOptions<Author, Targets> {
  readonly sink: Sink;
  /** How long messages may wait for their commit until further ones are refused; 30 s unless said. architecture.md §5.2 */
  readonly holdForMs?: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Called in sequence, synchronously, for each batch that has become durable. */
  readonly onReleased: (batch: ReleasedBatch<Author, Targets>) => void;
  /** Called before the release of the batch it came in: its author should hear that it was not sent. */
  readonly onPoisoned: (entry: PoisonedEntry<Author, Targets>) => void;
  /** The latest id recorded before this process began. */
  readonly latestId?: string;
}

/** Beyond this nothing more may wait for its commit. architecture.md §5.2 */
const MOST_UNCOMMITTED_BYTES = 8 * 1024 * 1024;
const STALLED_AFTER_MS = 1_000;
const KEPT_BATCHES = 8;
const HOLD_FOR_MS = 30_000;

/**
 * What must be kept, and the gate every message passes before anybody is told of it. Natural group commit without a
 * timer: what has arrived while the last commits were on their way goes into the next one. While the database is away
 * nothing is released; `mayAppend` says when no more may be added.
 */
export class Journal<Author, Targets> {
  /** The latest batch that was released; batches are numbered from 1. */
  releasedBatch = 0;
  /** Bytes of stanzas that wait for their commit. */
  uncommittedBytes = 0;
  #latestId: { high: number; low: number };
  readonly #leaves = new Leaves();
  #open: Batch<Author, Targets>;
  readonly #waiting: Batch<Author, Targets>[] = [];
  /** The commit that the next one must not overtake. */
  #lastCommit: Promise<unknown> | undefined;
  readonly #settled = new Map<number, Batch<Author, Targets>>();
  /** Batches neither open nor released, oldest first. */
  readonly #sealed: Batch<Author, Targets>[] = [];
  readonly #free: Batch<Author, Targets>[] = [];
  #idle: number;
  #scheduled = false;
  #reportedStall = false;
  /** Messages have waited for longer than `holdForMs`. */
  #isHeldTooLong = false;
  #drained: (() => void)[] = [];
  readonly #observe: ReturnType<typeof observations>;
  readonly #watch: NodeJS.Timeout;

  constructor(private readonly options: JournalOptions<Author, Targets>) {
    this.#idle = options.sink.width;
    this.#open = this.#fresh();
    this.#open.reset(1);
    const latest = options.latestId ?? formatId(0, 0);
    this.#latestId = { high: parseInt(latest.slice(0, 8), 16), low: parseInt(latest.slice(8), 16) };
    this.#observe = observations(options.metrics, this);
    this.#watch = setInterval(() => this.checkStall(), STALLED_AFTER_MS).unref();
  }

  /**
   * Adds the stanza, with its verdict, to the open batch; synchronous, copies the bytes. The batch is released, in
   * sequence, once it would survive a power cut. Entries are released in the order of these calls. Returns the number
   * of the batch.
   */
  append(r: Recordable, d: Decision, author: Author, sequence: number, targets: Targets): number {
    if (this.#open.isFull) this.#waiting.push(this.#seal());
    const batch = this.#open;
    if (batch.count === 0) batch.openedAtMs = this.options.clock.now();
    const before = batch.size;
    this.#belonging.author = author;
    this.#belonging.sequence = sequence;
    this.#belonging.targets = targets;
    batch.add(r, d, this.#belonging);
    this.uncommittedBytes += batch.size - before;
    this.#schedule();
    return batch.number;
  }

  /** False when the bound on uncommitted bytes is reached, or messages wait too long: whoever sends more is told to wait. */
  get mayAppend(): boolean {
    return this.uncommittedBytes < MOST_UNCOMMITTED_BYTES && !this.#isHeldTooLong;
  }

  /** The batch that the next entry goes into, unless it is full by then. */
  get openBatch(): number {
    return this.#open.number;
  }

  /** The latest id that was released with a row; everything up to it can be read from the archive. */
  get releasedId(): string {
    return formatId(this.#latestId.high, this.#latestId.low);
  }

  /** `stalled` when something has waited for its commit for more than a second. */
  get state(): 'working' | 'stalled' | 'off' {
    if (this.options.sink instanceof OffSink) return 'off';
    return this.waitingMs > STALLED_AFTER_MS ? 'stalled' : 'working';
  }

  /** How long the oldest entry without a commit has waited; 0 when there is none. */
  get waitingMs(): number {
    const since = this.stalledSinceMs;
    return since === undefined ? 0 : Math.max(0, this.options.clock.now() - since);
  }

  /** When the oldest entry that still waits was added. */
  get stalledSinceMs(): number | undefined {
    const oldest = this.#sealed[0] ?? this.#open;
    return oldest.count === 0 ? undefined : oldest.openedAtMs;
  }

  /** Resolves when everything added until now has been released. */
  async settled(): Promise<void> {
    if (this.#sealed.length === 0 && this.#open.count === 0) return;
    await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  /** Waits for what is under way, at most so long, then gives up the rest: it was never released, nobody relies on it. */
  async close(withinMs: number): Promise<void> {
    let late: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => (late = setTimeout(resolve, withinMs)));
    await Promise.race([this.settled(), timeout]);
    clearTimeout(late);
    clearInterval(this.#watch);
    const waiting = this.#sealed.reduce((sum, { count }) => sum + count, this.#open.count);
    if (waiting > 0) this.options.log.error('archive.closed.early', { messages: waiting });
    this.options.sink.close();
  }

  /** Reused for every entry. */
  readonly #belonging = { author: undefined as Author, sequence: 0, targets: undefined as Targets };

  readonly #flush = (): void => {
    this.#scheduled = false;
    for (;;) {
      const batch = this.#waiting[0] ?? (this.#open.count > 0 ? this.#open : undefined);
      if (!batch || (batch.rows > 0 && this.#idle === 0)) return;
      if (batch === this.#open) this.#seal();
      else this.#waiting.shift();
      if (batch.rows === 0) this.#settle(batch, NONE_POISONED);
      else this.#commit(batch);
    }
  };

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  #seal(): Batch<Author, Targets> {
    const batch = this.#open;
    this.#sealed.push(batch);
    this.#open = this.#free.pop() ?? this.#fresh();
    this.#open.reset(batch.number + 1);
    return batch;
  }

  #fresh(): Batch<Author, Targets> {
    return new Batch(this.#leaves, !(this.options.sink instanceof OffSink));
  }

  #commit(batch: Batch<Author, Targets>): void {
    this.#idle--;
    const committing = this.options.sink.commit(batch, this.#lastCommit);
    this.#lastCommit = committing;
    committing.then(
      (poisoned) => {
        this.#idle++;
        if (this.#lastCommit === committing) this.#lastCommit = undefined;
        this.#settle(batch, poisoned);
        if (this.#open.count > 0 || this.#waiting.length > 0) this.#schedule();
      },
      // The sink was closed: `close` has said how much is given up.
      (error: unknown) => this.options.log.debug('archive.closed.early', { reason: describeError(error) }),
    );
  }

  /** Two answers may come out of order: what is durable waits for what was added before it. */
  #settle(batch: Batch<Author, Targets>, poisoned: readonly number[]): void {
    for (const i of poisoned) this.#poison(batch, i);
    this.#settled.set(batch.number, batch);
    for (;;) {
      const next = this.#settled.get(this.releasedBatch + 1);
      if (!next) break;
      this.#settled.delete(next.number);
      this.#sealed.shift();
      this.#release(next);
    }
    if (this.#sealed.length > 0 || this.#open.count > 0) return;
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  #release(batch: Batch<Author, Targets>): void {
    this.releasedBatch = batch.number;
    this.uncommittedBytes -= batch.size;
    for (let i = batch.count - 1; i >= 0; i--) {
      if (batch.recorded[i] === 0) continue;
      this.#latestId.high = batch.idHigh[i]!;
      this.#latestId.low = batch.idLow[i]!;
      break;
    }
    this.#observe(batch, this.options.clock.now() - batch.openedAtMs);
    if (this.#reportedStall) this.checkStall();
    try {
      this.options.onReleased(batch);
    } catch (error) {
      this.options.log.error('archive.release.failed', { batch: batch.number, reason: describeError(error) });
    }
    if (this.#free.length < KEPT_BATCHES) this.#free.push(batch);
  }

  #poison(batch: Batch<Author, Targets>, i: number): void {
    const id = formatId(batch.idHigh[i]!, batch.idLow[i]!);
    batch.recorded[i] = 0;
    batch.verdict[i] = 2;
    const stanza = Buffer.from(batch.bytes.subarray(batch.start[i], batch.end[i]));
    try {
      this.options.onPoisoned({ id, author: batch.authors[i]!, targets: batch.targets[i]!, stanza });
    } catch (error) {
      this.options.log.error('archive.release.failed', { id, reason: describeError(error) });
    }
  }

  /** Called every second: whether something waits for too long. */
  checkStall(): void {
    this.#isHeldTooLong = this.waitingMs > (this.options.holdForMs ?? HOLD_FOR_MS);
    const stalled = this.state === 'stalled';
    if (stalled === this.#reportedStall) return;
    this.#reportedStall = stalled;
    const { log } = this.options;
    if (stalled) log.error('archive.stalled', { waitingMs: this.waitingMs, bytes: this.uncommittedBytes });
    else log.info('archive.recovered', { batch: this.releasedBatch });
  }
}

function observations(
  metrics: Metrics,
  journal: Pick<Journal<unknown, unknown>, 'uncommittedBytes' | 'waitingMs'>,
): (batch: ReleasedBatch<unknown, unknown>, tookMs: number) => void {
  const messages = metrics.counter('interoffice_archive_released_total', 'Entries whose batch has been committed.');
  const batches = metrics.counter('interoffice_archive_batches_total', 'Batches that have been committed.');
  const seconds = metrics.histogram(
    'interoffice_archive_commit_seconds',
    'From the first entry of a batch to its release.',
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
  );
  metrics.gauge(
    'interoffice_archive_uncommitted_bytes',
    'Bytes that wait for their commit.',
    () => journal.uncommittedBytes,
  );
  metrics.gauge(
    'interoffice_archive_waiting_seconds',
    'How long the oldest entry without a commit has waited.',
    () => journal.waitingMs / 1_000,
  );
  return (batch, tookMs) => {
    messages.inc(batch.count);
    batches.inc();
    seconds(tookMs / 1_000);
  };
}
