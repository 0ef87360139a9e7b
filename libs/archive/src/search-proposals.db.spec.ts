import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import { party, PASS, said } from '../../../test/support/recordable.js';
import { FIRST_ID, formatId, LAST_ID } from './ids.js';
import { Journal } from './journal.js';
import { OfficerArchive } from './officer-archive.js';
import { PostgresSink } from './postgres-sink.js';
import { SearchIndex } from './search-index.js';
import { proposals } from './search-proposals.js';
import { termsOf } from './terms.js';

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

/** What each look proposes. */
async function looks(text: string, below = LAST_ID): Promise<string[][]> {
  const sought = { terms: termsOf(text), marks: [] };
  const proposed: string[][] = [];
  for await (const look of proposals(database, sought, { above: FIRST_ID, below })) proposed.push([...look.ids]);
  return proposed;
}

describe('the text index', () => {
  it('is looked through from the latest on, in parts, without gap or repetition', async () => {
    expect(await looks('balcony')).toEqual([ids.slice(0, 24), ids.slice(24)]);
    expect((await looks('balcony', ids[5])).flat()).toEqual(ids.slice(6));
    // Its grams are in every block, it is in none.
    expect(await looks('"alcony balco"')).toEqual([[], []]);
    // No gram stands for it: every block is read.
    expect((await looks('?')).flat()).toEqual([]);
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
