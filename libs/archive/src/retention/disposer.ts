import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@interoffice/storage';
import { type Clock, describeError, type Log } from '@interoffice/telemetry';
import { idAt } from '../ids.js';
import { bigintOf } from '../range.js';
import type { Notary } from '../seal/note.js';
import { certificateText } from './certificate.js';
import { statementOf } from './disposal-statement.js';
import { forgetText } from './forget-text.js';

export interface DisposerOptions {
  readonly database: Database;
  readonly notary: Notary;
  readonly clock: Clock;
  readonly log: Log;
  /** Written into the audit log before anything of the month is taken away. Rejects: nothing is. */
  readonly onBegun: (month: JournalMonth) => Promise<void>;
  readonly onDone: (month: JournalMonth, outcome: DisposalOutcome) => Promise<void>;
  /** Rests so many times as long as it works; 9 unless said. */
  readonly rest?: number;
  /** Rows judged in one transaction; 50 unless said. */
  readonly atATime?: number;
}

/** One table of the journal's content. */
export interface JournalMonth {
  readonly retentionClass: number;
  readonly beginsMs: number;
  readonly endsMs: number;
  readonly bytes: number;
  readonly rowsEstimated: number;
}

export interface DisposalOutcome {
  readonly number: number;
  readonly seen: number;
  readonly removed: number;
  readonly held: number;
  readonly bytesReturned: number;
}

/** How far a run is: rows judged, of about so many. */
export type DisposalProgress = (done: number, total: number) => void;

/** A tenth of one processor, so that nineteen of twenty messages notice nothing. */
const REST = 9;
/** A millisecond and a half: what is in its way then waits no longer than that, which nobody notices. */
const AT_A_TIME = 50;
/** Writers wait no longer than that behind a disposal that waits itself. */
const PATIENCE_MS = 40;
const TRY_AGAIN_MS = 250;
const MOST_TRIES = 240;
/** Others would have had to wait; PostgreSQL's lock_not_available. */
const NOT_AVAILABLE = '55P03';
const DAY_MS = 86_400_000;

/**
 * Takes away what the rules of retention have ended: month by month, in steps of which each is one transaction, so that a
 * run that was killed at any point is gone on with by the next. What goes is decided in the database (migration 0020).
 */
export class Disposer {
  readonly #stopped = new AbortController();
  #running: Promise<readonly DisposalOutcome[]> | undefined;

  constructor(private readonly options: DisposerOptions) {}

  /** Every month that is over. Two calls at a time are one run. Rejects when the database cannot be asked. */
  run(report: DisposalProgress = () => undefined): Promise<readonly DisposalOutcome[]> {
    this.#running ??= this.#run(report).finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** Ends after the step under way. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running?.catch(() => undefined);
  }

  async #run(report: DisposalProgress): Promise<readonly DisposalOutcome[]> {
    const months = await this.#endedMonths();
    const total = months.reduce((sum, { rowsEstimated }) => sum + rowsEstimated, 0);
    const outcomes: DisposalOutcome[] = [];
    let done = 0;
    for (const month of months) {
      if (this.#stopped.signal.aborted) break;
      const before = done;
      const outcome = await this.#dispose(month, (seen) => report(before + seen, total));
      if (outcome && outcome.removed > 0) outcomes.push(outcome);
      done += month.rowsEstimated;
      report(done, total);
    }
    return outcomes;
  }

