import { Metrics, silentLog } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import { PostgresSink } from './postgres-sink.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await openDatabase();
  const connection = database.connectionOf('writer');
  const sink = new PostgresSink({ connection, log: silentLog, metrics: new Metrics() });
  await sink.open(Date.UTC(2020, 0, 15));
  sink.close();
});
afterAll(() => database.drop());

const ROLES = ['app', 'writer', 'reader', 'officer', 'disposer'] as const;
const TABLES = ['journal', 'journal_content', 'journal_content_0', 'journal_content_0_202001'];

describe('rights on the journal', () => {
  // C-09
  it('lets no role of the application change, delete or empty what is recorded', async () => {
    for (const role of ROLES) {
      for (const table of [...TABLES, 'officer_journal']) {
        for (const statement of [`UPDATE ${table} SET id = 1`, `DELETE FROM ${table}`, `DROP TABLE ${table}`]) {
          const refused = expect.objectContaining({ code: expect.stringMatching(/^(42501|42809|55000)$/) });
          await expect(database.query(role, statement), `${role}: ${statement}`).rejects.toEqual(refused);
        }
      }
      for (const table of TABLES) {
        await expect(database.query(role, `TRUNCATE ${table}`)).rejects.toMatchObject({ code: '42501' });
      }
    }
  });

  it('lets the role of accounts see nothing of it, and the writer no content', async () => {
    for (const [role, statement] of [
      ['app', 'SELECT FROM journal'],
      ['app', 'SELECT FROM journal_content'],
      ['app', 'SELECT FROM officer_journal'],
      ['app', 'INSERT INTO journal (id) VALUES (1)'],
      ['writer', 'SELECT author FROM journal'],
      ['writer', 'SELECT FROM journal_content'],
      ['reader', 'INSERT INTO journal (id) VALUES (1)'],
      ['officer', 'SELECT FROM journal'],
      ['officer', 'SELECT FROM journal_content'],
      ['disposer', 'SELECT FROM journal_content'],
      ['writer', 'SELECT FROM accounts'],
      ['reader', 'SELECT FROM scram_verifiers'],
      ['officer', 'SELECT FROM journal_search'],
    ] as const) {
      await expect(database.query(role, statement), `${role}: ${statement}`).rejects.toMatchObject({ code: '42501' });
    }
    expect(await database.query('writer', 'SELECT id, batch, salt FROM journal')).toEqual([]);
  });

  it('shows an officer nothing before a scope is set', async () => {
    await database.query(
      'owner',
      `INSERT INTO journal SELECT 1, now(), 0, 0, 1, null, 0, 0, 0, 0, 0, 'a', '', '', 'b', '', '',
        null, null, null, null, null, null, null, '', ''`,
    );
    expect(await database.query('officer', 'SELECT id FROM officer_journal')).toEqual([]);
  });

  it('lets the disposer alone take away a month, whole, and only when it is over', async () => {
    const dispose = (moment: string): string => `SELECT dispose_journal_partition(0::smallint, '${moment}') AS gone`;
    for (const role of ['app', 'writer', 'reader', 'officer'] as const) {
      await expect(database.query(role, dispose('2020-01-20Z'))).rejects.toMatchObject({ code: '42501' });
    }
    expect(await database.query('disposer', dispose('2020-01-20Z'))).toEqual([{ gone: true }]);
    expect(await database.query('disposer', dispose('2020-01-20Z'))).toEqual([{ gone: false }]);
    await expect(database.query('disposer', dispose('2999-01-01Z'))).rejects.toMatchObject({ code: '55000' });
  });

  it('makes the months to come at the start', async () => {
    const parts = await database.query<{ name: string }>(
      'owner',
      `SELECT relid::text AS name FROM pg_partition_tree('journal_content') WHERE isleaf ORDER BY 1`,
    );
    expect(parts.map(({ name }) => name)).toEqual(['02', '03', '04'].map((month) => `journal_content_0_2020${month}`));
  });
});
