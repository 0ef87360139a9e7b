import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import { party, PASS, said } from '../../../test/support/recordable.js';
import { Journal } from './journal.js';
import { PostgresSink } from './postgres-sink.js';
import { SearchIndex } from './search-index.js';

const DAY = Date.UTC(2026, 5, 1);
/** More than one transaction of the index takes. */
const MANY = 5_000;
let database: TestDatabase;
let journal: Journal<undefined, undefined>;
let count = 0;

beforeAll(async () => {
  database = await openDatabase();
  const metrics = new Metrics();
  const sink = new PostgresSink({ connection: database.connectionOf('writer'), log: silentLog, metrics });
  await sink.open(DAY);
  const options = { sink, clock: systemClock, log: silentLog, metrics };
  journal = new Journal({ ...options, onReleased: () => undefined, onPoisoned: () => undefined });
});
afterAll(async () => {
  await journal.close(1_000);
  await database.drop();
});

async function sayMany(): Promise<void> {
  const [from, to] = [party(1, 'romeo@im.example/phone'), party(2, 'juliet@im.example')];
  for (let i = 0; i < MANY; i++, count++) {
    journal.append(said({ from, to, body: `Word ${count}`, atMs: DAY + count * 10 }), PASS, undefined, 0, undefined);
  }
  await journal.settled();
}

function open(onReached?: (id: string) => void): SearchIndex {
  const upTo = (): string => journal.releasedId;
  return new SearchIndex({
    database,
    clock: systemClock,
    metrics: new Metrics(),
    upTo,
    ...(onReached && { onReached }),
  });
}

async function indexed(): Promise<{ messages: number; blocks: number }> {
  const text = 'SELECT sum(cardinality(ids))::int AS messages, count(*)::int AS blocks FROM journal_search';
  const [row] = await database.query<{ messages: number; blocks: number }>('app', text);
  return row!;
}

describe('the text index', () => {
  it('has every message once, some hundred to a row', async () => {
    await sayMany();
    const reached: string[] = [];
    const index = open((id) => reached.push(id));
    await index.follow();
    expect(index.lagMs).toBe(0);
    expect(await indexed()).toEqual({ messages: MANY, blocks: 20 });
    expect(reached).toEqual(reached.toSorted());
    expect(reached.at(-1)).toBe(journal.releasedId);
    await index.stop();
  });

  it('hurries when somebody searches while it rests', async () => {
    const resting = Promise.withResolvers<void>();
    const index = open((id) => id < journal.releasedId && resting.resolve());
    await index.start();
    await sayMany();
    const following = index.follow();
    await resting.promise;
    await index.catchUp();
    await following;
    expect(index.indexedId).toBe(journal.releasedId);
    expect((await indexed()).messages).toBe(2 * MANY);
    await index.stop();
  });

  it('can be stopped between two transactions, and goes on there', async () => {
    await sayMany();
    const resting = Promise.withResolvers<void>();
    const index = open((id) => id < journal.releasedId && resting.resolve());
    const following = index.follow();
    await resting.promise;
    await index.stop();
    await following;
    const again = open();
    await again.catchUp();
    expect((await indexed()).messages).toBe(3 * MANY);
    await again.stop();
  });

  it('writes nothing twice when another process has gone ahead', async () => {
    const [slow, quick] = [open(), open()];
    await slow.start();
    await sayMany();
    await quick.catchUp();
    await expect(slow.catchUp()).rejects.toMatchObject({ code: 'ARCHIVE_INDEX_MOVED' });
    await slow.catchUp();
    expect(slow.indexedId).toBe(journal.releasedId);
    expect((await indexed()).messages).toBe(4 * MANY);
    await Promise.all([slow.stop(), quick.stop()]);
  });
});