  async #endedMonths(): Promise<readonly JournalMonth[]> {
    const endedBy = this.options.clock.now() - DAY_MS;
    const months = (await monthsOf(this.options.database)).filter(({ endsMs }) => endsMs <= endedBy);
    const open = await this.options.database.query<MonthRow>('disposer', UNFINISHED);
    const known = new Set(months.map(({ retentionClass, beginsMs }) => `${retentionClass} ${beginsMs}`));
    const gone = open.map(monthOf).filter((one) => !known.has(`${one.retentionClass} ${one.beginsMs}`));
    return [...gone, ...months];
  }

  async #dispose(month: JournalMonth, report: (seen: number) => void): Promise<DisposalOutcome | undefined> {
    const { database, log } = this.options;
    const at = { class: month.retentionClass, month: nameOf(month) };
    if (!(await this.#isIndexed(month))) {
      log.info('archive.disposal.postponed', { ...at, reason: 'text search has not read the month yet' });
      return undefined;
    }
    const [begun] = await database.query<{ id: number | null }>('disposer', BEGIN, [
      ...valuesOf(month),
      new Date(this.options.clock.now()),
    ]);
    const id = begun?.id;
    if (id === null || id === undefined) return undefined;
    await this.options.onBegun(month);
    if (!(await this.#replace(id, month, report))) return undefined;
    await this.#forget(month);
    return this.#stopped.signal.aborted ? undefined : this.#certify(id, month);
  }

  /** Text of what is gone must not come into text search behind it. */
  async #isIndexed({ endsMs }: JournalMonth): Promise<boolean> {
    const { database } = this.options;
    const [mark] = await database.query<{ id: string }>('app', MARK);
    const range = [mark ? bigintOf(mark.id) : '-1', bigintOf(idAt(endsMs))];
    const [row] = await database.query<{ isUnread: boolean }>('reader', UNREAD, range);
    return !row!.isUnread;
  }

  /** True when the month stands without what has gone. */
  async #replace(id: number, month: JournalMonth, report: (seen: number) => void): Promise<boolean> {
    for (let tries = 0; tries < MOST_TRIES && !this.#stopped.signal.aborted; tries++) {
      if (!(await this.#sift(id, report))) return false;
      const outcome = await this.#exchange(id);
      if (outcome === 'replaced') return true;
      if (outcome === 'nothing' || outcome === 'certified') return false;
      if (outcome === 'busy') await this.#rest(TRY_AGAIN_MS);
    }
    const at = { class: month.retentionClass, month: nameOf(month) };
    const reason = 'others read the archive all the time, or holds and rules change faster than it is read';
    if (!this.#stopped.signal.aborted) this.options.log.warn('archive.disposal.postponed', { ...at, reason });
    return false;
  }

  /** True once every row is judged; false when stopped. */
  async #sift(id: number, report: (seen: number) => void): Promise<boolean> {
    const { database, rest = REST, atATime = AT_A_TIME } = this.options;
    for (let seen = 0; !this.#stopped.signal.aborted;) {
      const began = performance.now();
      const [step] = await database.query<{ seen: number; is_done: boolean }>('disposer', SIFT, [id, atATime]);
      report((seen += step!.seen));
      if (step!.is_done) return true;
      await this.#rest(rest * (performance.now() - began));
    }
    return false;
  }

  async #exchange(id: number): Promise<string> {
    try {
      const [row] = await this.options.database.query<{ outcome: string }>('disposer', REPLACE, [id, PATIENCE_MS]);
      return row!.outcome;
    } catch (error) {
      if ((error as { code?: string }).code === NOT_AVAILABLE) return 'busy';
      throw error;
    }
  }

  async #forget(month: JournalMonth): Promise<void> {
    const { database, rest = REST } = this.options;
    let from: string | undefined = idAt(month.beginsMs);
    while (from !== undefined && !this.#stopped.signal.aborted) {
      const began = performance.now();
      from = await forgetText(database, month, from);
      await this.#rest(rest * (performance.now() - began));
    }
  }

  async #certify(id: number, month: JournalMonth): Promise<DisposalOutcome> {
    const { database, notary, clock, log } = this.options;
    const statement = await statementOf(database, id);
    const note = await notary.sign(certificateText(statement));
    await database.query('disposer', CERTIFY, [id, note, new Date(clock.now())]);
    const { number, removed, held, bytesReturned } = statement;
    const outcome = { number, seen: removed + statement.kept, removed, held, bytesReturned };
    log.info('archive.disposal.done', { class: month.retentionClass, month: nameOf(month), ...outcome });
    await this.options.onDone(month, outcome);
    return outcome;
  }

  async #rest(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopped.signal }).catch((error: unknown) => {
      this.options.log.debug('archive.disposal.postponed', { reason: describeError(error) });
    });
  }
}

const UNFINISHED = `SELECT retention_class, extract(epoch FROM month)::float8 AS begins,
    extract(epoch FROM month + interval '1 month')::float8 AS ends, 0::bigint AS bytes, 0::bigint AS rows_estimated
  FROM disposals WHERE state IN ('sifting', 'replaced')`;
const MONTHS = `SELECT class AS retention_class, extract(epoch FROM month)::float8 AS begins,
    extract(epoch FROM month + interval '1 month')::float8 AS ends, bytes, rows_estimated FROM journal_months()`;
const MARK = `SELECT value ->> 'id' AS id FROM settings_state WHERE name = 'archive.index'`;
const UNREAD = 'SELECT EXISTS (SELECT FROM journal WHERE id > $1::bigint AND id < $2::bigint) AS "isUnread"';
const BEGIN = 'SELECT begin_disposal($1, to_timestamp($2), $3) AS id';
const SIFT = 'SELECT seen, is_done FROM sift_disposal($1, $2)';
const REPLACE = 'SELECT replace_journal_partition($1, $2) AS outcome';
const CERTIFY = 'SELECT certify_disposal($1, $2, $3)';

interface MonthRow {
  readonly retention_class: number;
  readonly begins: number;
  readonly ends: number;
  readonly bytes: number;
  readonly rows_estimated: number;
}

/** Every table of the journal's content, the oldest month first. */
export async function monthsOf(database: Database): Promise<readonly JournalMonth[]> {
  return (await database.query<MonthRow>('disposer', MONTHS)).map(monthOf);
}

/** Such as `2026-06`. */
export function nameOf({ beginsMs }: Pick<JournalMonth, 'beginsMs'>): string {
  return new Date(beginsMs).toISOString().slice(0, 7);
}

function monthOf({ retention_class: retentionClass, begins, ends, bytes, rows_estimated }: MonthRow): JournalMonth {
  return { retentionClass, beginsMs: begins * 1_000, endsMs: ends * 1_000, bytes, rowsEstimated: rows_estimated };
}

function valuesOf({ retentionClass, beginsMs }: JournalMonth): unknown[] {
  return [retentionClass, beginsMs / 1_000];
}
