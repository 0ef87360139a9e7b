import type { Account } from '@interoffice/routing';
import type { Sql } from '../sql.js';

const NAME = 'last-seen';

/** When each account's last device left, in the table `preferences`. */
export class LastSeen {
  constructor(private readonly sql: Sql) {}

  async load(accounts: readonly Account[]): Promise<Map<number, number>> {
    const rows = await this.sql.query<{ account_id: string; at: string }>(
      'last-seen.load',
      "SELECT account_id, value->>'at' AS at FROM preferences WHERE name = $2 AND account_id = ANY($1)",
      [accounts.map(({ id }) => id), NAME],
    );
    return new Map(rows.map(({ account_id, at }) => [Number(account_id), Number(at)]));
  }

  async put(accountId: number, atMs: number): Promise<void> {
    await this.sql.query(
      'last-seen.put',
      `INSERT INTO preferences (account_id, name, value) VALUES ($1, $2, jsonb_build_object('at', $3::bigint))
       ON CONFLICT (account_id, name) DO UPDATE SET value = excluded.value`,
      [accountId, NAME, atMs],
    );
  }
}
