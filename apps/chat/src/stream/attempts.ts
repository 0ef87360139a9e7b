import { backOffMs } from './back-off.js';
import type { Clock } from './clock.js';
import type { ConnectionState } from './state.js';

/** A line that was lost sooner counts as a failed attempt. */
const STABLE_MS = 2000;

interface Parts {
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** One attempt. Rejects when it has failed. */
  readonly attempt: () => Promise<void>;
  readonly changed: (state: ConnectionState) => void;
}

/** Attempts until one succeeds, each after a longer wait, never two at a time. */
export class Attempts {
  #failures = 0;
  #since = 0;
  #succeededAt = 0;
  #isRunning = false;
  #isWanted = false;
  #isFirst = true;
  #stopWaiting = (): void => undefined;

  constructor(private readonly parts: Parts) {}

  /** The page's first attempt at once, later ones after a short while. */
  begin(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#since = this.parts.clock.now();
    this.#failures = this.#since - this.#succeededAt < STABLE_MS ? this.#failures + 1 : 0;
    if (this.#isRunning) return;
    if (this.#isFirst) this.#run();
    else this.#wait();
  }

  /** Somebody knows that the chances are good now. */
  hurry(): void {
    if (this.#isWanted && !this.#isRunning) this.#run();
  }

  /** For the attempt itself, as soon as it has succeeded. */
  succeed(): void {
    this.#isWanted = false;
    this.#succeededAt = this.parts.clock.now();
  }

  stop(): void {
    this.#isWanted = false;
    this.#stopWaiting();
  }

  #run(): void {
    this.#stopWaiting();
    this.#isRunning = true;
    this.#tell(this.#isFirst ? { is: 'connecting' } : { is: 'reconnecting', since: this.#since });
    this.parts.attempt().then(
      () => this.#over(),
      (error: Error) => {
        this.#failures++;
        this.#over(error.message);
      },
    );
  }

  #over(reason?: string): void {
    this.#isRunning = this.#isFirst = false;
    if (this.#isWanted) this.#wait(reason);
  }

  #wait(reason?: string): void {
    const ms = backOffMs(this.#failures, this.parts.random());
    this.#stopWaiting = this.parts.clock.after(ms, () => this.#run());
    this.#tell({ is: 'reconnecting', since: this.#since, nextTryAt: this.parts.clock.now() + ms, reason });
  }

  #tell(state: ConnectionState): void {
    this.parts.changed(state);
  }
}
