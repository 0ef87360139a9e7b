/** Why a connection is not read for now: its stream works on an element, or its peer does not take what it was sent. */
export type Hold = 'work' | 'peer';

interface Pausable {
  pause(): unknown;
  resume(): unknown;
}

/** Reading stops at the first reason and goes on when the last is gone. */
export class Holds {
  readonly #held = new Set<Hold>();

  /** `source` is asked at every change: a connection's socket changes with STARTTLS. */
  constructor(private readonly source: () => Pausable) {}

  isHeld(why: Hold): boolean {
    return this.#held.has(why);
  }

  hold(why: Hold): void {
    this.#held.add(why);
    if (this.#held.size === 1) this.source().pause();
  }

  release(why: Hold): void {
    if (this.#held.delete(why) && this.#held.size === 0) this.source().resume();
  }

  releaseAll(): void {
    this.#held.clear();
    this.source().resume();
  }
}
