import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromProcess, JobProblem, Move, ToProcess } from './job.js';

/** How a process ended. */
export type Ending = { readonly finished: unknown } | { readonly stopped: true } | { readonly failed: JobProblem };

/**
 * What a job needs of memory is bounded. Its garbage is collected by its own thread: helpers would be as many as there are
 * processors, and at their turn nobody else would be.
 */
const FLAGS = ['--max-old-space-size=96', '--max-semi-space-size=4', '--single-threaded'];
const STOP_WITHIN_MS = 5_000;
/** It is told that often how busy the server is. */
const LOAD_EVERY_MS = 500;

/**
 * The process of one job: a thread would share the helpers of V8 with those who chat, at their priority, and what goes
 * wrong in it could take the server along.
 */
export class JobProcess {
  readonly #child: ChildProcess;
  #ending: Ending | undefined;
  #isStopping = false;
  readonly ended: Promise<Ending>;

  constructor(program: URL, given: unknown, onMove: (move: Move) => void) {
    const stdio: ['ignore', 'ignore', 'inherit', 'ipc'] = ['ignore', 'ignore', 'inherit', 'ipc'];
    this.#child = fork(fileURLToPath(program), { execArgv: FLAGS, serialization: 'advanced', stdio });
    this.#child.on('message', (message: FromProcess) => {
      if ('moved' in message) onMove(message.moved);
      else this.#ending = message;
    });
    this.#child.on('error', (error) => this.#fail(error.message));
    this.ended = this.#end();
    this.#tell({ given });
    this.#tellLoad();
  }

  /** Its number; undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Ends at its next move, or is ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#tell({ stop: true });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_WITHIN_MS);
    await this.ended;
    clearTimeout(timer);
  }

  /** At once, whatever it does. */
  async fail(problem: JobProblem): Promise<void> {
    this.#ending = { failed: problem };
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** What it has said last comes before the end of its channel, and that may come after its own. */
  async #end(): Promise<Ending> {
    const { promise: silent, resolve: hush } = Promise.withResolvers<void>();
    const { promise: gone, resolve: go } = Promise.withResolvers<void>();
    this.#child.once('disconnect', hush);
    this.#child.once('exit', (code, signal) => {
      // An orderly end says itself what came of the work.
      if (!this.#isStopping && code !== 0) this.#fail(`Its process was ended by ${signal ?? `its code ${code}`}.`);
      go();
    });
    // It could not be started: nothing else comes.
    this.#child.once('error', () => this.#child.pid === undefined && (go(), hush()));
    await Promise.all([silent, gone]);
    return this.#ending ?? { stopped: true };
  }

  #fail(text: string): void {
    this.#ending ??= { failed: { code: 'JOB_FAILED', text } };
  }

  /** So that it gives way to people at work, and is fast at night. */
  #tellLoad(): void {
    let last = performance.eventLoopUtilization();
    const timer = setInterval(() => {
      const now = performance.eventLoopUtilization();
      this.#tell({ load: performance.eventLoopUtilization(now, last).utilization });
      last = now;
    }, LOAD_EVERY_MS).unref();
    void this.ended.then(() => clearInterval(timer));
  }

  #tell(message: ToProcess): void {
    // Who cannot be told has ended, which is heard by itself.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}
