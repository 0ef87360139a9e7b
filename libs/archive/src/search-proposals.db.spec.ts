import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import { party, PASS, said } from '../../../test/support/recordable.js';
import { termsOf } from './grams.js';
import { FIRST_ID, formatId, LAST_ID } from './ids.js';
import { Journal } from './journal.js';
import { OfficerArchive } from './officer-archive.js';
import { PostgresSink } from './postgres-sink.js';
import { SearchIndex } from './search-index.js';
import { propose } from './search-proposals.js';

/** More blocks than a search begins with. */
const MONTHS = 11;
let database: TestDatabase;
const ids: string[] = [];

/** Three messages in each of eleven months: a block of the index each. */
beforeAll(async () => {
  database = await openDatabase();
  const metrics = new Metrics();
  const sink = new PostgresSink({ connection: database.connectionOf('writer'), log: silentLog, metrics });
  await sink.open(Date.UTC(2026, 0, 1));
  const options = { sink, clock: systemClock, log: silentLog, metrics };
  const journal = new Journal({ ...options, onReleased: () => undefined, onPoisoned: () => undefined });
  const [from, to] = [party(1, 'romeo@im.example/phone'), party(2, 'juliet@im.example')];
  for (let i = 0; i < MONTHS * 3; i++) {
    const r = said({ from, to, body: `Balcony ${i}`, atMs: Date.UTC(2026, Math.floor(i / 3), 10 + (i % 3)) });
    journal.append(r, PASS, undefined, 0, undefined);
    ids.unshift(formatId(r.idHigh, r.idLow));
  }
  await journal.settled();
  const index = new SearchIndex({ database, clock: systemClock, metrics, upTo: () => journal.releasedId });
  await index.catchUp();
  await index.stop();
  await journal.close(1_000);
});
afterAll(() => database.drop());

/** What each round proposes. */
async function rounds(text: string, limits: { mostBlocks: number; span: number }): Promise<string[][]> {
  const proposed: string[][] = [];
  for (let below: string | undefined = LAST_ID; below !== undefined && proposed.length < 20;) {
    const round = await propose(database, termsOf(text), { above: FIRST_ID, below, ...limits });
    proposed.push([...round.ids]);
    below = round.below;
  }
  return proposed;
}

describe('the text index', () => {
  it('is looked through from the latest on, in parts, without gap or repetition', async () => {
    for (const limits of [
      { mostBlocks: 9, span: 2 },
      { mostBlocks: 1, span: 9 },
      { mostBlocks: 2, span: 2 },
      { mostBlocks: 9, span: 9 },
    ]) {
      expect((await rounds('balcony', limits)).flat()).toEqual(ids);
    }
  });

  it('is not looked at further than the span, however much of it the grams leave in question', async () => {
    expect(await rounds('balcony', { mostBlocks: 9, span: 2 })).toEqual([
      ids.slice(0, 6),
      ids.slice(6, 12),
      ids.slice(12, 18),
      ids.slice(18, 24),
      ids.slice(24, 30),
      ids.slice(30),
    ]);
    // Its grams are in every block, it is in none.
    expect(await rounds('balconyalcon', { mostBlocks: 9, span: 2 })).toEqual([[], [], [], [], [], []]);
  });

  it('gives a page with what it has when it has looked for long enough, and goes on from there', async () => {
    let ms = 0;
    const clock = { now: () => (ms += 2_000) };
    const index = { indexedId: LAST_ID, lagMs: 0, catchUp: async () => undefined };
    const archive = new OfficerArchive(database, index, clock);
    const first = await archive.search({ text: 'balcony', limit: 50, scope: '*' });
    expect(first.hits).toHaveLength(24);
    const second = await archive.search({ text: 'balcony', limit: 50, scope: '*', afterId: first.next });
    expect(second.next).toBeUndefined();
    expect([...first.hits, ...second.hits].map(({ id }) => id)).toEqual(ids);
  });
});
