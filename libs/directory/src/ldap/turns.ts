import { Failure } from '@interoffice/telemetry';

/** More that wait are refused at once, since their clients will have gone before it is their turn. */
const MOST_WAITING = 1000;

/**
 * So many pieces of work at once; the others wait in the order in which they came. A directory slows down under a storm
 * of log-ins, and more of them at the same time only make it worse.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  readonly #most: number;
  readonly #what: string;
  #busy = 0;

  /** `what` they are, for the error. */
  constructor(most: number, what: string) {
    this.#most = most;
    this.#what = what;
  }

  /** Does the work when it is its turn. Rejects with DIRECTORY_BUSY when too many wait, or with what the work rejects with. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy < this.#most) this.#busy++;
    else await this.#turn();
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= MOST_WAITING)
      throw new Failure('DIRECTORY_BUSY', `too many ${this.#what} wait for the directory`);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    return promise;
  }

  /** The place goes to the next at once: whoever came in between would be one too many. */
  #pass(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#busy--;
  }
}
