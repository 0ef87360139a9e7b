import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@interoffice/storage';
import { type Count, describeError, Failure, type Log, type Metrics } from '@interoffice/telemetry';
import type { Batch } from './batch.js';
import { copyBinary } from './copy-binary.js';
import { formatId } from './ids.js';
import { SALT_BYTES } from './leaf.js';
import { JOURNAL, PostgresLink, Refusal } from './postgres-link.js';
import { NONE_POISONED, type Sink } from './sink.js';

export interface PostgresSinkOptions {
  /** As the role `writer`. */
  readonly connection: Connection;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Connections, each with one commit under way; 2 unless said. */
  readonly width?: number;
  /** A connection that has not answered for so long is given up and the outcome looked up; 5 s unless said. */
  readonly answerWithinMs?: number;
}

/** PostgreSQL's own answers that speak of the row, not of the server: data, constraint, limit. */
const OF_THE_ROW = /^(22|23|54|42846|42804)/;
const TAKEN = '23505';
const NO_PARTITION = '23514';
const MOST_LOOKS = 200;
const LOOK_AGAIN_MS = 50;
const PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;
/** A frozen database that goes on answers a new connection at once; an old one may wait for a packet to be sent again. */
const ANSWER_WITHIN_MS = 5_000;
const MONTHS_AHEAD = 3;

type Outcome =
  | { readonly kind: 'committed' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly refusal: Refusal };
type AnyBatch = Batch<unknown, unknown>;
interface Range {
  readonly first: number;
  readonly last: number;
  /** What must be durable before any of it. */
  readonly before: Promise<unknown> | undefined;
}

/**
 * Commits batches to PostgreSQL, each exactly once: when an answer is lost the outcome is looked up before the same
 * bytes are sent again, and the primary key refuses what slips through in between. A row that PostgreSQL refuses for its
 * content is found by halving its batch, so that it holds up nobody else's.
 */
export class PostgresSink implements Sink {
  readonly width: number;
  readonly #idle: PostgresLink[] = [];
  readonly #all: PostgresLink[] = [];
  readonly #closed = new AbortController();
  readonly #failures: Count;
  readonly #poisoned: Count;

