import type { Clock } from '@interoffice/telemetry';
import { LOGIN_TOKEN_TTL_MS, newLoginToken, tokenHash, type IssuedToken, type LoginTokens } from '../login-tokens.js';

/** The same promises without a database: for the stage and for tests. */
export class MemoryLoginTokens implements LoginTokens {
  readonly #live = new Map<string, { bare: string; expiresAt: number }>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async issue(bare: string): Promise<IssuedToken> {
    const now = this.#clock.now();
    for (const [hash, { expiresAt }] of this.#live) if (expiresAt <= now) this.#live.delete(hash);
    const { token, hash } = newLoginToken();
    const expiresAt = now + LOGIN_TOKEN_TTL_MS;
    this.#live.set(hash.toString('hex'), { bare, expiresAt });
    return { token, expiresAt };
  }

  async redeem(bare: string, token: string): Promise<boolean> {
    const key = tokenHash(token).toString('hex');
    const live = this.#live.get(key);
    if (live?.bare !== bare) return false;
    this.#live.delete(key);
    return live.expiresAt > this.#clock.now();
  }

  async voidAllOf(bare: string): Promise<number> {
    let good = 0;
    for (const [hash, live] of this.#live) {
      if (live.bare !== bare) continue;
      this.#live.delete(hash);
      if (live.expiresAt > this.#clock.now()) good++;
    }
    return good;
  }
}
