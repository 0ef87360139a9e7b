import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Connection } from '@interoffice/storage';
import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import { party, PASS, said } from '../../../test/support/recordable.js';
import { RecordingLog } from '../../../test/support/recording-log.js';
import { Batch } from './batch.js';
import { formatId } from './ids.js';
import { Journal, type PoisonedEntry } from './journal.js';
import { Leaves } from './leaf.js';
import { PostgresSink } from './postgres-sink.js';

const DAY = Date.UTC(2026, 5, 1);
const romeo = party(1, 'romeo@im.example/phone');
const juliet = party(2, 'juliet@im.example');

let database: TestDatabase;
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.drop());

let log: RecordingLog;
let released: { id: string; recorded: number; verdict: number; batch: number }[];
let poisoned: PoisonedEntry<undefined, undefined>[];
let journal: Journal<undefined, undefined>;
let day = DAY;

/** A journal on a connection; every test has days of its own. */
async function open(connection: Connection, answerWithinMs = 5_000): Promise<PostgresSink> {
  const sink = new PostgresSink({ connection, log, metrics: new Metrics(), answerWithinMs });
  await sink.open(DAY);
  journal = new Journal({
    sink,
    clock: systemClock,
    log,
    metrics: new Metrics(),
    onPoisoned: (entry) => poisoned.push(entry),
    onReleased: (batch) => {
      for (let i = 0; i < batch.count; i++) {
        const id = formatId(batch.idHigh[i]!, batch.idLow[i]!);
        released.push({ id, recorded: batch.recorded[i]!, verdict: batch.verdict[i]!, batch: batch.number });
      }
    },
  });
  return sink;
}

beforeEach(() => {
  log = new RecordingLog();
  released = [];
  poisoned = [];
  day += 86_400_000;
});
afterEach(() => journal.close(100));

function say(nth: number, body = `line ${nth}`): string {
  const r = said({ from: romeo, to: juliet, body, atMs: day, nth });
  journal.append(r, PASS, undefined, nth, undefined);
  return formatId(r.idHigh, r.idLow);
}

const WRITERS = `SELECT pid FROM pg_stat_activity
  WHERE application_name = 'interoffice-journal' AND datname = current_database()`;

async function recorded(): Promise<string[]> {
  const text = `SELECT lpad(to_hex(j.id), 16, '0') AS id FROM journal j JOIN journal_content c USING (id)
    WHERE j.at = to_timestamp($1) ORDER BY j.id`;
  return (await database.query<{ id: string }>('reader', text, [day / 1_000])).map(({ id }) => id);
}

describe('two batches under way', () => {
  // what one author said first is recorded first, also when the process dies in between.
  it('become durable one after the other, however late the first', async () => {
    const sink = await open(database.connectionOf('writer'));
    const rows = async (): Promise<string[]> => recorded();
    let release = (): void => undefined;
    const first = new Promise<void>((resolve) => (release = resolve));
    const batch = new Batch<undefined, undefined>(new Leaves());
    batch.reset(1);
    const r = said({ from: romeo, to: juliet, body: 'second', atMs: day, nth: 1 });
    batch.add(r, PASS, { author: undefined, sequence: 1, targets: undefined });
    const committed = sink.commit(batch, first);
    const other = await database.query('reader', 'SELECT 1');
    expect(other).toHaveLength(1);
    expect(await rows()).toEqual([]);
    release();
    expect(await committed).toEqual([]);
    expect(await rows()).toEqual([formatId(r.idHigh, r.idLow)]);
    sink.close();
  });
});

describe('a journal that is opened', () => {
  // a process that was killed may have left a commit in a database that was frozen.
  it('ends the commits of a process before it, so that nothing comes behind its back', async () => {
    const left = await open(database.connectionOf('writer'));
    const before = await database.query<{ pid: number }>('owner', WRITERS);
    const next = await open(database.connectionOf('writer'));
    const pids = (await database.query<{ pid: number }>('owner', WRITERS)).map(({ pid }) => pid);
    expect(before.length).toBeGreaterThan(0);
    for (const { pid } of before) expect(pids).not.toContain(pid);
    left.close();
    next.close();
  });
});

