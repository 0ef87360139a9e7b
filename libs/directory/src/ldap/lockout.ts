import type { Clock } from '@interoffice/telemetry';

/** Wrong passwords for one account from one address of a client, and what they cost. */
export interface LockoutOptions {
  /** Fewer than the directory permits: what happens here must not lock anybody out there. */
  readonly attempts: number;
  readonly withinMs: number;
  readonly forMs: number;
}

/** Below the five that directories are commonly set to. */
export const DEFAULT_LOCKOUT: LockoutOptions = { attempts: 4, withinMs: 15 * 60_000, forMs: 5 * 60_000 };

/** Pairs remembered; at the bound the one is forgotten that failed longest ago. */
const MOST_REMEMBERED = 20_000;

interface Failures {
  count: number;
  since: number;
  lockedUntil: number;
}

/** One client that has to wait. */
export interface LockedOut {
  readonly client: string;
  readonly untilMs: number;
}

/**
 * Our own lock-out: per account and address of the client, so that nobody locks out somebody else. Only wrong
 * passwords count that the directory really judged.
 */
export class Lockout {
  readonly #options: LockoutOptions;
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failures>();

  constructor(options: LockoutOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Milliseconds until this client may try this account again; 0: now. */
  waitMs(account: string, client: string): number {
    const failures = this.#failures.get(keyOf(account, client));
    return Math.max(0, (failures?.lockedUntil ?? 0) - this.#clock.now());
  }

  /** True when the client has to wait from now on. */
  failed(account: string, client: string): boolean {
    const key = keyOf(account, client);
    const now = this.#clock.now();
    const known = this.#failures.get(key);
    const failures =
      known && now - known.since < this.#options.withinMs ? known : { count: 0, since: now, lockedUntil: 0 };
    const isTooMany = ++failures.count >= this.#options.attempts;
    if (isTooMany) Object.assign(failures, { count: 0, since: now, lockedUntil: now + this.#options.forMs });
    // Behind all others: the first of the map is the one to be forgotten.
    this.#failures.delete(key);
    this.#failures.set(key, failures);
    if (this.#failures.size > MOST_REMEMBERED) this.#failures.delete(this.#failures.keys().next().value!);
    return isTooMany;
  }

  succeeded(account: string, client: string): void {
    this.#failures.delete(keyOf(account, client));
  }

  /** Who has to wait at this moment, for an administrator who asks. */
  lockedOut(account: string): readonly LockedOut[] {
    const now = this.#clock.now();
    const prefix = keyOf(account, '');
    return Array.from(this.#failures)
      .filter(([key, { lockedUntil }]) => lockedUntil > now && key.startsWith(prefix))
      .map(([key, { lockedUntil }]) => ({ client: key.slice(prefix.length), untilMs: lockedUntil }));
  }
}

function keyOf(account: string, client: string): string {
  return `${account}\0${client}`;
}
