import { setTimeout as delay } from 'node:timers/promises';

/**
 * So long somebody else may have to wait for a turn on a processor because of work in the background: measured, turns of
 * 6 ms for a tenth of the time make people wait half as long again, turns of 1 ms make no difference.
 */
const TURN_MS = 1;
/** Of the time, when nobody else has anything to do, and when the server is busy. */
const SHARE = { idle: 0.6, busy: 0.1 };
/** Of the server's event loop: below the one it has nothing to do, from the other on it is busy. */
const LOAD = { idle: 0.05, busy: 0.15 };

/**
 * The pace of work in the background: short turns, and a rest after each, the longer the busier the server is. The
 * database works during turns as well, at its own priority. Work calls `rest` wherever it may be interrupted: that costs
 * nothing within a turn.
 */
export class Pace {
  /** Nobody is to be disturbed before it is known what the server does. */
  #restPerWork = restFor(SHARE.busy);
  #beganMs = performance.now();

  /** How much of its time the server's event loop is at work, 0 to 1. */
  follow(load: number): void {
    const quiet = Math.min(1, Math.max(0, (LOAD.busy - load) / (LOAD.busy - LOAD.idle)));
    this.#restPerWork = restFor(SHARE.busy + quiet * (SHARE.idle - SHARE.busy));
  }

  /** Undefined within a turn; otherwise resolves after a rest that fits the work since the last one. */
  rest(): Promise<void> | undefined {
    const workedMs = performance.now() - this.#beganMs;
    return workedMs < TURN_MS ? undefined : this.#rest(workedMs * this.#restPerWork);
  }

  async #rest(ms: number): Promise<void> {
    await delay(ms);
    this.#beganMs = performance.now();
  }
}

function restFor(share: number): number {
  return (1 - share) / share;
}
