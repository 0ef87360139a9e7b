import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { open, type Stage } from '../../../../test/support/stage.js';

describe('teams of 200', () => {
  let stage: Stage;
  const ids: number[] = [];

  beforeAll(async () => {
    stage = await open();
    const rows = await stage.database.query<{ id: string }>(
      'app',
      `INSERT INTO accounts (jid, directory, directory_id, name)
         SELECT 'person' || n || '@im.example', 'ad', n, 'Person ' || n FROM generate_series(1, 600) n RETURNING id`,
    );
    ids.push(...rows.map(({ id }) => Number(id)));
  });
  afterAll(() => stage?.close());

  const apply = (...teams: { name: string; members: readonly number[] }[]): Promise<number> =>
    stage.server.teams.rosters.apply(
      'ad',
      teams.map((team) => ({ ...team, seenBy: [], most: 200 })),
    );
  const timed = async (what: string, work: () => Promise<number>): Promise<number> => {
    const from = performance.now();
    const written = await work();
    process.stdout.write(`${what}: ${written} contacts in ${((performance.now() - from) / 1000).toFixed(2)} s\n`);
    return written;
  };
  const count = async (where: string): Promise<number> => {
    const [row] = await stage.database.query<{ n: string }>('app', `SELECT count(*) AS n FROM contacts WHERE ${where}`);
    return Number(row!.n);
  };

  /** The transaction that wrote to the table last. */
  const latestWriter = async (): Promise<string> => {
    const text = 'SELECT max(xmin::text::bigint) AS latest FROM contacts';
    return (await stage.database.query<{ latest: string }>('app', text))[0]!.latest;
  };

  it('are in all rosters within seconds, and nothing is written a second time', async () => {
    const teams = [0, 200, 400].map((from) => ({ name: `Team ${from}`, members: ids.slice(from, from + 200) }));
    expect(await timed('three teams of 200', () => apply(...teams))).toBe(3 * 200 * 199);
    const before = await latestWriter();
    expect(await timed('again', () => apply(...teams))).toBe(0);
    expect(await latestWriter()).toBe(before);
    // Each change of a roster has a version of its own. RFC 6121 §2.6
    const [versions] = await stage.database.query<{ rows: string; versions: string }>(
      'app',
      'SELECT count(*) AS rows, count(DISTINCT (account_id, version)) AS versions FROM contacts',
    );
    expect(versions!.versions).toBe(versions!.rows);
  });

  it('change by those who come and go alone', async () => {
    const [first, ...others] = ids;
    const teams = [{ name: 'Team 0', members: others.slice(0, 200) }];
    // One goes and one comes: each of the 199 others has two changes, both of them 199; the other teams end.
    const before = await count('NOT removed');
    expect(before).toBe(3 * 200 * 199);
    await timed('one comes, one goes, two teams end', () => apply(...teams));
    expect(await count('NOT removed')).toBe(200 * 199);
    expect(await count(`NOT removed AND account_id = ${first}`)).toBe(0);
    expect(await timed('again', () => apply(...teams))).toBe(0);
  });
});
