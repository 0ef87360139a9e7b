import type { Log } from '@interoffice/telemetry';
import type { Connection } from './connection.js';
import { Database } from './database.js';

/** Every table that the application may write to, by the catalogue: a table of a later migration is among them. */
const WRITABLE = `SELECT c.relname AS name FROM pg_class c
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND has_table_privilege(c.oid, 'INSERT')`;

/**
 * The same database with all tables of the role `app` empty: what is written through it nobody else ever sees, and it is
 * gone once it is closed. PostgreSQL looks for a name among temporary tables first, so statements need not know. One
 * connection, since temporary tables belong to theirs; other roles see what everybody sees. Accounts get numbers from
 * `firstAccountId` on. Rejects when PostgreSQL forbids `app` temporary tables.
 */
export async function openScratch(
  connection: Connection,
  { firstAccountId, log }: { firstAccountId: number; log: Log },
): Promise<Database> {
  const database = new Database({ connection, log, poolSizes: { app: 1 } });
  try {
    for (const { name } of await database.query<{ name: string }>('app', WRITABLE)) {
      await database.query('app', `CREATE TEMPORARY TABLE "${name}" (LIKE public."${name}" INCLUDING ALL)`);
    }
    await database.query('app', `ALTER TABLE pg_temp.accounts ALTER COLUMN id RESTART WITH ${firstAccountId}`);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
