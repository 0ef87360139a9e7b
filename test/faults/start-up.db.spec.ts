import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../support/database.js';
import { DOMAIN, open } from '../support/stage.js';

const ACCOUNTS = 100_000;

describe(`a start with ${ACCOUNTS} accounts`, () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openDatabase();
    await database.query(
      'app',
      `INSERT INTO accounts (jid, directory) SELECT 'u' || n || '@' || $2, 'local' FROM generate_series(1, $1) n`,
      [ACCOUNTS, DOMAIN],
    );
  }, 60_000);

  afterAll(() => database.drop());

  it('reads none of them: an account comes into memory when somebody needs it', async () => {
    const read = counting(database);
    const stage = await open({ database });
    await stage.server.start();
    const atStart = { ...read };
    expect(atStart.rows).toBeLessThan(10);
    expect(atStart.statements).toBeLessThan(20);
    expect([...stage.server.accounts.inMemory()]).toEqual([]);

    const account = await stage.server.accounts.load(`u77777@${DOMAIN}`);
    expect(account?.bare).toBe(`u77777@${DOMAIN}`);
    expect(read.rows - atStart.rows).toBeLessThan(10);
    expect([...stage.server.accounts.inMemory()]).toEqual([account]);
    await stage.close();
  });
});

/** Statements and rows of everything that is asked from now on. */
function counting(database: TestDatabase): { statements: number; rows: number } {
  const read = { statements: 0, rows: 0 };
  const prepared = database.prepared.bind(database);
  database.prepared = async <Row>(...asked: Parameters<typeof prepared>): Promise<Row[]> => {
    const rows = await prepared<Row>(...asked);
    read.statements++;
    read.rows += rows.length;
    return rows;
  };
  return read;
}
