import type { Account } from '@interoffice/routing';
import type { Sql } from '../sql.js';

const NAME = 'delivered';

/** Up to which message of the journal each account has been served, in the table `marks`. */
export class Marks {
  constructor(private readonly sql: Sql) {}

  /** Marks by account id; accounts that never had a device are missing. */
  async load(accounts: readonly Account[]): Promise<Map<number, string>> {
    const rows = await this.sql.query<{ account_id: string; journal_id: string }>(
      'marks.load',
      "SELECT account_id, lpad(to_hex(journal_id), 16, '0') AS journal_id FROM marks WHERE name = $2 AND account_id = ANY($1)",
      [accounts.map(({ id }) => id), NAME],
    );
    return new Map(rows.map(({ account_id, journal_id }) => [Number(account_id), journal_id]));
  }

  /** Moves marks, many accounts at a time; a mark in the table never moves back. */
  async move(marks: readonly { readonly accountId: number; readonly journalId: string }[]): Promise<void> {
    await this.sql.query(
      'marks.move',
      `INSERT INTO marks (account_id, name, journal_id) SELECT account_id, $3, journal_id
         FROM unnest($1::bigint[], $2::bigint[]) AS moved (account_id, journal_id)
       ON CONFLICT (account_id, name) DO UPDATE SET journal_id = greatest(marks.journal_id, excluded.journal_id)`,
      [
        marks.map(({ accountId }) => accountId),
        marks.map(({ journalId }) => BigInt(`0x${journalId}`).toString()),
        NAME,
      ],
    );
  }
}
