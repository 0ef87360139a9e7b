/** Why a connection is not read for now: its stream works on an element, or its peer does not take what it was sent. */
export type Hold = 'work' | 'peer';

interface Pausable {
  pause(): unknown;
  resume(): unknown;
}

const BIT: Readonly<Record<Hold, number>> = { work: 1, peer: 2 };

/** Reading stops at the first reason and goes on when the last is gone. */
export class Holds {
  #held = 0;

  /** `owner.source` is asked at every change: a connection's socket changes with STARTTLS. */
  constructor(private readonly owner: { readonly source: Pausable }) {}

  isHeld(why: Hold): boolean {
    return (this.#held & BIT[why]) !== 0;
  }

  hold(why: Hold): void {
    if (this.#held === 0) this.owner.source.pause();
    this.#held |= BIT[why];
  }

  release(why: Hold): void {
    if (this.#held === 0) return;
    this.#held &= ~BIT[why];
    if (this.#held === 0) this.owner.source.resume();
  }

  releaseAll(): void {
    this.#held = 0;
    this.owner.source.resume();
  }
}
