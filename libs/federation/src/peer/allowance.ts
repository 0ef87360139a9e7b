/** How much one peer may send, over all its streams. */
export interface AllowanceLimits {
  /** Stanzas a second, in the long run. */
  readonly perSecond: number;
  /** Beyond that, at once. */
  readonly burst: number;
}

/**
 * What one peer may send at this moment: a bucket that fills evenly. Whoever has sent too much is read more slowly, and
 * loses nothing by it. F-10
 */
export class Allowance {
  #left: number;
  #filledMs: number;

  constructor(
    private readonly limits: AllowanceLimits,
    private readonly clock: { now(): number },
  ) {
    this.#left = limits.burst;
    this.#filledMs = clock.now();
  }

  /** Takes one stanza's worth. Milliseconds: nothing was taken, and by then it can be. */
  take(): number {
    if (this.#left < 1) this.#fill();
    if (this.#left < 1) return Math.ceil(((1 - this.#left) / this.limits.perSecond) * 1_000);
    this.#left--;
    return 0;
  }

  #fill(): void {
    const nowMs = this.clock.now();
    const gained = (Math.max(0, nowMs - this.#filledMs) / 1_000) * this.limits.perSecond;
    this.#left = Math.min(this.limits.burst, this.#left + gained);
    this.#filledMs = nowMs;
  }
}
