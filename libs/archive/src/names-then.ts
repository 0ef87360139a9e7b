import type { Database } from '@interoffice/storage';

const THEN = `
  SELECT a.id, coalesce((SELECT f.name FROM account_names f
                          WHERE f.account_id = a.id AND f.since <= $2 AND f.until > $2 ORDER BY f.until LIMIT 1), a.name) AS name
    FROM accounts a WHERE a.id = ANY ($1::bigint[])`;

/** What these accounts were called at the moment; what is known of them, where nothing else was kept. */
export async function namesThen(
  database: Database,
  accounts: readonly number[],
  atMs: number,
): Promise<ReadonlyMap<number, string>> {
  const values = [accounts, new Date(atMs)];
  const rows = await database.query<{ id: number; name: string | null }>('app', THEN, values);
  return new Map(rows.flatMap(({ id, name }) => (name === null ? [] : [[id, name]])));
}
