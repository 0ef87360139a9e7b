import type { Clock } from '@interoffice/telemetry';

/** Wrong passwords for one account from one address before it must wait. */
export const TRIES_PER_ACCOUNT = 5;
/** Wrong passwords from one address, whatever the names. */
export const TRIES_PER_ADDRESS = 50;
const WINDOW_MS = 15 * 60_000;
/** Pairs remembered; at the bound the oldest are forgotten. */
const MOST_REMEMBERED = 20_000;

interface Failures {
  count: number;
  since: number;
}

/**
 * Counts wrong passwords per (account, address) and per address, in a window of 15 minutes. Somebody else's tries never
 * lock an account: from another address its owner still gets in. Faults of the directory are not counted.
 */
export class LoginThrottle {
  readonly #failures = new Map<string, Failures>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Seconds to wait, or 0 when a try is free. */
  waitSeconds(account: string, address: string): number {
    const pair = this.#wait(pairKey(account, address), TRIES_PER_ACCOUNT);
    return Math.ceil(Math.max(pair, this.#wait(address, TRIES_PER_ADDRESS)) / 1000);
  }

  failed(account: string, address: string): void {
    this.#count(pairKey(account, address));
    this.#count(address);
  }

  succeeded(account: string, address: string): void {
    this.#failures.delete(pairKey(account, address));
  }

  #wait(key: string, most: number): number {
    const failures = this.#failures.get(key);
    if (!failures || failures.count < most) return 0;
    return Math.max(0, failures.since + WINDOW_MS - this.#clock.now());
  }

  #count(key: string): void {
    const now = this.#clock.now();
    const known = this.#failures.get(key);
    const failures = known && now - known.since < WINDOW_MS ? known : { count: 0, since: now };
    failures.count++;
    this.#failures.delete(key);
    this.#failures.set(key, failures);
    if (this.#failures.size > MOST_REMEMBERED) this.#failures.delete(this.#failures.keys().next().value!);
  }
}

function pairKey(account: string, address: string): string {
  return `${account}\0${address}`;
}
