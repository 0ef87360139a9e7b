import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '@interoffice/telemetry';
import { openDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { migrate } from '../migrate.js';
import { MIGRATIONS } from './list.js';

let database: TestDatabase;
afterEach(() => database.drop());

describe('the change that brings directories', () => {
  beforeEach(async () => {
    database = await openDatabase();
    await database.query('owner', 'DROP SCHEMA public CASCADE');
    await database.query('owner', 'CREATE SCHEMA public');
    await migrate(database, { log: silentLog, migrations: MIGRATIONS.slice(0, 10) });
  });

  it('keeps the photos of accounts, once each, and makes everybody findable', async () => {
    const photo = Buffer.from('a picture');
    const values = ['Zoë Groß', photo, createHash('sha1').update(photo).digest('hex')];
    for (const jid of ['zoe@im.example', 'zoe.2@im.example']) {
      await database.query(
        'app',
        `INSERT INTO accounts (jid, directory, department, name, photo, photo_type, photo_hash)
         VALUES ('${jid}', 'ad', 'Vertrieb', $1, $2, 'image/png', $3)`,
        values,
      );
    }
    await migrate(database, { log: silentLog, migrations: MIGRATIONS.slice(0, 11) });
    expect(await database.query('app', 'SELECT source, type, bytes FROM photos')).toEqual([
      { source: createHash('sha256').update(photo).digest('hex'), type: 'image/png', bytes: photo },
    ]);
    const [account] = await database.query<{ search: string }>(
      'app',
      `SELECT a.search FROM accounts a JOIN photos p ON p.source = a.photo_source WHERE a.jid = 'zoe@im.example'`,
    );
    expect(account?.search).toBe('zoe gross zoe@im.example\nvertrieb');
  });
});

describe('an address that was somebody’s', () => {
  beforeEach(async () => {
    database = await openDatabase();
  });

  it('is refused by the database itself, also when it is taken while a renaming is under way', async () => {
    const insert = `INSERT INTO accounts (jid, directory) VALUES ('juliet@im.example', 'local')`;
    await database.query('app', insert);
    let second: Promise<unknown> = Promise.resolve();
    await database.transaction('app', async (renaming) => {
      await renaming.query(`INSERT INTO former_addresses SELECT jid, id, now() FROM accounts`);
      await renaming.query(`UPDATE accounts SET jid = 'j.montague@im.example'`);
      second = database.query('app', insert).catch((error: unknown) => error);
      // It waits for the renaming, which goes on once that is so.
      for (let waiting = 0; waiting === 0;) {
        const rows = await renaming.query(
          `SELECT FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())`,
        );
        waiting = rows.length;
      }
    });
    expect(await second).toMatchObject({ code: '23505' });
    expect(await database.query('app', 'SELECT jid FROM account_names')).toEqual([{ jid: 'juliet@im.example' }]);
  });
});
