import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '@interoffice/telemetry';

/** How long a wrong password stays known where the directory tells when passwords change. */
const STAMPED_FOR_MS = 3_600_000;
/** Where it does not tell: longer than an impatient client, shorter than a patient person. */
const UNSTAMPED_FOR_MS = 2 * 60_000;
const MOST_PER_ACCOUNT = 5;
/** At the bound the account is forgotten whose last wrong password is the oldest. */
const MOST_ACCOUNTS = 10_000;

/** A password tried for an account. */
export interface Tried {
  readonly account: string;
  /** When the password was set last, as the directory writes it; empty where it does not tell. */
  readonly stamp: string;
  readonly password: string;
}

interface Known {
  readonly stamp: string;
  readonly until: Map<string, number>;
}

/**
 * Passwords a directory has refused lately, so that a client that goes on with an old one costs one bind and not one
 * every few seconds, which would lock the account. Kept as HMAC under a key that only this process has ever had.
 */
export class WrongPasswords {
  readonly #clock: Clock;
  readonly #key = randomBytes(32);
  readonly #known = new Map<string, Known>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(tried: Tried): boolean {
    const known = this.#known.get(tried.account);
    if (!known || known.stamp !== tried.stamp) return false;
    return (known.until.get(this.digest(tried)) ?? 0) > this.#clock.now();
  }

  remember(tried: Tried): void {
    const { account, stamp } = tried;
    const known = this.#known.get(account);
    const until = known?.stamp === stamp ? known.until : new Map<string, number>();
    const digest = this.digest(tried);
    until.delete(digest);
    until.set(digest, this.#clock.now() + (stamp === '' ? UNSTAMPED_FOR_MS : STAMPED_FOR_MS));
    if (until.size > MOST_PER_ACCOUNT) until.delete(until.keys().next().value!);
    this.#known.delete(account);
    this.#known.set(account, { stamp, until });
    if (this.#known.size > MOST_ACCOUNTS) this.#known.delete(this.#known.keys().next().value!);
  }

  /** What stands for this account and password; means nothing outside this process. */
  digest({ account, password }: Pick<Tried, 'account' | 'password'>): string {
    return createHmac('sha256', this.#key).update(`${account}\0${password}`).digest('base64');
  }
}
