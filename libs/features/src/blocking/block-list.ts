import type { Account } from '@interoffice/routing';
import type { Sql } from '../sql.js';

/** Whom each account has blocked, in the table `blocked`. */
export class BlockList {
  constructor(private readonly sql: Sql) {}

  /** Blocked addresses by account id; one query however many accounts. */
  async load(accounts: readonly Account[]): Promise<Map<number, Set<string>>> {
    const rows = await this.sql.query<{ account_id: string; jid: string }>(
      'blocked.load',
      'SELECT account_id, jid FROM blocked WHERE account_id = ANY($1)',
      [accounts.map(({ id }) => id)],
    );
    const lists = new Map<number, Set<string>>();
    for (const { account_id, jid } of rows) {
      const list = lists.get(Number(account_id)) ?? new Set();
      lists.set(Number(account_id), list.add(jid));
    }
    return lists;
  }

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
