import type { Clock } from '@interoffice/telemetry';
import {
  hashToken,
  isToken,
  newToken,
  SESSION_LIFE_MS,
  type ApiSession,
  type ApiSessions,
  type NewApiSession,
} from './api-sessions.js';

interface Row extends NewApiSession {
  readonly hash: Buffer;
  readonly endsAt: number;
  lastUsedAt: number;
}

/** The same promises without a database: for tests. */
export class MemoryApiSessions implements ApiSessions {
  readonly #rows = new Map<string, Row>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async open(session: NewApiSession): Promise<{ token: string; expiresAt: number }> {
    const token = newToken();
    const hash = hashToken(token);
    const now = this.#clock.now();
    const row = { ...session, hash, endsAt: now + SESSION_LIFE_MS, lastUsedAt: now };
    this.#rows.set(hash.toString('hex'), row);
    return { token, expiresAt: expiresAt(row) };
  }

  async use(token: string): Promise<ApiSession | undefined> {
    const row = isToken(token) ? this.#rows.get(hashToken(token).toString('hex')) : undefined;
    const now = this.#clock.now();
    if (!row || expiresAt(row) <= now) return undefined;
    row.lastUsedAt = now;
    return { bare: row.bare, hash: row.hash, expiresAt: expiresAt(row) };
  }

  async end(hash: Buffer): Promise<void> {
    this.#rows.delete(hash.toString('hex'));
  }

  async endAllOf(bare: string): Promise<number> {
    const keys = [...this.#rows].filter(([, row]) => row.bare === bare).map(([key]) => key);
    for (const key of keys) this.#rows.delete(key);
    return keys.length;
  }
}

function expiresAt(row: Row): number {
  return Math.min(row.endsAt, row.lastUsedAt + row.idleMs);
}
