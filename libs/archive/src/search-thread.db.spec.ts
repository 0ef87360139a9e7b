import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import { party, PASS, said } from '../../../test/support/recordable.js';
import { Journal } from './journal.js';
import { OfficerArchive } from './officer-archive.js';
import { PostgresSink } from './postgres-sink.js';
import { SearchThread } from './search-thread.js';

/** A thread runs what is built: `npm test` builds first. */
const worker = pathToFileURL(path.resolve(import.meta.dirname, '../dist/search-worker.js'));
const events: string[] = [];
const log = { ...silentLog, warn: (event: string) => void events.push(event) };

let database: TestDatabase;
let journal: Journal<undefined, undefined>;

beforeAll(async () => {
  database = await openDatabase();
  const metrics = new Metrics();
  const sink = new PostgresSink({ connection: database.connectionOf('writer'), log: silentLog, metrics });
  await sink.open(systemClock.now());
  const options = { sink, clock: systemClock, log: silentLog, metrics };
  journal = new Journal({ ...options, onReleased: () => undefined, onPoisoned: () => undefined });
});
afterAll(async () => {
  await journal.close(1000);
  await database.drop();
});

function open(): SearchThread {
  const { connection } = database;
  const upTo = (): string => journal.releasedId;
  return new SearchThread({ connection, clock: systemClock, log, metrics: new Metrics(), upTo, worker });
}

function say(body: string): void {
  const romeo = party(1, 'romeo@im.example/phone');
  const juliet = party(2, 'juliet@im.example/balcony');
  journal.append(said({ from: romeo, to: juliet, body, atMs: systemClock.now() }), PASS, undefined, 0, undefined);
}

describe('the text index in a thread of its own', () => {
  it('finds what was recorded before the search, and says how far behind it is', async () => {
    const index = open();
    say('The quarterly figures are in the folder');
    await journal.settled();
    // What has just been said is not old because nothing was said before it.
    expect(index.lagMs).toBeLessThan(60_000);
    index.start();
    const { hits } = await new OfficerArchive(database, index).search({ text: 'quarterly', limit: 5, scope: '*' });
    expect(hits.map(({ body }) => body)).toEqual(['The quarterly figures are in the folder']);
    await index.catchUp();
    expect(index.indexedId).toBe(journal.releasedId);
    expect(index.lagMs).toBe(0);
    await index.stop();
  });

  it('goes on where it was when it is started again', async () => {
    say('second message');
    await journal.settled();
    const index = open();
    index.start();
    await index.catchUp();
    expect(index.indexedId).toBe(journal.releasedId);
    await index.stop();
    await index.stop();
  });

  it('reports a database that does not answer once, and resolves who waits', async () => {
    const connection = { ...database.connection, database: 'does_not_exist' };
    const upTo = (): string => 'ffffffffffffffff';
    const index = new SearchThread({ connection, clock: systemClock, log, metrics: new Metrics(), upTo, worker });
    index.start();
    await index.catchUp();
    await index.catchUp();
    expect(events.filter((event) => event === 'archive.index.failed')).toHaveLength(1);
    await index.stop();
  });
});
