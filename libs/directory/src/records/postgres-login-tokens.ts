import type { Database, Prepared } from '@interoffice/storage';
import type { Clock } from '@interoffice/telemetry';
import { LOGIN_TOKEN_TTL_MS, newLoginToken, tokenHash, type IssuedToken, type LoginTokens } from '../login-tokens.js';

const ISSUE: Prepared = {
  name: 'login_token_issue',
  text: `WITH swept AS (DELETE FROM login_tokens WHERE expires_at < $4)
    INSERT INTO login_tokens (token_hash, account_id, expires_at) SELECT $1, id, $3 FROM accounts WHERE jid = $2`,
};
/** One statement, so that of two log-ins at once only one gets in. */
const REDEEM: Prepared = {
  name: 'login_token_redeem',
  text: `UPDATE login_tokens SET used_at = $3 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $3
    AND account_id = (SELECT id FROM accounts WHERE jid = $2) RETURNING true`,
};
const VOID_ALL: Prepared = {
  name: 'login_token_void_all',
  text: `DELETE FROM login_tokens WHERE account_id = (SELECT id FROM accounts WHERE jid = $1)
    RETURNING used_at IS NULL AND expires_at > $2 AS good`,
};

/** One-time tokens in PostgreSQL, so that any process of the server can redeem what another has issued. */
export class PostgresLoginTokens implements LoginTokens {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async issue(bare: string): Promise<IssuedToken> {
    const { token, hash } = newLoginToken();
    const now = this.#clock.now();
    const expiresAt = now + LOGIN_TOKEN_TTL_MS;
    await this.#database.prepared('app', ISSUE, [hash, bare, new Date(expiresAt), new Date(now)]);
    return { token, expiresAt };
  }

  async redeem(bare: string, token: string): Promise<boolean> {
    const values = [tokenHash(token), bare, new Date(this.#clock.now())];
    return (await this.#database.prepared('app', REDEEM, values)).length === 1;
  }

  async voidAllOf(bare: string): Promise<number> {
    const rows = await this.#database.prepared<{ good: boolean }>('app', VOID_ALL, [bare, new Date(this.#clock.now())]);
    return rows.filter(({ good }) => good).length;
  }
}
