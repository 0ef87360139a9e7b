import { Metrics, silentLog } from '@interoffice/telemetry';
import { Database } from '@interoffice/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import { PostgresReader } from './postgres-reader.js';
import { PostgresSink } from './postgres-sink.js';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

const UNTIL = '7fffffffffffffff';
const FROM = '0000000000000000';
const ACCOUNT = 7;

let database: TestDatabase;
let one: Database;
beforeEach(async () => {
  database = await openDatabase();
  // Parallel workers are as cheap here as they seem to be with millions of messages.
  const name = database.connection.database;
  for (const cost of ['parallel_setup_cost', 'parallel_tuple_cost', 'min_parallel_index_scan_size']) {
    await database.query('owner', `ALTER DATABASE ${name} SET ${cost} = 0`);
  }
  // One connection: the plans that are looked at are those it made.
  one = new Database({ connection: database.connection, log: silentLog, poolSizes: { reader: 1, app: 1 } });
});
afterEach(async () => {
  await one.close();
  await database.drop();
});

/** So many messages, and statistics about them. */
async function fill(rows: number): Promise<void> {
  const sink = new PostgresSink({
    connection: database.connectionOf('writer'),
    log: silentLog,
    metrics: new Metrics(),
  });
  await sink.open(Date.now());
  sink.close();
  await database.query(
    'owner',
    `INSERT INTO journal (id, at, author_id, receiver_id, batch, policy_version, size, kind, verdict, retention_class,
        author, author_device, author_office, receiver, receiver_device, receiver_office, salt, leaf)
      SELECT n, now(), 1 + n % 10, 1 + (n + 1) % 10, n, 0, 100, 0, 0, 0, 'a', 'd', '', 'b', '', '', '', '' FROM generate_series(1, $1::int) n`,
    [rows],
  );
  await database.query(
    'owner',
    `INSERT INTO journal_content (id, at, retention_class, stanza) SELECT id, at, retention_class, '' FROM journal`,
  );
  await database.query('owner', 'ANALYZE journal, journal_content');
}

/** Everything a reader asks for an account, each by its prepared statement. */
async function readAll(reader: PostgresReader): Promise<void> {
  const waiting = { accountId: ACCOUNT, afterId: FROM, untilId: UNTIL, max: 50 };
  const since = { accountId: ACCOUNT, sinceMs: 0 };
  await reader.after(waiting);
  await reader.passed(waiting);
  await reader.after({ ...waiting, rooms: [{ roomId: 3, afterId: FROM, untilId: UNTIL }] });
  await reader.page({ accountId: ACCOUNT, max: 50 });
  await reader.page({ accountId: ACCOUNT, max: 50, backwards: true });
  await reader.page({ accountId: ACCOUNT, max: 50, backwards: true, with: 'somebody@elsewhere.example' });
  await reader.page({ accountId: ACCOUNT, max: 50, backwards: true, with: 'known@im.example' });
  await reader.page({ accountId: ACCOUNT, max: 0 });
  await reader.page({ accountId: -3, max: 50, backwards: true });
  await reader.metadata(ACCOUNT);
  await reader.sentIds(since);
  await reader.sentWith({ ...since, id: 'a' });
  await reader.find([FROM]);
  await reader.changesOf([FROM]);
  await reader.said({ accountId: ACCOUNT, roomId: -3, id: 'a' });
}

/** How each of those statements is carried out now: what it reads, and how it joins. */
async function plans(): Promise<Map<string, PlanNode[]>> {
  return one.transaction('reader', async (session) => {
    const prepared = await session.query<{ name: string; types: number }>(
      `SELECT name, cardinality(parameter_types) AS types FROM pg_prepared_statements WHERE name LIKE 'archive.%' ORDER BY name`,
    );
    const found = new Map<string, PlanNode[]>();
    for (const { name, types } of prepared) {
      const nothing = Array.from({ length: types }, () => 'NULL').join(', ');
      const rows = await session.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `EXPLAIN (FORMAT JSON) EXECUTE "${name}" (${nothing})`,
      );
      const nodes: PlanNode[] = [];
      const walk = (node: PlanNode): void => {
        nodes.push(node);
        node.Plans?.forEach(walk);
      };
      walk(rows[0]!['QUERY PLAN'][0].Plan);
      found.set(name, nodes);
    }
    return found;
  });
}

describe('plans for reading archives', () => {
  it.each([0, 40, 2_000])(
    'go by the indexes, although they were made when there were %i messages',
    async (messages) => {
      await one.query('app', `INSERT INTO accounts (jid, directory) VALUES ('known@im.example', 'local')`);
      if (messages > 0) await fill(messages);
      await readAll(new PostgresReader(one));
      const made = await plans();
      expect([...made.keys()]).toContain('archive.waiting');
      expect([...made.keys()]).toContain('archive.page.account.all.DESC');
      expect(made.size).toBeGreaterThan(12);
      for (const [name, nodes] of made) {
        const kinds = nodes.map((node) => node['Node Type']);
        for (const kind of ['Seq Scan', 'Hash Join', 'Merge Join', 'Bitmap Heap Scan', 'Gather', 'Gather Merge'])
          expect(kinds, name).not.toContain(kind);
        // By the primary key go those alone that ask for messages by their ids.
        const indexes = nodes.map((node) => node['Index Name']);
        if (!/find|has|page.account/.test(name)) expect(indexes, name).not.toContain('journal_pkey');
        const read = nodes.filter((node) => node['Relation Name'] !== undefined).map((node) => node['Node Type']);
        expect(new Set(read), name).toEqual(
          new Set(read.map((kind) => (kind === 'Index Only Scan' ? kind : 'Index Scan'))),
        );
      }
    },
  );
});
