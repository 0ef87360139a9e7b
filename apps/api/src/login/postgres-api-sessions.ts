import type { Database, Prepared } from '@interoffice/storage';
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

const OPEN: Prepared = {
  name: 'api_session_open',
  text: `WITH swept AS (DELETE FROM api_sessions WHERE expires_at < $4)
    INSERT INTO api_sessions (id_hash, account_id, kind, created_at, last_used_at, expires_at)
    SELECT $1, id, $3, $4, $4, $5 FROM accounts WHERE jid = $2`,
};
/** The idle time is what lay between the last use and the end; `$3` is the longest life of a session. */
const USE: Prepared = {
  name: 'api_session_use',
  text: `UPDATE api_sessions s SET last_used_at = $2,
      expires_at = least(s.created_at + $3::interval, $2::timestamptz + (s.expires_at - s.last_used_at))
    FROM accounts a WHERE s.id_hash = $1 AND s.expires_at > $2 AND a.id = s.account_id
    RETURNING a.jid, s.expires_at`,
};
const END: Prepared = { name: 'api_session_end', text: 'DELETE FROM api_sessions WHERE id_hash = $1' };
const END_ALL: Prepared = {
  name: 'api_session_end_all',
  text: 'DELETE FROM api_sessions WHERE account_id = (SELECT id FROM accounts WHERE jid = $1) RETURNING 1',
};

/** Sessions of the API in PostgreSQL: an end is an end on every node at once. */
export class PostgresApiSessions implements ApiSessions {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async open({ bare, kind, idleMs }: NewApiSession): Promise<{ token: string; expiresAt: number }> {
    const token = newToken();
    const now = this.#clock.now();
    const expiresAt = now + Math.min(idleMs, SESSION_LIFE_MS);
    await this.#database.prepared('app', OPEN, [hashToken(token), bare, kind, new Date(now), new Date(expiresAt)]);
    return { token, expiresAt };
  }

  async use(token: string): Promise<ApiSession | undefined> {
    if (!isToken(token)) return undefined;
    const hash = hashToken(token);
    const values = [hash, new Date(this.#clock.now()), `${SESSION_LIFE_MS} milliseconds`];
    const [row] = await this.#database.prepared<{ jid: string; expires_at: Date }>('app', USE, values);
    return row && { bare: row.jid, hash, expiresAt: row.expires_at.getTime() };
  }

  async end(hash: Buffer): Promise<void> {
    await this.#database.prepared('app', END, [hash]);
  }

  async endAllOf(bare: string): Promise<number> {
    return (await this.#database.prepared('app', END_ALL, [bare])).length;
  }
}
