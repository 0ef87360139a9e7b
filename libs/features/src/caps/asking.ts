import type { Session } from '@interoffice/routing';

/** A device is given so long to answer before another with the same `ver` is asked as well. */
const PATIENCE_MS = 30_000;

/**
 * Devices that say they can do the same, while nobody knows what: one of them is asked, and the next only when that one
 * gives no good answer. XEP-0115 §5.4
 */
export class Asking {
  readonly #waiting = new Set<Session>();
  readonly #tried = new WeakSet<Session>();
  #asked: Session | undefined;
  #askedAtMs = 0;

  constructor(private readonly ask: (session: Session) => void) {}

  get isOver(): boolean {
    return this.#waiting.size === 0;
  }

  add(session: Session, nowMs: number): void {
    this.#waiting.add(session);
    if (this.#asked === undefined || nowMs - this.#askedAtMs > PATIENCE_MS) this.#turnTo(session, nowMs);
  }

  /** The device does not count any more: it is gone, can do something else, or what it said is wrong. */
  without(session: Session, nowMs: number): void {
    this.#waiting.delete(session);
    if (session !== this.#asked) return;
    this.#asked = undefined;
    const waiting = [...this.#waiting];
    const next = waiting.find((device) => !this.#tried.has(device)) ?? waiting[0];
    if (next) this.#turnTo(next, nowMs);
  }

  /** Everybody whom the answer concerns. */
  take(): readonly Session[] {
    const all = [...this.#waiting];
    this.#waiting.clear();
    return all;
  }

  #turnTo(session: Session, nowMs: number): void {
    this.#asked = session;
    this.#tried.add(session);
    this.#askedAtMs = nowMs;
    this.ask(session);
  }
}
