import { facet, type Kept } from '@interoffice/routing';
import type { Sql } from '../sql.js';

const NAME = 'last-seen';

/** Undefined: never online. */
export const seenOf = facet<number | undefined>('last-activity.seen', undefined);

/** When an account's last device left, as the account comes into memory. */
export const keptLastSeen: Kept = {
  sql: `SELECT value -> 'at' FROM preferences WHERE account_id = a.id AND name = '${NAME}'`,
  fill: (account, atMs) => account.put(seenOf, Number(atMs)),
};

/** Notes when an account's last device left, in the table `preferences`. */
export class LastSeen {
  constructor(private readonly sql: Sql) {}

  async put(accountId: number, atMs: number): Promise<void> {
    await this.sql.query(
      'last-seen.put',
      `INSERT INTO preferences (account_id, name, value) VALUES ($1, $2, jsonb_build_object('at', $3::bigint))
       ON CONFLICT (account_id, name) DO UPDATE SET value = excluded.value`,
      [accountId, NAME, atMs],
    );
  }
}
