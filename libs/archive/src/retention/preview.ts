import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@interoffice/storage';
import type { Clock } from '@interoffice/telemetry';
import { type DisposalProgress, type JournalMonth, monthsOf, nameOf } from './disposer.js';
import { RetentionRules, rowOf, type RuleRow, type WantedChange } from './rules.js';

/** What the next disposal would do to a month. */
export interface MonthPreview {
  /** Such as `2026-06`. */
  readonly month: string;
  readonly retentionClass: number;
  readonly removed: number;
  /** Would go by the rules, and stay for a hold. */
  readonly held: number;
  readonly kept: number;
  /** `kept` and `bytes` are PostgreSQL's estimate: nothing of the month would go, so it was not read. */
  readonly isEstimated: boolean;
  readonly bytes: number;
}

export interface RetentionPreview {
  readonly removed: number;
  readonly held: number;
  /** What the disk would get back; an estimate where some of a month stays. */
  readonly bytes: number;
  readonly isBytesEstimated: boolean;
  /** The oldest first. */
  readonly months: readonly MonthPreview[];
}

const DAY_MS = 86_400_000;
const ROWS_AT_A_TIME = 5_000;
/** Rests as long as it works. */
const REST = 1;
const PREVIEW = `SELECT last_id, seen, removed, bytes, held
  FROM preview_disposal($1, to_timestamp($2), to_timestamp($3::float8 / 1000), $4, $5, $6, ${ROWS_AT_A_TIME})`;

interface StepRow {
  readonly last_id: string | null;
  readonly seen: number;
  readonly removed: number;
  readonly bytes: number;
  readonly held: number;
}

/** Rules as they would be, and the one that somebody asks about. */
interface Wish {
  readonly rules: readonly RuleRow[];
  readonly about: RuleRow | undefined;
}

/** Says what a change of rules would take away, before anybody decides on it. Counts every message it would concern. */
export class RetentionPreviews {
  readonly #rules: RetentionRules;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    this.#rules = new RetentionRules(database);
  }

  /**
   * Of what the changed rule covers; without a change, of everything by the rules in force. Rejects with the signal's
   * reason when that is aborted.
   */
  async of(
    wanted: WantedChange | undefined,
    { report, signal }: { readonly report: DisposalProgress; readonly signal: AbortSignal },
  ): Promise<RetentionPreview> {
    const wish = wishOf(await this.#rules.rows(), wanted);
    await this.database.query('disposer', 'SELECT note_retention_members($1)', [wish.about?.group_key ?? null]);
    const nowMs = this.clock.now();
    const ended = (await monthsOf(this.database)).filter(({ endsMs }) => endsMs + DAY_MS <= nowMs);
    const total = ended.reduce((sum, { rowsEstimated }) => sum + rowsEstimated, 0);
    const months: MonthPreview[] = [];
    let done = 0;
    for (const month of ended) {
      const before = done;
      const isDue = wish.rules.some(
        ({ days }) => days !== null && days !== undefined && month.endsMs + days * DAY_MS <= nowMs,
      );
      const progress = (seen: number): void => report(before + seen, total);
      months.push(isDue ? await this.#count(month, wish, { nowMs, progress, signal }) : unread(month));
      report((done += month.rowsEstimated), total);
    }
    return summed(months);
  }

  async #count(
    month: JournalMonth,
    { rules, about }: Wish,
    by: { readonly nowMs: number; readonly progress: (seen: number) => void; readonly signal: AbortSignal },
  ): Promise<MonthPreview> {
    const sums = { seen: 0, removed: 0, bytes: 0, held: 0 };
    const fixed = [
      month.retentionClass,
      month.beginsMs / 1_000,
      by.nowMs,
      JSON.stringify(rules),
      about ? JSON.stringify(about) : null,
    ];
    for (let after: string | null = '-1'; after !== null;) {
      by.signal.throwIfAborted();
      const began = performance.now();
      const [step]: StepRow[] = await this.database.query<StepRow>('disposer', PREVIEW, [...fixed, after]);
      for (const name of ['seen', 'removed', 'bytes', 'held'] as const) sums[name] += step![name];
      by.progress(sums.seen);
      after = step!.seen < ROWS_AT_A_TIME ? null : step!.last_id;
      await delay(REST * (performance.now() - began), undefined, { signal: by.signal });
    }
    const { seen, removed, held } = sums;
    const isWhole = removed === seen && seen > 0;
    const bytes = isWhole ? month.bytes : sums.bytes;
    return {
      month: nameOf(month),
      retentionClass: month.retentionClass,
      removed,
      held,
      kept: seen - removed - held,
      isEstimated: false,
      bytes,
    };
  }
}

function unread(month: JournalMonth): MonthPreview {
  const { retentionClass, rowsEstimated: kept } = month;
  return { month: nameOf(month), retentionClass, removed: 0, held: 0, kept, isEstimated: true, bytes: 0 };
}

function summed(months: readonly MonthPreview[]): RetentionPreview {
  const sum = (of: (month: MonthPreview) => number): number => months.reduce((all, month) => all + of(month), 0);
  const isBytesEstimated = months.some(({ removed, kept, held }) => removed > 0 && kept + held > 0);
  return {
    removed: sum((one) => one.removed),
    held: sum((one) => one.held),
    bytes: sum((one) => one.bytes),
    isBytesEstimated,
    months,
  };
}

/** A rule that is not made yet has the number 0. */
function wishOf(rules: readonly RuleRow[], wanted: WantedChange | undefined): Wish {
  if (wanted === undefined) return { rules, about: undefined };
  if (wanted.action === 'add') {
    const about = { id: 0, ...rowOf(wanted.rule) } as unknown as RuleRow;
    return { rules: [...rules, about], about };
  }
  const about = rules.find(({ id }) => String(id) === wanted.ruleId);
  const others = rules.filter((rule) => rule !== about);
  if (!about || wanted.action === 'end') return { rules: others, about };
  const changed = { ...about, days: wanted.days ?? null };
  return { rules: [...others, changed], about: changed };
}
