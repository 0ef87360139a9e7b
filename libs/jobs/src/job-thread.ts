import { Worker } from 'node:worker_threads';
import type { FromThread, JobProblem, Move, ToThread } from './job.js';

/** How a thread ended. */
export type Ending = { readonly finished: unknown } | { readonly stopped: true } | { readonly failed: JobProblem };

/** The heap of a thread, in MB: what it needs is bounded, and what goes wrong shall not take the server along. */
const HEAP = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 };
const STOP_WITHIN_MS = 5_000;

/** The thread of one job. */
export class JobThread {
  readonly #worker: Worker;
  #ending: Ending | undefined;
  readonly ended: Promise<Ending>;

  constructor(program: URL, given: unknown, onMove: (move: Move) => void) {
    this.#worker = new Worker(program, { workerData: given, execArgv: [], resourceLimits: HEAP });
    this.#worker.on('message', (message: FromThread) => {
      if ('moved' in message) onMove(message.moved);
      else this.#ending = message;
    });
    this.#worker.on(
      'error',
      (error: Error) => (this.#ending ??= { failed: { code: 'JOB_FAILED', text: error.message } }),
    );
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', () => resolve(this.#ending ?? { stopped: true }));
    });
  }

  /** Ends at its next move, or is ended. */
  async stop(): Promise<void> {
    this.#worker.postMessage({ stop: true } satisfies ToThread);
    const timer = setTimeout(() => void this.#worker.terminate(), STOP_WITHIN_MS);
    await this.ended;
    clearTimeout(timer);
  }

  /** At once, whatever it does. */
  async fail(problem: JobProblem): Promise<void> {
    this.#ending = { failed: problem };
    await this.#worker.terminate();
  }
}
