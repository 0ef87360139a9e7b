import { FailedNames } from '@interoffice/directory';
import type { Clock } from '@interoffice/telemetry';

/** Wrong passwords for one account from one address before it must wait. */
export const TRIES_PER_ACCOUNT = 5;
const WINDOW_MS = 15 * 60_000;
/** Pairs remembered; at the bound the oldest are forgotten. */
const MOST_REMEMBERED = 20_000;

interface Failures {
  count: number;
  since: number;
}

/**
 * Counts wrong passwords per (account, address) in a window of 15 minutes, and the names that fail per address. Somebody
 * else's tries never lock an account: from another address its owner still gets in. Faults of the directory are not
 * counted.
 */
export class LoginThrottle {
  readonly #failures = new Map<string, Failures>();
  readonly #names: FailedNames;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#names = new FailedNames(clock);
  }

  /**
   * Seconds to wait, or 0 when a try is free. A free try counts as failed until it is known how it ended, or many at the
   * same time would all be free.
   */
  begin(account: string, address: string): number {
    const pair = pairKey(account, address);
    const waitMs = Math.max(this.#wait(pair, TRIES_PER_ACCOUNT), this.#names.waitMs(address));
    if (waitMs === 0) this.#count(pair);
    return Math.ceil(waitMs / 1000);
  }

  failed(account: string, address: string): void {
    this.#names.failed(address, account);
  }

  /** The password was not wrong, or nobody could say. */
  undecided(account: string, address: string): void {
    const failures = this.#failures.get(pairKey(account, address));
    if (failures) failures.count--;
  }

  succeeded(account: string, address: string): void {
    this.#failures.delete(pairKey(account, address));
    this.#names.succeeded(address, account);
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
