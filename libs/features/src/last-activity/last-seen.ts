import { facet, type Kept } from '@interoffice/routing';
import { Gathering } from '@interoffice/storage';
import type { Sql } from '../sql.js';

const NAME = 'last-seen';

/** Undefined: never online. */
export const seenOf = facet<number | undefined>('last-activity.seen', undefined);

/** When an account's last device left, as the account comes into memory. */
export const keptLastSeen: Kept = {
  sql: `SELECT value -> 'at' FROM preferences WHERE account_id = a.id AND name = '${NAME}'`,
  fill: (account, atMs) => account.put(seenOf, Number(atMs)),
};

/** Notes when an account's last device left, in the table `preferences`: those who leave together in one statement. */
export class LastSeen {
  readonly #gathered: Gathering<Left, void>;

  constructor(sql: Sql) {
    this.#gathered = new Gathering((left) => write(sql, left));
  }

  /** Resolves when it is written. Rejects with the database. */
  put(accountId: number, atMs: number): Promise<void> {
    return this.#gathered.one({ accountId, atMs });
  }
}

interface Left {
  readonly accountId: number;
  readonly atMs: number;
}

async function write(sql: Sql, left: readonly Left[]): Promise<void[]> {
  await sql.query(
    'last-seen.put',
    `INSERT INTO preferences (account_id, name, value)
       SELECT account_id, $3, jsonb_build_object('at', max(at_ms))
         FROM unnest($1::bigint[], $2::bigint[]) AS seen (account_id, at_ms) GROUP BY account_id ORDER BY account_id
     ON CONFLICT (account_id, name) DO UPDATE SET value = excluded.value`,
    [left.map(({ accountId }) => accountId), left.map(({ atMs }) => atMs), NAME],
  );
  return left.map(() => undefined);
}