  constructor(private readonly options: PostgresSinkOptions) {
    this.width = options.width ?? 2;
    for (let i = 0; i < this.width; i++) {
      this.#all.push(new PostgresLink(options.connection, options.answerWithinMs ?? ANSWER_WITHIN_MS));
    }
    this.#idle.push(...this.#all);
    this.#failures = options.metrics.counter(
      'interoffice_archive_commit_failures_total',
      'Commits that had to be asked for again.',
    );
    this.#poisoned = options.metrics.counter(
      'interoffice_archive_poisoned_total',
      'Messages refused by PostgreSQL for their content.',
    );
  }

  /**
   * Connects, makes the partitions of the months to come, and returns the latest id in the journal.
   * Rejects with `DATABASE_UNREACHABLE`.
   */
  async open(now: number): Promise<string> {
    const link = this.#all[0]!;
    try {
      await link.open();
      await this.#endOthers(link);
      for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead++) {
        const date = new Date(now);
        await this.#ensurePartition(link, 0, Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + ahead, 1));
      }
      const [row] = await link.query(`SELECT lpad(to_hex(max(id)), 16, '0') FROM journal`);
      return row?.[0] || formatId(0, 0);
    } catch (cause) {
      throw new Failure(
        'DATABASE_UNREACHABLE',
        'The journal cannot write to PostgreSQL. Check that it runs, that "interoffice migrate" has been run, and the log-in of interoffice_writer.',
        { cause },
      );
    }
  }

  /**
   * A process before this one may have left a commit under way, say in a database that was frozen: what it brings must be
   * there before the latest id is read, or nobody would ever deliver it.
   */
  async #endOthers(link: PostgresLink): Promise<void> {
    const others = `FROM pg_stat_activity WHERE usename = current_user AND datname = current_database()
      AND application_name = '${JOURNAL}' AND pid <> pg_backend_pid()`;
    for (let i = 0; i < MOST_LOOKS; i++) {
      const ended = await link.query(`SELECT pg_terminate_backend(pid) ${others}`);
      if (ended.length === 0) return;
      await delay(LOOK_AGAIN_MS, undefined, { signal: this.#closed.signal });
    }
    throw new Error('another process goes on writing to the journal');
  }

  async commit(batch: AnyBatch, before?: Promise<unknown>): Promise<readonly number[]> {
    const link = this.#idle.pop();
    if (!link) throw new Error('more commits at once than the sink is wide');
    try {
      return await this.#settle(link, batch, { first: 0, last: batch.count, before });
    } finally {
      this.#idle.push(link);
    }
  }

  close(): void {
    this.#closed.abort();
    for (const link of this.#all) link.close();
  }

  /** Asks until the range is durable, or every row that cannot be is known. */
  async #settle(link: PostgresLink, batch: AnyBatch, range: Range): Promise<readonly number[]> {
    let unknown = false;
    let madePartitions = false;
    for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const outcome = await this.#ask(link, batch, { ...range, unknown });
      // Only the first try may be under way together with the batch before it.
      if (outcome.kind !== 'committed') await range.before;
      if (outcome.kind === 'committed') return NONE_POISONED;
      if (outcome.kind === 'unknown') unknown = true;
      else if (outcome.refusal.code === NO_PARTITION && !madePartitions) {
        madePartitions = await this.#makePartitions(link, batch, range);
        if (madePartitions) continue;
      } else if (outcome.refusal.code === TAKEN && !unknown) {
        // Only looking can tell an earlier try of ours from somebody else's row.
        unknown = true;
        continue;
      } else if (OF_THE_ROW.test(outcome.refusal.code)) {
        return this.#halve(link, batch, { ...range, refusal: outcome.refusal });
      }
      await delay(pauseMs, undefined, { signal: this.#closed.signal });
    }
  }

  async #ask(link: PostgresLink, batch: AnyBatch, range: Range & { unknown: boolean }): Promise<Outcome> {
    let sent = range.unknown;
    try {
      if (!link.isOpen) await link.open();
      if (range.unknown && (await this.#isThere(link, batch, range))) return { kind: 'committed' };
      sent = true;
      await link.send(copyBinary(batch, range.first, range.last), range.before);
      return { kind: 'committed' };
    } catch (error) {
      if (this.#closed.signal.aborted) throw error;
      const refused = error instanceof Refusal && !error.isFatal;
      if (!refused || !(OF_THE_ROW.test(error.code) || error.code === NO_PARTITION)) {
        this.#failures.inc();
        this.options.log.warn('archive.commit.failed', { batch: batch.number, reason: describeError(error) });
      }
      // A fatal answer ends the connection: whether the commit came before it is not said.
      if (refused) return { kind: 'refused', refusal: error };
      link.close();
      return sent ? { kind: 'unknown' } : { kind: 'refused', refusal: new Refusal('08000', 'not connected', false) };
    }
  }

  /** Whether the range was committed by an earlier try: its first row is there, with the salt that only we know. */
  async #isThere(link: PostgresLink, batch: AnyBatch, range: Range): Promise<boolean> {
    let i = range.first;
    while (i < range.last && batch.recorded[i] === 0) i++;
    if (i === range.last) return true;
    const id = formatId(batch.idHigh[i]!, batch.idLow[i]!);
    const at = batch.salt[i]!;
    const salt = batch.journal.bytes.toString('hex', at, at + SALT_BYTES);
    const rows = await link.query(
      `SELECT encode(salt, 'hex') FROM journal WHERE id = ${BigInt.asIntN(64, BigInt(`0x${id}`))}`,
    );
    if (rows[0]?.[0] !== salt) return false;
    this.options.log.info('archive.commit.found', { batch: batch.number });
    return true;
  }

  async #halve(link: PostgresLink, batch: AnyBatch, range: Range & { refusal: Refusal }): Promise<readonly number[]> {
    const { first, last, refusal } = range;
    if (last - first === 1) {
      const id = formatId(batch.idHigh[first]!, batch.idLow[first]!);
      this.#poisoned.inc();
      // The reason may quote the message; its code does not.
      this.options.log.error('archive.row.poisoned', { id, sqlstate: refusal.code });
      return [first];
    }
    const middle = (first + last) >>> 1;
    const poisoned: number[] = [];
    for (const half of [
      { first, last: middle, before: range.before },
      { first: middle, last, before: range.before },
    ]) {
      if (hasRows(batch, half)) poisoned.push(...(await this.#settle(link, batch, half)));
    }
    return poisoned;
  }

  /** For a month nobody has thought of: a clock far off, or a new retention class. False when that did not work. */
  async #makePartitions(link: PostgresLink, batch: AnyBatch, range: Range): Promise<boolean> {
    const made = new Set<string>();
    for (let i = range.first; i < range.last; i++) {
      if (batch.recorded[i] === 0) continue;
      const { atMs, retentionClass } = batch.placeOf(i);
      const date = new Date(atMs);
      const month = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
      const name = `${retentionClass} ${month}`;
      if (made.has(name)) continue;
      made.add(name);
      try {
        await this.#ensurePartition(link, retentionClass, month);
      } catch (error) {
        this.options.log.warn('archive.commit.failed', { batch: batch.number, reason: describeError(error) });
        return false;
      }
    }
    return true;
  }

  async #ensurePartition(link: PostgresLink, retentionClass: number, month: number): Promise<void> {
    await link.query(`SELECT ensure_journal_partition(${retentionClass}::smallint, to_timestamp(${month / 1_000}))`);
  }
}

function hasRows(batch: AnyBatch, { first, last }: Range): boolean {
  for (let i = first; i < last; i++) if (batch.recorded[i] === 1) return true;
  return false;
}
