import { silentLog } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import { openScratch } from './scratch.js';

const FIRST = 1_000_000_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.drop());

const addAccount = `INSERT INTO accounts (jid, directory) VALUES ($1, 'local') RETURNING id`;
const counts = `SELECT (SELECT count(*) FROM accounts) AS accounts, (SELECT count(*) FROM contacts) AS contacts`;

describe('a scratch database', () => {
  it('is empty, whatever the database holds, and leaves nothing in it', async () => {
    await database.query('app', addAccount, ['romeo@im.example']);
    const scratch = await openScratch(database.connection, { firstAccountId: FIRST, log: silentLog });
    expect(await scratch.query('app', counts)).toEqual([{ accounts: 0, contacts: 0 }]);
    expect(await scratch.query('app', addAccount, ['romeo@im.example'])).toEqual([{ id: FIRST }]);
    await scratch.query('app', `INSERT INTO contacts (account_id, jid) VALUES (${FIRST}, 'juliet@im.example')`);
    expect(await scratch.query('app', counts)).toEqual([{ accounts: 1, contacts: 1 }]);
    expect(await database.query('app', counts)).toEqual([{ accounts: 1, contacts: 0 }]);
    await scratch.close();
    expect(await database.query('app', counts)).toEqual([{ accounts: 1, contacts: 0 }]);
  });

  it('covers every table that the application may write to', async () => {
    const scratch = await openScratch(database.connection, { firstAccountId: FIRST, log: silentLog });
    const writable = `SELECT count(*) AS n FROM pg_class WHERE relkind = 'r' AND relnamespace = `;
    const [real] = await database.query<{ n: number }>(
      'app',
      `${writable} 'public'::regnamespace AND has_table_privilege(oid, 'INSERT')`,
    );
    const [temporary] = await scratch.query<{ n: number }>('app', `${writable} pg_my_temp_schema()`);
    expect(real!.n).toBeGreaterThan(8);
    expect(temporary).toEqual(real);
    await scratch.close();
  });

  it('cannot be had where PostgreSQL forbids temporary tables', async () => {
    const [{ name }] = (await database.query('owner', 'SELECT current_database() AS name')) as [{ name: string }];
    await database.query('owner', `REVOKE TEMPORARY ON DATABASE "${name}" FROM PUBLIC`);
    const opening = openScratch(database.connection, { firstAccountId: FIRST, log: silentLog });
    await expect(opening).rejects.toThrow('permission denied');
    await database.query('owner', `GRANT TEMPORARY ON DATABASE "${name}" TO PUBLIC`);
  });
});
