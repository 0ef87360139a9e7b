import { Failure, silentLog } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import { RecordingLog } from '../../../test/support/recording-log.js';
import { Database } from './database.js';
import { migrate } from './migrate.js';
import { MIGRATIONS } from './migrations/list.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.drop());

describe('database', () => {
  it('gives each role its own connections', async () => {
    for (const role of ['app', 'writer', 'reader', 'officer', 'disposer'] as const) {
      const [row] = await database.query<{ name: string }>(role, 'SELECT current_user::text AS name');
      expect(row?.name).toBe(`interoffice_${role}`);
    }
  });

  it('reads bigint as a number and refuses one that does not fit', async () => {
    expect(await database.query('app', 'SELECT 4503599627370497::bigint AS n')).toEqual([{ n: 4503599627370497 }]);
    await expect(database.query('app', 'SELECT 9007199254740993::bigint AS n')).rejects.toThrow('no number holds');
  });

  // A role may end what is its own.
  const endOthers = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()`;

  it('tells of an idle connection that was cut', async () => {
    const log = new RecordingLog();
    const other = new Database({ connection: database.connection, log });
    await other.query('app', 'SELECT 1');
    await database.query('app', endOthers);
    await expect.poll(() => log.count('database.connection.lost')).toBe(1);
    await other.close();
  });

  // C-09, C-14
  it('tells of a statement that a role has no right to, without its values', async () => {
    const log = new RecordingLog();
    const other = new Database({ connection: database.connection, log });
    const denied = { code: '42501' };
    await expect(other.query('reader', `DELETE FROM journal WHERE author = 'romeo@im.example'`)).rejects.toMatchObject(
      denied,
    );
    const prepared = { name: 'holds.alter', text: 'UPDATE holds SET reason = $1' };
    await expect(other.prepared('app', prepared, ['secret'])).rejects.toMatchObject(denied);
    const inside = other.transaction('officer', (officer) => officer.query('SELECT FROM journal WHERE id = $1', [7]));
    await expect(inside).rejects.toMatchObject(denied);
    expect(log.events).toEqual(
      [
        {
          role: 'reader',
          statement: `DELETE FROM journal WHERE author = '…'`,
          reason: 'permission denied for table journal',
        },
        { role: 'app', statement: 'holds.alter', reason: 'permission denied for table holds' },
        {
          role: 'officer',
          statement: 'SELECT FROM journal WHERE id = $1',
          reason: 'permission denied for table journal',
        },
      ].map((fields) => ({ name: 'database.permission.denied', fields })),
    );
    await other.close();
  });

  it('does not tell of connections that are cut while it is closed', async () => {
    const log = new RecordingLog();
    for (let i = 0; i < 20; i++) {
      const other = new Database({ connection: database.connection, log });
      await other.query('app', 'SELECT 1');
      await Promise.all([database.query('app', endOthers), other.close()]);
    }
    expect(log.events).toEqual([]);
  });

  it('undoes a transaction whose work fails', async () => {
    const work = database.transaction('app', async (app) => {
      await app.prepared({ name: 'put', text: 'INSERT INTO settings_state VALUES ($1, $2)' }, ['a', '1']);
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await database.query('app', 'SELECT * FROM settings_state')).toEqual([]);
  });

  it('keeps a transaction whose work succeeds', async () => {
    await database.transaction('app', (app) => app.query(`INSERT INTO settings_state VALUES ('b', '2')`));
    const kept = await database.prepared(
      'app',
      { name: 'get', text: 'SELECT value FROM settings_state WHERE name = $1' },
      ['b'],
    );
    expect(kept).toEqual([{ value: 2 }]);
    await database.query('app', 'DELETE FROM settings_state');
  });

  it('says which side to look at when the server cannot be reached', async () => {
    const nowhere = new Database({ connection: { ...database.connection, host: '/nowhere' }, log: silentLog });
    await expect(nowhere.query('app', 'SELECT 1')).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('Check that it runs'),
    });
    await expect(nowhere.transaction('app', async () => undefined)).rejects.toBeInstanceOf(Failure);
    await nowhere.close();
  });

  it('lets the application add to the audit log and change nothing in it', async () => {
    await database.query('app', `INSERT INTO audit (actor, action) VALUES ('a@im.example', 'archive.search')`);
    for (const statement of ['UPDATE audit SET actor = $$b$$', 'DELETE FROM audit', 'TRUNCATE audit']) {
      await expect(database.query('app', statement)).rejects.toMatchObject({ code: '42501' });
    }
  });
});

describe('migrate', () => {
  it('does nothing the second time, also when two processes start together', async () => {
    const both = [migrate(database, { log: silentLog }), migrate(database, { log: silentLog })];
    expect(await Promise.all(both)).toEqual([[], []]);
  });

  it('refuses a database that a newer release has changed', async () => {
    const migrations = MIGRATIONS.slice(0, -1);
    await expect(migrate(database, { log: silentLog, migrations })).rejects.toMatchObject({ code: 'DATABASE_NEWER' });
  });

  it('refuses a database whose changes differ from its own', async () => {
    const migrations = MIGRATIONS.map((m, i) => (i === 1 ? { ...m, sql: `${m.sql} ` } : m));
    await expect(migrate(database, { log: silentLog, migrations })).rejects.toMatchObject({ code: 'DATABASE_CHANGED' });
  });

  it('leaves nothing of a change that fails', async () => {
    const migrations = [...MIGRATIONS, { name: '9999-broken', sql: 'CREATE TABLE half (); SELECT 1 / 0' }];
    await expect(migrate(database, { log: silentLog, migrations })).rejects.toMatchObject({
      code: 'DATABASE_MIGRATION_FAILED',
    });
    expect(await database.query('owner', `SELECT to_regclass('half') AS made`)).toEqual([{ made: null }]);
  });
});
