import { type Clock, describeError, Failure, type Log } from '@interoffice/telemetry';
import type { Job, JobProblem, JobRequest, Move } from './job.js';
import { JobRows, type JobSql } from './job-rows.js';
import { type Ending, JobProcess } from './job-process.js';

/** A kind of long work. */
export interface JobKind {
  readonly name: string;
  /** The program of its process: calls `runTask`. */
  readonly program: URL;
  /** Before the process starts, each time; what it is given. */
  prepare(job: Job): Promise<unknown>;
  /** After it has finished; what is kept as the job's result. Runs again when the server ends before that is kept. */
  finish(job: Job, outcome: unknown): Promise<unknown>;
  /** Its result is kept: what served the work alone may go. Not called again when the server ends before. */
  kept?(job: Job): void;
  /** It failed, or was cancelled. */
  ended?(job: Job): Promise<void>;
}

export interface JobsOptions {
  readonly sql: JobSql;
  readonly kinds: readonly JobKind[];
  readonly clock: Clock;
  readonly log: Log;
  /** A job that gets no further for so long has failed. */
  readonly stallMs?: number;
}

const STALL_MS = 5 * 60_000;
const WATCH_EVERY_MS = 5_000;

interface Run {
  readonly job: Job;
  readonly startedAtMs: number;
  readonly doneBefore: number;
  process: JobProcess | undefined;
  latest: Move | undefined;
  movedAtMs: number;
  /** Writes of moves, one after the other. */
  written: Promise<void>;
  isCancelled: boolean;
}

/**
 * Work of minutes and hours, one at a time, each in a process of its own. Whatever was running when the server ended goes
 * on from its latest checkpoint when it starts again.
 */
