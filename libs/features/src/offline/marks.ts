import { facet, type Kept, Position } from '@interoffice/routing';
import type { Sql } from '../sql.js';

const NAME = 'delivered';

/** Up to which message of the journal an account has been served; undefined: it has never had a device. */
export const markOf = facet<Position | undefined>('offline.mark', undefined);

/** The mark of an account as it comes into memory. */
export const keptMark: Kept = {
  sql: `SELECT to_json(lpad(to_hex(journal_id), 16, '0')) FROM marks WHERE account_id = a.id AND name = '${NAME}'`,
  fill: (account, journalId) => account.put(markOf, new Position(String(journalId))),
};

/** Writes up to which message of the journal each account has been served, in the table `marks`. */
export class Marks {
  constructor(private readonly sql: Sql) {}

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
