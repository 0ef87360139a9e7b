import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import { OutboundMessages } from './outbound.js';

let database: TestDatabase;
let messages: OutboundMessages;
beforeAll(async () => {
  database = await openDatabase();
  messages = new OutboundMessages(database, ['im.example']);
  const at = new Date(Date.UTC(2026, 10, 20, 9));
  await database.prepared('owner', { name: 'partition', text: 'SELECT ensure_journal_partition(0::smallint, $1)' }, [
    at,
  ]);
  let id = 0;
  const row = async (changes: Partial<Record<'author' | 'receiver' | 'verdict' | 'decision' | 'peer', string>>) => {
    const {
      author = 'yuki@tokyo.example',
      receiver = '7',
      verdict = '2',
      decision = 'waits-for-consent',
      peer = 'tokyo.example',
    } = changes;
    id++;
    await database.prepared(
      'owner',
      {
        name: 'row',
        text: `INSERT INTO journal (id, at, author_id, receiver_id, batch, policy_version, size, kind, verdict, retention_class,
          author, author_device, author_office, receiver, receiver_device, receiver_office, peer, decision_id, salt, leaf)
        VALUES ($1, $2, 0, $3, $1, 0, 1, 0, $4, 0, $5, '', '', 'romeo@im.example', '', '', $6, $7, '', '')`,
      },
      [id, at, receiver, verdict, author, peer, decision],
    );
    await database.prepared(
      'owner',
      {
        name: 'content',
        text: 'INSERT INTO journal_content (id, at, retention_class, stanza, body) VALUES ($1, $2, 0, $3, $4)',
      },
      [id, at, Buffer.from(`<message>${id}</message>`), `${id}`],
    );
  };
  await row({});
  // Those of others, for others, and what was dropped, refused or delivered for another reason.
  await row({ author: 'yuki@other.example' });
  await row({ receiver: '8' });
  await row({ decision: '0000000000000001' });
  await row({ verdict: '1' });
  await row({ verdict: '0' });
  await row({});
  await row({});
});
afterAll(() => database.drop());

const held = async (afterId: bigint, max = 10): Promise<string[]> => {
  const rows = await messages.heldFor({ author: 'yuki@tokyo.example', receiverId: 7, afterId, max });
  return rows.map(({ id, bytes }) => `${id} ${bytes.toString()}`);
};

it('what waits for consent is read in its order, behind a position, and nothing else is', async () => {
  expect(await held(0n)).toEqual(['1 <message>1</message>', '7 <message>7</message>', '8 <message>8</message>']);
  expect(await held(1n, 1)).toEqual(['7 <message>7</message>']);
  expect(await held(8n)).toEqual([]);
});

it('it is found by the index of authors, however large the journal is', async () => {
  const plan = await database.query<{ 'QUERY PLAN': string }>(
    'owner',
    `EXPLAIN (COSTS OFF) SELECT id FROM journal WHERE (author, id) > ('a', 0) AND (author, id) <= ('a', 9)
      AND peer IS NOT NULL AND author_id = 0 AND receiver_id = 1 AND verdict = 2 ORDER BY author, id LIMIT 50`,
  );
  expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('journal_foreign');
});
