import type { Clock } from './clock.js';

/** After so much silence the line is asked whether it is still there. */
const IDLE_MS = 30_000;
/** A question that is not answered so long, on a line that says nothing else either, has been put to a dead line. */
export const ANSWER_WITHIN_MS = 10_000;
/** The server answers at once but has not recorded everything yet: when to ask again. */
const AGAIN_MS = 1500;
/** A timer that comes so late comes from a page that was frozen: the answer may be waiting behind it. */
const LATE_MS = 1000;

interface Questions {
  /** Puts `<r/>` on the line. */
  readonly ask: () => void;
  /** Nothing has been heard in time. */
  readonly dead: () => void;
}

/** Finds out whether a line is alive, and has what was sent acknowledged soon, by asking for acknowledgements. XEP-0198 §4 */
export class Probe {
  #heardAt = 0;
  #isAsked = false;
  #hasSentSince = false;
  #stopDeadline = (): void => undefined;
  #stopNext = (): void => undefined;

  constructor(
    private readonly clock: Clock,
    private readonly questions: Questions,
  ) {}

  /** A line is there, and nothing has been asked on it. */
  start(): void {
    this.stop();
    this.heard();
    this.#askWhenQuiet();
  }

  stop(): void {
    this.#stopDeadline();
    this.#stopNext();
    this.#isAsked = this.#hasSentSince = false;
  }

  heard(): void {
    this.#heardAt = this.clock.now();
  }

  /** Something was sent that should be acknowledged soon. */
  sent(): void {
    if (this.#isAsked) this.#hasSentSince = true;
    else this.check(ANSWER_WITHIN_MS);
  }

  /** The line is dead unless something is heard on it within the limit. */
  check(limitMs: number): void {
    this.#stopNext();
    this.#isAsked = true;
    this.#hasSentSince = false;
    this.questions.ask();
    this.#expect(limitMs, this.clock.now());
  }

  /** `isSettled`: nothing that was sent is still to be acknowledged. */
  answered(isSettled: boolean): void {
    this.#stopDeadline();
    this.#isAsked = false;
    if (this.#hasSentSince) this.check(ANSWER_WITHIN_MS);
    else if (isSettled) this.#askWhenQuiet();
    else this.#askAfter(AGAIN_MS);
  }

  #askAfter(ms: number): void {
    this.#stopNext();
    this.#stopNext = this.clock.after(ms, () => this.check(ANSWER_WITHIN_MS));
  }

  #askWhenQuiet(): void {
    this.#stopNext();
    const quietMs = this.clock.now() - this.#heardAt;
    this.#stopNext = this.clock.after(Math.max(0, IDLE_MS - quietMs), () => {
      if (this.clock.now() - this.#heardAt < IDLE_MS) this.#askWhenQuiet();
      else this.check(ANSWER_WITHIN_MS);
    });
  }

  #expect(limitMs: number, askedAt: number): void {
    this.#stopDeadline();
    const dueAt = this.clock.now() + limitMs;
    this.#stopDeadline = this.clock.after(limitMs, () => {
      const now = this.clock.now();
      const isStillTalking = this.#heardAt > askedAt && now - this.#heardAt < limitMs;
      if (isStillTalking || now - dueAt > LATE_MS) this.#expect(limitMs, now);
      else this.questions.dead();
    });
  }
}
