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

  it('lets the disposer alone take away what has ended, and only of a month that is over', async () => {
    const begin = (moment: string): string => `SELECT begin_disposal(0::smallint, '${moment}', now()) AS id`;
    for (const role of ['app', 'writer', 'reader', 'officer'] as const) {
      for (const statement of [
        begin('2020-01-20Z'),
        'SELECT sift_disposal(1, 10)',
        'SELECT replace_journal_partition(1, 10)',
      ]) {
        await expect(database.query(role, statement), `${role}: ${statement}`).rejects.toMatchObject({ code: '42501' });
      }
      await expect(database.query(role, `SELECT certify_disposal(1, '', now())`)).rejects.toMatchObject({
        code: '42501',
      });
    }
    expect(await database.query('disposer', begin('2020-01-20Z')), 'no rule has ended').toEqual([{ id: null }]);
    await expect(database.query('disposer', begin('2999-01-01Z'))).rejects.toMatchObject({ code: '55000' });
    const early = `SELECT begin_disposal(0::smallint, date_trunc('month', now()), '2999-01-01Z')`;
    await expect(database.query('disposer', early), 'nobody’s clock counts but the database’s').rejects.toMatchObject({
      code: '55000',
    });
    await expect(
      database.query('disposer', `SELECT dispose_journal_partition(0::smallint, now())`),
    ).rejects.toMatchObject({ code: '42883' });
  });

  // C-09, C-14
  it('lets no role of the application write, change or empty holds, rules, disposals and certificates', async () => {
    const tables = [
      'holds',
      'hold_words',
      'retention_state',
      'retention_rules',
      'retention_members',
      'retention_changes',
      'disposals',
      'disposal_stretches',
      'disposal_certificates',
    ];
    for (const role of ROLES) {
      for (const table of tables) {
        for (const statement of [`INSERT INTO ${table} DEFAULT VALUES`, `DELETE FROM ${table}`, `TRUNCATE ${table}`]) {
          await expect(database.query(role, statement), `${role}: ${statement}`).rejects.toMatchObject({
            code: '42501',
          });
        }
      }
      for (const statement of [
        `UPDATE holds SET released_at = now()`,
        `UPDATE retention_rules SET days = 1`,
        `UPDATE retention_changes SET state = 'done'`,
        `UPDATE retention_state SET version = 0`,
        `UPDATE disposal_certificates SET note = ''`,
        `UPDATE disposals SET removed = 0`,
        `UPDATE audit SET reason = ''`,
        `DELETE FROM audit`,
      ]) {
        await expect(database.query(role, statement), `${role}: ${statement}`).rejects.toMatchObject({ code: '42501' });
      }
    }
    for (const role of ['writer', 'reader', 'officer', 'disposer'] as const) {
      const place = `SELECT place_hold('{"rooms":["a@b"]}', 'x', now())`;
      await expect(database.query(role, place)).rejects.toMatchObject({ code: '42501' });
      await expect(database.query(role, `SELECT release_hold(1, 'x', 'y', now())`)).rejects.toMatchObject({
        code: '42501',
      });
    }
  });

  it('makes the months to come at the start', async () => {
    const parts = await database.query<{ name: string }>(
      'owner',
      `SELECT relid::text AS name FROM pg_partition_tree('journal_content') WHERE isleaf ORDER BY 1`,
    );
    expect(parts.map(({ name }) => name)).toEqual(
      ['01', '02', '03', '04'].map((month) => `journal_content_0_2020${month}`),
    );
  });
});
