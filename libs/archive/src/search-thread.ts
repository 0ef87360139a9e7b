import { Worker } from 'node:worker_threads';
import type { Connection } from '@interoffice/storage';
import type { Clock, Log, Metrics } from '@interoffice/telemetry';
import { FIRST_ID } from './ids.js';

export type ToWorker = { readonly upTo: string; readonly isAwaited: boolean } | { readonly stop: true };
export type FromWorker = { readonly reached: string } | { readonly failed: string };

/** A text index that follows the journal. */
export interface FollowedIndex {
  /** Everything up to this id is found by text. */
  readonly indexedId: string;
  /** For how long something has been committed that is not indexed, to a few seconds; 0 when everything is. */
  readonly lagMs: number;
  /** Resolves when the index has been brought up to the journal, or could not be. */
  catchUp(): Promise<void>;
}

export interface SearchThreadOptions {
  /** As the owner: the thread opens its own connections as `app` and `reader`. */
  readonly connection: Connection;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The id up to which everything is committed: the journal's `releasedId`. */
  readonly upTo: () => string;
  /** The thread's program; a test names the built one. */
  readonly worker?: URL;
}

/** Rows of some seconds share blocks and index entries; a search does not wait for it, it asks. */
const PAUSE_MS = 5_000;
const RESTART_AFTER_MS = 1000;

interface Waiting {
  readonly target: string;
  resolve(): void;
}

/** The search index in a thread of its own. A thread that dies is started again and goes on where the table says. */
export class SearchThread implements FollowedIndex {
  indexedId = FIRST_ID;
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waiting: Waiting[] = [];
  #isFailing = false;
  /** How far the journal was at a moment; looked at again once that is indexed. */
  #seen = { upTo: FIRST_ID, atMs: 0 };

  constructor(private readonly options: SearchThreadOptions) {
    options.metrics.gauge(
      'interoffice_archive_search_lag_seconds',
      'Age of the oldest recorded message that text search does not find yet.',
      () => this.lagMs / 1_000,
    );
  }

  /** Not the age of the latest one that is indexed: nobody may have written for days before the next came. */
  get lagMs(): number {
    const upTo = this.options.upTo();
    const nowMs = this.options.clock.now();
    if (this.indexedId >= this.#seen.upTo) this.#seen = { upTo, atMs: nowMs };
    return this.indexedId >= upTo ? 0 : Math.max(0, nowMs - this.#seen.atMs);
  }

  start(): void {
    this.#launch();
    this.#timer = setInterval(() => {
      void this.lagMs;
      this.#tell(false);
    }, PAUSE_MS).unref();
  }

  /** Ends after the transaction under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.postMessage({ stop: true } satisfies ToWorker);
    await ended;
  }

  async catchUp(): Promise<void> {
    const target = this.options.upTo();
    if (this.indexedId >= target || !this.#worker) return;
    const caughtUp = new Promise<void>((resolve) => this.#waiting.push({ target, resolve }));
    this.#tell(true);
    await caughtUp;
  }

  #launch(): void {
    const { connection, worker = new URL('./search-worker.js', import.meta.url) } = this.options;
    const thread = new Worker(worker, { workerData: { connection }, execArgv: [] });
    this.#worker = thread;
    thread.on('message', (message: FromWorker) => this.#heard(message));
    thread.on('error', (error: Error) => this.#report(error.message));
    thread.once('exit', () => {
      this.#worker = undefined;
      this.#giveUp();
      // Not by our own word: `stop` has cleared the timer.
      if (this.#timer) setTimeout(() => this.#timer && this.#launch(), RESTART_AFTER_MS).unref();
    });
  }

  #tell(isAwaited: boolean): void {
    const upTo = this.options.upTo();
    if (this.indexedId < upTo) this.#worker?.postMessage({ upTo, isAwaited } satisfies ToWorker);
  }

  #heard(message: FromWorker): void {
    if ('failed' in message) {
      this.#report(message.failed);
      this.#giveUp();
      return;
    }
    this.#isFailing = false;
    const { reached } = message;
    this.indexedId = reached;
    for (const { resolve } of this.#waiting.filter(({ target }) => target <= reached)) resolve();
    this.#waiting = this.#waiting.filter(({ target }) => target > reached);
  }

  /** Whoever waits is told how far the index is by `indexedId`. */
  #giveUp(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #report(reason: string): void {
    if (!this.#isFailing) this.options.log.warn('archive.index.failed', { reason });
    this.#isFailing = true;
  }
}