describe('the journal in PostgreSQL', () => {
  it('releases in the order of appending though two commits are under way at once', async () => {
    await open(database.connectionOf('writer'));
    const ids: string[] = [];
    for (let turn = 0; turn < 60; turn++) {
      // Large and small batches by turns, so that a later commit may end first.
      for (let i = turn % 2 === 0 ? 40 : 1; i > 0; i--) ids.push(say(ids.length));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await journal.settled();
    expect(released.map(({ id }) => id)).toEqual(ids);
    expect(new Set(released.map(({ batch }) => batch)).size).toBeGreaterThan(2);
    expect(await recorded()).toEqual(ids);
  });

  it('fills as many batches as it takes', async () => {
    await open(database.connectionOf('writer'));
    const ids = Array.from({ length: 4_000 }, (_, nth) => say(nth));
    await journal.settled();
    expect(released.map(({ id }) => id)).toEqual(ids);
    expect(journal.releasedBatch).toBe(3);
    expect(journal.openBatch).toBe(4);
    expect(await recorded()).toEqual(ids);
  });

  it('records a message of a month, or of a retention class, nobody has thought of', async () => {
    await open(database.connectionOf('writer'));
    const old = Date.UTC(2024, 11, 31, 23, 59, 59);
    const r = said({ from: romeo, to: juliet, body: 'old', atMs: old });
    const far = said({ from: romeo, to: juliet, body: 'far', atMs: Date.UTC(2099, 0, 1) });
    journal.append(r, PASS, undefined, 0, undefined);
    journal.append(far, { ...PASS, retentionClass: 7 }, undefined, 1, undefined);
    await journal.settled();
    expect(released.map(({ recorded: kept }) => kept)).toEqual([1, 1]);
    const parts = await database.query(
      'reader',
      `SELECT tableoid::regclass::text AS part FROM journal_content WHERE body IN ('old', 'far')`,
    );
    expect(parts).toEqual([{ part: 'journal_content_0_202412' }, { part: 'journal_content_7_209901' }]);
    expect(log.count('archive.commit.failed')).toBe(0);
  });

  it('lets one message that PostgreSQL refuses hold up nobody else’s', async () => {
    await open(database.connectionOf('writer'));
    const ids = Array.from({ length: 50 }, (_, nth) => say(nth, nth === 17 || nth === 40 ? 'a\0b' : 'fine'));
    await journal.settled();
    expect(released.map(({ id }) => id)).toEqual(ids);
    expect(poisoned.map(({ id }) => id)).toEqual([ids[17], ids[40]]);
    expect(poisoned[0]!.stanza.includes('a\0b')).toBe(true);
    expect(released.filter(({ verdict }) => verdict === 2).map(({ id }) => id)).toEqual([ids[17], ids[40]]);
    expect(await recorded()).toEqual(ids.filter((_, nth) => nth !== 17 && nth !== 40));
    expect(log.count('archive.row.poisoned')).toBe(2);
    expect(JSON.stringify(log.events)).not.toContain('fine');
  });

  it('never gives one id to two messages', async () => {
    await open(database.connectionOf('writer'));
    const first = say(1, 'mine');
    await journal.settled();
    say(0, 'before');
    say(1, 'another of the same id');
    say(2, 'behind');
    await journal.settled();
    expect(poisoned.map(({ id }) => id)).toEqual([first]);
    expect(await recorded()).toHaveLength(3);
  });

  it('looks the outcome up when the answer to a commit is lost, and writes nothing twice', async () => {
    const way = await cuttableWay(database.connectionOf('writer'));
    await open(way.connection);
    way.swallowAnswers(1);
    const ids = Array.from({ length: 30 }, (_, nth) => say(nth));
    await journal.settled();
    expect(released.map(({ id }) => id)).toEqual(ids);
    expect(await recorded()).toEqual(ids);
    expect(log.count('archive.commit.found')).toBe(1);
    await way.close();
  });

  it('sends a batch again that was cut off on its way', async () => {
    const way = await cuttableWay(database.connectionOf('writer'));
    await open(way.connection);
    way.cutRequests(3);
    const ids = Array.from({ length: 800 }, (_, nth) => say(nth));
    await journal.settled();
    expect(released.map(({ id }) => id)).toEqual(ids);
    expect(await recorded()).toEqual(ids);
    expect(log.count('archive.commit.found')).toBe(0);
    expect(log.count('archive.commit.failed')).toBeGreaterThan(0);
    await way.close();
  });

  it('gives a server up that does not answer, and asks again', async () => {
    const way = await cuttableWay(database.connectionOf('writer'));
    await open(way.connection, 100);
    way.freezeAnswers();
    const ids = [say(0), say(1)];
    await journal.settled();
    expect(await recorded()).toEqual(ids);
    expect(log.events.map(({ fields }) => String(fields['reason'])).join()).toContain('does not answer');
    await way.close();
  });

  it('says when it is closed with messages waiting', async () => {
    const way = await cuttableWay(database.connectionOf('writer'));
    await open(way.connection);
    await way.close();
    say(0);
    await journal.close(50);
    expect(released).toEqual([]);
    expect(log.events).toContainEqual({ name: 'archive.closed.early', fields: { messages: 1 } });
  });

  it('says at the start that it cannot write', async () => {
    const nowhere = { ...database.connectionOf('writer'), host: '/nowhere' };
    const sink = new PostgresSink({ connection: nowhere, log: silentLog, metrics: new Metrics() });
    await expect(sink.open(DAY)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    sink.close();
  });
});

interface Way {
  readonly connection: Connection;
  /** Cuts the connection instead of passing on the answer to the next request, so many times. */
  swallowAnswers(times: number): void;
  /** Cuts the connection in the middle of the next request, so many times. */
  cutRequests(times: number): void;
  /** Passes on nothing of the next answer, and keeps the connection. */
  freezeAnswers(): void;
  close(): Promise<void>;
}

/** Requests a connection begins with: the log-in, and its setting. */
const OPENING = 2;

/** A socket in front of PostgreSQL's that loses what the test says. */
async function cuttableWay(to: Connection): Promise<Way> {
  const folder = await mkdtemp(path.join(tmpdir(), 'interoffice-way-'));
  const lose = { answers: 0, requests: 0, frozen: 0 };
  const sockets = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(`${to.host}/.s.PGSQL.${to.port}`);
    let asked = 0;
    let frozen = false;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => (near.destroy(), far.destroy()));
    }
    near.on('data', (data) => {
      if (asked++ >= OPENING && lose.requests > 0) {
        lose.requests--;
        far.write(data.subarray(0, data.length >> 1), () => near.destroy());
      } else far.write(data);
    });
    far.on('data', (data) => {
      if (asked > OPENING && lose.answers > 0) {
        // "Ready": PostgreSQL has answered in full, what it did is done.
        if (data.at(-6) !== 0x5a) return;
        lose.answers--;
        near.destroy();
      } else if (asked > OPENING && lose.frozen > 0) {
        lose.frozen--;
        frozen = true;
      } else if (!frozen) near.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(`${folder}/.s.PGSQL.${to.port}`, resolve));
  return {
    connection: { ...to, host: folder },
    swallowAnswers: (times) => (lose.answers = times),
    cutRequests: (times) => (lose.requests = times),
    freezeAnswers: () => (lose.frozen = 1),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
