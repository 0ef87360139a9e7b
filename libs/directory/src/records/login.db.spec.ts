import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { LOGIN } from './statements.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await openDatabase();
  await database.query(
    'owner',
    `INSERT INTO accounts (jid, directory) SELECT 'p' || n || '@im.example', 'local' FROM generate_series(1, 10000) n`,
  );
  await database.query(
    'owner',
    `INSERT INTO scram_verifiers (account_id, mechanism, salt, iterations, stored_key, server_key)
      SELECT id, 'SCRAM-SHA-256', '\\x00', 1, '\\x00', '\\x00' FROM accounts`,
  );
});
afterAll(() => database.drop());

/** How PostgreSQL goes about it; nobody has told it yet what is in the tables. */
async function plan(names: readonly string[]): Promise<string> {
  const array = (values: readonly string[]): string => `ARRAY[${values.map((value) => `'${value}'`).join(', ')}]`;
  const text = LOGIN.text.replace('$1', array(names)).replace('$2', array(names.map(() => 'SCRAM-SHA-256')));
  const rows = await database.query<{ 'QUERY PLAN': string }>('owner', `EXPLAIN ${text}`);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

it.each([1, 16, 64, 500])(
  '%i who log in at once are looked up by their names, not by reading everybody',
  async (many) => {
    const names = Array.from({ length: many }, (_, nth) => `p${nth + 1}@im.example`);
    expect(await plan(names)).not.toContain('Seq Scan');
  },
);
