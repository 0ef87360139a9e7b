import { Database } from '@interoffice/storage';
import { Metrics, silentLog } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import { OutboundMessages } from './outbound.js';
import { PostgresSink } from './postgres-sink.js';

const PAIR = { domain: 'a.example', peer: 'b.example' };
let database: TestDatabase;
let one: Database;
let outbound: OutboundMessages;

beforeAll(async () => {
  database = await openDatabase();
  // One connection, so that what it has prepared can be explained.
  one = new Database({ connection: database.connection, log: silentLog, poolSizes: { reader: 1 } });
  outbound = new OutboundMessages(one, ['im.example'], [PAIR, { ...PAIR, peer: 'c.example' }]);
  const connection = database.connectionOf('writer');
  const sink = new PostgresSink({ connection, log: silentLog, metrics: new Metrics() });
  // It makes the partitions.
  await sink.open(Date.now());
  sink.close();
});
afterAll(async () => {
  await one.close();
  await database.drop();
});

interface Wish {
  readonly author: string;
  readonly authorId: number;
  readonly peer: string;
  readonly verdict?: number;
}

async function write(id: number, { author, authorId, peer, verdict = 0 }: Wish): Promise<void> {
  await database.query(
    'owner',
    `INSERT INTO journal (id, at, author_id, receiver_id, batch, policy_version, size, kind, verdict, retention_class,
        author, author_device, author_office, receiver, receiver_device, receiver_office, peer, salt, leaf)
      VALUES ($1, now(), $2, 0, 1, 0, 100, 0, $3, 0, $4, 'd', '', 'ben@b.example', '', '', $5, '', '')`,
    [id, authorId, verdict, author, peer],
  );
  await database.query(
    'owner',
    `INSERT INTO journal_content (id, at, retention_class, stanza) SELECT id, at, retention_class, '' FROM journal WHERE id = $1`,
    [id],
  );
}

describe('what is passed on between two other offices', () => {
  it('waits for the next one by its own pair, and nothing else does', async () => {
    await write(1, { author: 'yuki@a.example', authorId: 0, peer: 'b.example' });
    await write(2, { author: 'yuki@a.example', authorId: 0, peer: 'a.example' });
    await write(3, { author: 'romeo@im.example', authorId: 7, peer: 'b.example' });
    await write(4, { author: 'carl@c.example', authorId: 0, peer: 'b.example' });
    await write(5, { author: 'yuki@a.example', authorId: 0, peer: 'b.example', verdict: 1 });
    const ids = async (domain: string): Promise<number[]> =>
      (await outbound.outbound({ domain, peer: 'b.example', afterId: 0n, max: 10 })).map(({ id }) => Number(id));
    expect([await ids('a.example'), await ids('im.example')]).toEqual([[1], [3]]);
    expect(await outbound.outboundPairs()).toEqual([
      { domain: 'im.example', peer: 'b.example', journalId: 3n },
      { ...PAIR, journalId: 1n },
    ]);
  });

  it.each([
    ['archive.passed.on', `'b.example', '0', 'a.example', 10`],
    ['archive.passed.on.latest', `'b.example', 'a.example'`],
  ])('is found by an index that has nothing else: %s', async (name, values) => {
    const text = await one.transaction('reader', async (session) => {
      await session.query('SET LOCAL enable_seqscan = off');
      // As with so many rows that nothing but an index in the right order will do.
      await session.query('SET LOCAL enable_sort = off');
      await session.query('SET LOCAL enable_bitmapscan = off');
      return JSON.stringify(await session.query(`EXPLAIN (FORMAT JSON) EXECUTE "${name}" (${values})`));
    });
    const used = [...text.matchAll(/"Index Name":"([^"]+)"/g)].map(([, index]) => index!);
    const definitions = await database.query<{ indexdef: string }>(
      'owner',
      'SELECT indexdef FROM pg_indexes WHERE indexname = ANY ($1)',
      [used],
    );
    const onJournal = definitions.map(({ indexdef }) => indexdef).filter((made) => !made.includes('journal_content'));
    expect(onJournal.length).toBeGreaterThan(0);
    expect(onJournal.every((made) => made.includes('split_part'))).toBe(true);
  });
});
