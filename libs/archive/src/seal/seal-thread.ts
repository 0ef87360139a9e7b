import { Worker } from 'node:worker_threads';
import type { Connection } from '@interoffice/storage';
import { type Clock, describeError, Failure, type Log, type Metrics } from '@interoffice/telemetry';
import { FIRST_ID, timeOf } from '../ids.js';
import type { Notary } from './note.js';
import type { AskedWitness, WitnessState } from './witnesses.js';

/** What the thread is told. */
export type ToSealer =
  | { readonly upTo: string }
  | { readonly signed: string; readonly number: number }
  | { readonly unsigned: string; readonly number: number }
  | { readonly stop: true };
/** What it says. */
export type FromSealer =
  | { readonly sign: string; readonly number: number }
  | { readonly sealed: SealedUpTo }
  | { readonly witnesses: readonly WitnessState[] }
  | { readonly refused: string }
  | { readonly failed: string };

/** How far the log has come. */
export interface SealedUpTo {
  readonly size: number;
  /** Base64. */
  readonly root: string;
  readonly journalId: string;
  /** How many rows the last checkpoint added, and when that was. */
  readonly added: number;
  readonly atMs: number;
}

export interface SealThreadOptions {
  /** As the owner: the thread opens its own connections as `app` and `reader`. */
  readonly connection: Connection;
  readonly folder: string;
  readonly notary: Notary;
  readonly witnesses?: readonly AskedWitness[];
  /** PEM, of those who certify witnesses; beside the system's. */
  readonly authorities?: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The id up to which everything is committed: the journal's `releasedId`. */
  readonly upTo: () => string;
  /** The thread's program; a test names the built one. */
  readonly worker?: URL;
}

/** A checkpoint stands for what came in so many milliseconds: at least every 10 s while something comes. */
const PAUSE_MS = 4_000;
const RESTART_AFTER_MS = 1_000;

/** What the thread is started with. */
export interface SealerData {
  readonly connection: Connection;
  readonly folder: string;
  readonly origin: string;
  readonly witnesses: readonly AskedWitness[];
  readonly authorities: readonly string[];
}

interface Waiting {
  readonly target: string;
  resolve(): void;
  reject(error: Error): void;
}

/** The seal in a thread of its own; keys stay in this one. A thread that dies is started again and goes on. */
export class SealThread {
  /** Undefined until the thread has looked. */
  sealed: SealedUpTo | undefined;
  /** Why nothing is signed any more; an operator has to look. */
  refusal: string | undefined;
  /** Why the last round was not done; it is tried again. */
  problem: string | undefined;
  /** Those who sign behind it, as they stand. */
  witnesses: readonly WitnessState[] = [];
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waiting: Waiting[] = [];
  /** How far the journal was at a moment; looked at again once that is sealed. */
  #seen = { upTo: FIRST_ID, atMs: 0 };

  constructor(private readonly options: SealThreadOptions) {
    options.metrics.gauge(
      'interoffice_archive_seal_lag_seconds',
      'Age of the oldest recorded message that no signed checkpoint covers yet.',
      () => this.lagMs / 1_000,
    );
    options.metrics.gauge('interoffice_archive_seal_size', 'Entries in the sealed log.', () => this.sealed?.size ?? 0);
    options.metrics.gauge('interoffice_archive_seal_refused', '1 when nothing is signed any more.', () =>
      this.refusal === undefined ? 0 : 1,
    );
  }

  /** For how long something has been committed that is not sealed; 0 when everything is. */
  get lagMs(): number {
    const upTo = this.options.upTo();
    const nowMs = this.options.clock.now();
    if (this.#reached >= this.#seen.upTo) this.#seen = { upTo, atMs: nowMs };
    return this.#reached >= upTo ? 0 : Math.max(0, nowMs - this.#seen.atMs);
  }

  /** Everything that was recorded before this moment is sealed; undefined while nothing is known. */
  get sealedThroughMs(): number | undefined {
    if (!this.sealed) return undefined;
    return this.lagMs === 0 ? this.options.clock.now() : timeOf(this.#reached);
  }

  start(): void {
    this.#launch();
    this.#timer = setInterval(() => {
      void this.lagMs;
      this.#tell();
    }, PAUSE_MS).unref();
  }

  /** Seals what there is, then ends. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    this.#tell();
    worker.postMessage({ stop: true } satisfies ToSealer);
    await ended;
  }

  /** Resolves when what was recorded by now is sealed. Rejects with SEAL_REFUSED, or SEAL_BEHIND when that fails. */
  async settle(): Promise<void> {
    const target = this.options.upTo();
    if (this.refusal !== undefined) throw new Failure('SEAL_REFUSED', this.refusal);
    if (this.#reached >= target) return;
    const settled = new Promise<void>((resolve, reject) => this.#waiting.push({ target, resolve, reject }));
    this.#tell();
    await settled;
  }

  /** After an operator has ended a refusal. */
  lookAgain(): void {
    this.refusal = undefined;
    this.#tell();
  }

  get #reached(): string {
    return this.sealed?.journalId ?? FIRST_ID;
  }

  #launch(): void {
    const { connection, folder, notary, witnesses = [], authorities = [] } = this.options;
    const { worker = new URL('./seal-worker.js', import.meta.url) } = this.options;
    const workerData: SealerData = { connection, folder, origin: notary.name, witnesses, authorities };
    const thread = new Worker(worker, { workerData, execArgv: [] });
    this.#worker = thread;
    thread.on('message', (message: FromSealer) => this.#heard(message));
    thread.on('error', (error: Error) => this.#fail(error.message));
    thread.once('exit', () => {
      this.#worker = undefined;
      // Not by our own word: `stop` has cleared the timer.
      if (this.#timer) setTimeout(() => this.#timer && this.#launch(), RESTART_AFTER_MS).unref();
    });
    this.#tell();
  }

  #tell(): void {
    this.#worker?.postMessage({ upTo: this.options.upTo() } satisfies ToSealer);
  }

  #heard(message: FromSealer): void {
    if ('sign' in message) void this.#sign(message.sign, message.number);
    else if ('sealed' in message) this.#reach(message.sealed);
    else if ('witnesses' in message) this.witnesses = message.witnesses;
    else if ('refused' in message) this.#refuse(message.refused);
    else this.#fail(message.failed);
  }

  async #sign(text: string, number: number): Promise<void> {
    const answer = await this.options.notary.sign(text).then(
      (signed): ToSealer => ({ signed, number }),
      (error: unknown): ToSealer => ({ unsigned: describeError(error), number }),
    );
    this.#worker?.postMessage(answer);
  }

  #reach(sealed: SealedUpTo): void {
    if (this.problem !== undefined) this.options.log.info('archive.seal.resumed', { size: sealed.size });
    this.sealed = sealed;
    this.problem = undefined;
    const done = this.#waiting.filter(({ target }) => target <= sealed.journalId);
    this.#waiting = this.#waiting.filter(({ target }) => target > sealed.journalId);
    for (const { resolve } of done) resolve();
  }

  #refuse(why: string): void {
    if (this.refusal === undefined) this.options.log.error('archive.seal.refused', { why });
    this.refusal = why;
    for (const { reject } of this.#waiting.splice(0)) reject(new Failure('SEAL_REFUSED', why));
  }

  #fail(reason: string): void {
    if (this.problem === undefined) this.options.log.warn('archive.seal.failed', { reason });
    this.problem = reason;
    for (const { reject } of this.#waiting.splice(0)) reject(new Failure('SEAL_BEHIND', reason));
  }
}