export class Jobs {
  readonly #rows: JobRows;
  #run: Run | undefined;
  #isStarted = false;
  /** Rows could not be written: one may say that it runs. */
  #isBehind = false;
  #turn: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: JobsOptions) {
    this.#rows = new JobRows(options.sql);
  }

  async start(): Promise<void> {
    await this.#rows.takeBack();
    this.#isStarted = true;
    this.#timer = setInterval(() => void this.watch(), WATCH_EVERY_MS).unref();
    this.#next();
  }

  /** Its process ends at its next move; the job goes on after the next start. */
  async stop(): Promise<void> {
    this.#isStarted = false;
    clearInterval(this.#timer);
    await this.#run?.process?.stop();
    await this.#turn;
  }

  async add(request: JobRequest): Promise<Job> {
    const job = await this.#rows.add(request, this.options.clock.now());
    this.#next();
    return job;
  }

  /** With what is known of it at this moment. */
  async find(id: string): Promise<Job | undefined> {
    const job = await this.#rows.find(id);
    return job && this.#current(job);
  }

  /** Newest first, of this scope (`*`: of all). */
  async list(kind: string, scope: string, page: { below?: string; limit: number }): Promise<readonly Job[]> {
    return (await this.#rows.list(kind, scope, page)).map((job) => this.#current(job));
  }

  /** Milliseconds until it is done if it goes on as since its start; undefined for what does not run. */
  remainingMs(id: string): number | undefined {
    const run = this.#run;
    const total = run?.latest?.total;
    if (run?.job.id !== id || run.latest === undefined || total === undefined) return undefined;
    const moved = run.latest.done - run.doneBefore;
    if (moved <= 0) return undefined;
    return Math.round(((this.options.clock.now() - run.startedAtMs) / moved) * Math.max(0, total - run.latest.done));
  }

  /** False when it was over before. Resolves when its process has ended. */
  async cancel(id: string): Promise<boolean> {
    const isCancelled = await this.#rows.cancel(id, this.options.clock.now());
    const run = this.#run;
    if (run?.job.id !== id) return isCancelled;
    run.isCancelled = true;
    await run.process?.stop();
    return isCancelled;
  }

  /** What failed or was cancelled goes on from its latest checkpoint; false for anything else. */
  async resume(id: string): Promise<boolean> {
    const isWaiting = await this.#rows.resume(id);
    if (isWaiting) this.#next();
    return isWaiting;
  }

  /** Ends what has not moved for too long: a job that hangs is seen, and not after weeks. */
  async watch(): Promise<void> {
    const { clock, stallMs = STALL_MS } = this.options;
    const run = this.#run;
    if (!run) return this.#next();
    if (clock.now() - run.movedAtMs <= stallMs) return;
    const minutes = Math.round(stallMs / 60_000);
    await run.process?.fail({
      code: 'JOB_STALLED',
      text: `It has got no further for ${minutes} minutes and was ended here. Look at the database and the disk, then let it go on.`,
    });
  }

  /** Resolves when nothing runs and nothing that could waits: for tests and for the end. */
  settled(): Promise<void> {
    return this.#turn;
  }

  #current(job: Job): Job {
    const latest = this.#run?.job.id === job.id ? this.#run.latest : undefined;
    if (!latest || job.state !== 'running') return job;
    return { ...job, phase: latest.phase, done: latest.done, total: latest.total };
  }

  #next(): void {
    this.#turn = this.#turn
      .then(() => this.#runWaiting())
      .catch((error: unknown) => {
        this.#isBehind = true;
        this.#report(error);
      });
  }

  async #runWaiting(): Promise<void> {
    const names = this.options.kinds.map(({ name }) => name);
    if (this.#isBehind) await this.#rows.takeBack();
    this.#isBehind = false;
    while (this.#isStarted) {
      const job = await this.#rows.begin(names, this.options.clock.now());
      if (!job) return;
      await this.#carryOut(job);
    }
  }

  async #carryOut(job: Job): Promise<void> {
    const nowMs = this.options.clock.now();
    const fresh = { process: undefined, latest: undefined, written: Promise.resolve(), isCancelled: false };
    const run: Run = { job, startedAtMs: nowMs, doneBefore: job.done, movedAtMs: nowMs, ...fresh };
    this.#run = run;
    try {
      await this.#end(run, await this.#ending(run));
    } finally {
      this.#run = undefined;
    }
  }

  async #ending(run: Run): Promise<Ending> {
    const kind = this.options.kinds.find(({ name }) => name === run.job.kind)!;
    try {
      const given = await kind.prepare(run.job);
      // A word to cancel may have come between its turn and this moment.
      run.isCancelled ||= (await this.#rows.find(run.job.id))?.state === 'cancelled';
      if (run.isCancelled || !this.#isStarted) return { stopped: true };
      run.process = new JobProcess(kind.program, given, (move) => this.#moved(run, move));
      const ending = await run.process.ended;
      await run.written;
      if (!('finished' in ending) || run.isCancelled) return ending;
      return { finished: await kind.finish(run.job, ending.finished) };
    } catch (error) {
      return { failed: problemOf(error) };
    }
  }

  async #end(run: Run, ending: Ending): Promise<void> {
    const { clock, log, kinds } = this.options;
    const { id, kind } = run.job;
    const itsKind = kinds.find(({ name }) => name === kind)!;
    if ('finished' in ending && !run.isCancelled) {
      await this.#rows.finish(id, ending.finished, clock.now());
      return itsKind.kept?.(run.job);
    }
    // Stopped and not cancelled: it goes on after the next start.
    if ('stopped' in ending && !run.isCancelled) return;
    if ('failed' in ending && !run.isCancelled) {
      await this.#rows.fail(id, ending.failed, clock.now());
      log.warn('jobs.failed', { job: id, kind, ...ending.failed });
    }
    const ended = await this.#rows.find(id);
    if (ended) await itsKind.ended?.(ended);
  }

  #moved(run: Run, move: Move): void {
    const nowMs = this.options.clock.now();
    const isFurther = run.latest?.done !== move.done || run.latest.phase !== move.phase;
    if (isFurther) run.movedAtMs = nowMs;
    run.latest = move;
    if (move.checkpoint === undefined) return;
    run.written = run.written
      .then(() => this.#rows.move(run.job.id, move, nowMs))
      // The one before stays: the work between is done again.
      .catch((error: unknown) => this.#report(error));
  }

  #report(error: unknown): void {
    this.options.log.warn('jobs.unwritten', { reason: describeError(error) });
  }
}

function problemOf(error: unknown): JobProblem {
  if (error instanceof Failure) return { code: error.code, text: error.message };
  return { code: 'JOB_FAILED', text: describeError(error) };
}
