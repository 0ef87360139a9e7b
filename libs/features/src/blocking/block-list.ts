import type { Kept } from '@interoffice/routing';
import { blockedBy } from '@interoffice/routing';
import type { Sql } from '../sql.js';

/** Whom an account has blocked, as it comes into memory. */
export const keptBlocks: Kept = {
  sql: 'SELECT json_agg(jid) FROM blocked WHERE account_id = a.id',
  fill: (account, jids) => account.put(blockedBy, new Set(jids as string[])),
};

/** Changes whom an account has blocked, in the table `blocked`. */
export class BlockList {
  constructor(private readonly sql: Sql) {}

  async add(accountId: number, jids: readonly string[]): Promise<void> {
    await this.sql.query(
      'blocked.add',
      'INSERT INTO blocked (account_id, jid) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING',
      [accountId, jids],
    );
  }

  async remove(accountId: number, jids: readonly string[]): Promise<void> {
    await this.sql.query('blocked.remove', 'DELETE FROM blocked WHERE account_id = $1 AND jid = ANY($2)', [
      accountId,
      jids,
    ]);
  }
}
