import { describeError, type Clock, type Log } from '@interoffice/telemetry';
import type { Applied } from './application.js';
import type { SyncCounts, SyncKind, SyncRecords, SyncRun } from './sync-records.js';

const KEPT_MS = 90 * 86_400_000;
const NOTHING: SyncCounts = {
  seen: 0,
  added: 0,
  changed: 0,
  unchanged: 0,
  refused: 0,
  readmitted: 0,
  unusable: 0,
  leftOut: 0,
  groups: 0,
};

interface LogParts {
  readonly syncs: SyncRecords;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * What the syncs of one source have done. Those that run every few seconds are written down only when they changed
 * something or when they begin to end otherwise than before; the latest of each kind is remembered in any case.
 */
export class RunLog {
  readonly #last = new Map<SyncKind, SyncRun>();

  constructor(
    private readonly directory: string,
    private readonly parts: LogParts,
  ) {}

  get last(): readonly SyncRun[] {
    return [...this.#last.values()];
  }

  /** Undefined, and nothing written, when `work` gives nothing: there was nothing it could do. Never rejects. */
  async noted(kind: SyncKind, work: () => Promise<Applied | undefined>): Promise<SyncRun | undefined> {
    const { clock, log } = this.parts;
    const startedAt = clock.now();
    const run = (ended: Pick<SyncRun, 'outcome' | 'counts' | 'leftOut' | 'error'>): SyncRun => ({
      directory: this.directory,
      kind,
      startedAt,
      endedAt: clock.now(),
      ...ended,
    });
    try {
      const applied = await work();
      if (!applied) return undefined;
      const { outcome, counts, leftOut } = applied;
      return await this.#note(run({ outcome, counts, leftOut, error: undefined }));
    } catch (error) {
      // A directory that is away is asked every few seconds: it is said once.
      const isNews = this.#last.get(kind)?.outcome !== 'failed';
      if (isNews) log.warn('directory.sync.failed', { kind, error: error instanceof Error ? error : undefined });
      return this.#note(run({ outcome: 'failed', counts: NOTHING, leftOut: [], error: describeError(error) }));
    }
  }

  /** Forgets what is older than 90 days. */
  async prune(): Promise<void> {
    await this.#attempt(() => this.parts.syncs.prune(this.directory, this.parts.clock.now() - KEPT_MS));
  }

  async #note(run: SyncRun): Promise<SyncRun> {
    const before = this.#last.get(run.kind);
    this.#last.set(run.kind, run);
    const { added, changed, refused, readmitted } = run.counts;
    const isQuiet = run.kind !== 'full' && (run.outcome !== 'done' || added + changed + refused + readmitted === 0);
    if (isQuiet && run.outcome === (before?.outcome ?? 'done')) return run;
    const { kind, outcome, startedAt, endedAt } = run;
    this.parts.log.info('directory.sync.finished', { kind, outcome, durationMs: endedAt - startedAt, ...run.counts });
    await this.#attempt(() => this.parts.syncs.note(run));
    return run;
  }

  /** The sync itself has ended, however its record fares. */
  async #attempt(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.parts.log.warn('directory.sync.unrecorded', { error: error instanceof Error ? error : undefined });
    }
  }
}
