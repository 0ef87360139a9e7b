import type { Disposer, DisposalOutcome, DisposalProgress } from '@interoffice/archive';
import type { Database } from '@interoffice/storage';
import { type Clock, describeError, type Log } from '@interoffice/telemetry';

export interface DailyDisposalOptions {
  readonly database: Database;
  readonly disposer: Pick<Disposer, 'run' | 'stop'>;
  readonly clock: Clock;
  readonly log: Log;
}

const DAY_MS = 86_400_000;
/** Two in the morning, UTC: days are counted from there. */
const HOUR_OF_DAY_MS = 2 * 3_600_000;
const LOOK_EVERY_MS = 60_000;
const STATE = 'archive.disposal';
const READ = `SELECT (value ->> 'atMs')::float8 AS at FROM settings_state WHERE name = $1`;
const WRITE = `INSERT INTO settings_state VALUES ($1, jsonb_build_object('atMs', $2::float8))
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`;

/** Runs disposal once a day, in the night; a night that was slept through is made up for. */
export class DailyDisposal {
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> | undefined;

  constructor(private readonly options: DailyDisposalOptions) {}

  start(): void {
    this.#timer = setInterval(() => void this.check(), LOOK_EVERY_MS).unref();
    void this.check();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.options.disposer.stop();
    await this.#checking;
  }

  /** Now, because somebody wants it. */
  run(report?: DisposalProgress): Promise<readonly DisposalOutcome[]> {
    return this.options.disposer.run(report);
  }

  /** Runs if the last run was on another day. Never rejects: what fails is an event, and tried again in a minute. */
  check(): Promise<void> {
    this.#checking ??= this.#check()
      .catch((error: unknown) => this.options.log.error('archive.disposal.failed', { reason: describeError(error) }))
      .finally(() => (this.#checking = undefined));
    return this.#checking;
  }

  async #check(): Promise<void> {
    const { database, disposer, clock } = this.options;
    const nowMs = clock.now();
    const [row] = await database.query<{ at: number }>('app', READ, [STATE]);
    if (row && dayOf(row.at) >= dayOf(nowMs)) return;
    // The first start of an appliance is no night; there is nothing that had to go.
    if (row) await disposer.run();
    await database.query('app', WRITE, [STATE, nowMs]);
  }
}

function dayOf(ms: number): number {
  return Math.floor((ms - HOUR_OF_DAY_MS) / DAY_MS);
}
