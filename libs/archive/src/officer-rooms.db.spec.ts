import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import { party, PASS, said, type Said } from '../../../test/support/recordable.js';
import { formatId } from './ids.js';
import { Journal } from './journal.js';
import { OfficerArchive, type RecordedMessage } from './officer-archive.js';
import { PRESENT, ROOMS, STARTED, STAYED, VERSIONS } from './officer-rooms.js';
import { browsingRoom } from './officer-statements.js';
import { PostgresSink } from './postgres-sink.js';
import { SearchIndex } from './search-index.js';

const DAY = Date.UTC(2026, 5, 1);
const HALL = 'hall@rooms.im.example';
/** As long as an address of a room can be. */
const LONG = `${'h'.repeat(1023)}@rooms.im.example`;
const [CAME, LEFT] = [5, 6];

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

const romeo = party(1, 'romeo@im.example/phone');
const tablet = party(1, 'romeo@im.example/tablet');
const juliet = party(2, 'juliet@im.example/balcony', 'Tokyo');
const nurse = party(3, 'nurse@im.example/desk');
const guest = party(0, `${'g'.repeat(900)}@other.example/${'d'.repeat(1023)}`, '');
/** It was removed, and there is another one under its address. */
const formerHall = party(-7, HALL, 'Verona');
const hall = party(-9, HALL, 'Verona');
const garden = party(-11, 'garden@rooms.im.example', 'Verona');
/** The service of the rooms. */
const service = party(0, 'rooms.im.example', '');
const long = party(-10, LONG, 'Verona');

describe('rooms, for officers,', () => {
  let database: TestDatabase;
  let journal: Journal<undefined, undefined>;
  let index: SearchIndex;
  let archive: OfficerArchive;
  /** By what the tests call them. */
  const ids = new Map<string, string>();
  let seconds = 0;

  function record(name: string, message: Said, about?: string): number {
    const atMs = DAY + seconds++ * 1_000;
    const r = said({ atMs, id: name, ...message });
    journal.append(r, about === undefined ? PASS : { ...PASS, about: ids.get(about)! }, undefined, 0, undefined);
    ids.set(name, formatId(r.idHigh, r.idLow));
    return atMs;
  }

  const inRoom = (name: string, from: Said['from'], body: string, about?: string): number =>
    record(name, { from, to: hall, room: HALL, kind: 3, body }, about);
  const moves = (name: string, from: Said['from'], kind: number, to = hall): number =>
    record(name, { from, to, room: to.bare.toString(), kind });
  const names = (rows: readonly RecordedMessage[]): string[] =>
    rows.map(({ id }) => [...ids].find(([, known]) => known === id)![0]);

  const stayed = (name: string, since: string): number => {
    const more = `<resumed xmlns="urn:interoffice:room" since="${ids.get(since)}"/>`;
    return record(name, { from: juliet, to: garden, room: 'garden@rooms.im.example', kind: CAME, more });
  };
  const present = async (room: string, atMs: number, scope = '*'): Promise<string[]> =>
    (await archive.presentAt(room, atMs, scope)).map(({ from, device }) => `${from}/${device}`);
  const found = async (query: object): Promise<string[]> =>
    names((await archive.search({ limit: 50, scope: '*', ...query })).hits);

  /** When things happened. */
  const at: Record<string, number> = {};

  beforeAll(async () => {
    database = await openDatabase();
    await database.query('app', `INSERT INTO accounts (jid, directory) VALUES ('romeo@im.example', 'local')`);
    const metrics = new Metrics();
    const sink = new PostgresSink({ connection: database.connectionOf('writer'), log: silentLog, metrics });
    await sink.open(DAY);
    const options = { sink, clock: systemClock, log: silentLog, metrics };
    journal = new Journal({ ...options, onReleased: () => undefined, onPoisoned: () => undefined });
    index = new SearchIndex({ database, clock: systemClock, metrics, upTo: () => journal.releasedId });
    await index.start();
    archive = new OfficerArchive(database, index);
    moves('nurse enters the former hall', nurse, CAME, formerHall);
    at['former'] = record('in the former hall', { from: nurse, to: formerHall, room: HALL, kind: 3, body: 'The ball' });
    moves('nurse leaves the former hall', nurse, LEFT, formerHall);
    at['nobody'] = moves('romeo enters', romeo, CAME) - 1;
    at['romeo'] = moves('juliet enters', juliet, CAME) - 1;
    at['both'] = inRoom('first', romeo, 'I love the moon');
    record('to juliet', { from: romeo, to: juliet, body: 'the moon, between us' });
    inRoom('correction', romeo, 'I love the sun', 'first');
    inRoom('other', juliet, 'Swear not by the moon');
    moves('tablet enters', tablet, CAME);
    moves('romeo goes by another nick', romeo, CAME);
    at['tablet'] = moves('romeo leaves', romeo, LEFT) - 1;
    inRoom('correction of the correction', tablet, 'I love Juliet', 'correction');
    at['moved'] = record('taken back', { from: nurse, to: hall, room: HALL, kind: 3 }, 'first');
    moves('tablet leaves', tablet, LEFT);
    moves('romeo is back', romeo, CAME);
    moves('guest enters', guest, CAME, long);
    await journal.settled();
    moves('juliet enters the garden', juliet, CAME, garden);
    at['garden'] = moves('nurse enters the garden', nurse, CAME, garden);
    at['started'] = record('the server begins anew', { from: service, to: service, kind: LEFT });
    stayed('juliet has stayed', 'juliet enters the garden');
    at['stayed'] = moves('juliet goes by another nick there', juliet, CAME, garden);
    record('the server begins anew again', { from: service, to: service, kind: LEFT });
    at['again'] = stayed('juliet has stayed again', 'juliet enters the garden');
    moves('nurse is back in the garden', nurse, CAME, garden);
    at['end'] = record('asked in', { from: nurse, to: romeo, room: HALL, kind: 1, body: 'Come to the hall' });
    await journal.settled();
  });
  afterAll(async () => {
    await index.stop();
    await journal.close(1_000);
    await database.drop();
  });

  it('what was said is found by the room, with what was said through it; who came and went is not among it', async () => {
    const said = ['taken back', 'correction of the correction', 'other', 'correction', 'first', 'in the former hall'];
    expect(await found({ room: HALL })).toEqual(['asked in', ...said]);
    expect(await found({ room: HALL, text: 'moon' })).toEqual(['other', 'first']);
    expect(await found({ room: HALL, from: 'juliet@im.example' })).toEqual(['other']);
    expect(await found({ room: HALL, scope: 'Tokyo' })).toEqual(['other']);
    expect(await found({ room: 'cellar@rooms.im.example' })).toEqual([]);
    expect(await found({ participant: 'romeo@im.example' })).not.toContain('romeo enters');
  });

  it('pages of a room follow each other without gap or repetition', async () => {
    const all = await found({ room: HALL });
    const seen: string[] = [];
    for (let afterId: string | undefined; ;) {
      const page = await archive.search({ room: HALL, limit: 2, afterId, scope: '*' });
      seen.push(...names(page.hits));
      if (page.next === undefined) break;
      afterId = page.next;
    }
    expect(seen).toEqual(all);
  });

  it('a message says what it changes, and whether it was changed', async () => {
    const { hits } = await archive.search({ room: HALL, limit: 50, scope: '*' });
    const marked = hits.map(({ about, isChanged }, i) => [names(hits)[i], about !== undefined, isChanged]);
    expect(marked).toEqual([
      ['asked in', false, false],
      ['taken back', true, false],
      ['correction of the correction', true, false],
      ['other', false, false],
      ['correction', true, true],
      ['first', false, true],
      ['in the former hall', false, false],
    ]);
  });

  it('all versions of a message are shown, whichever is asked for', async () => {
    const versions = ['first', 'correction', 'correction of the correction', 'taken back'];
    for (const name of versions) {
      expect([name, names(await archive.versionsOf(ids.get(name)!, '*'))]).toEqual([name, versions]);
    }
    expect(names(await archive.versionsOf(ids.get('other')!, '*'))).toEqual(['other']);
    const [original] = await archive.versionsOf(ids.get('correction')!, '*');
    expect(original).toMatchObject({ body: 'I love the moon', from: 'romeo@im.example', device: 'phone' });
  });

  it('versions are shown within the scope of the officer alone', async () => {
    expect(await archive.versionsOf(ids.get('first')!, 'Tokyo')).toEqual([]);
    expect(names(await archive.versionsOf(ids.get('first')!, 'Verona'))).toHaveLength(4);
    expect(await archive.versionsOf('zz', '*')).toEqual([]);
    expect(await archive.versionsOf('0000000000000001', '*')).toEqual([]);
  });

  // C-02
  it('shows a conversation as it stood at any moment, with what its people were called then', async () => {
    const rename = (name: string) =>
      database.query('app', 'UPDATE accounts SET name = $1 WHERE jid = $2', [name, 'romeo@im.example']);
    await rename('Romeo Montague');
    const seen = async (atMs: number): Promise<unknown[]> => {
      const rows = await archive.asOf(ids.get('first')!, 20, { scope: '*', atMs });
      const [first] = rows.filter(({ message }) => message.id === ids.get('first'));
      return [rows.length, names(first!.changes)];
    };
    const [first, corrected, all] = [at['both']!, at['tablet']!, at['moved']!];
    expect(await archive.asOf(ids.get('first')!, 20, { scope: '*', atMs: first - 1 })).toEqual([]);
    expect(await seen(first)).toEqual([1, []]);
    expect(await seen(corrected)).toEqual([2, ['correction']]);
    expect(await seen(all)).toEqual([2, ['correction', 'correction of the correction', 'taken back']]);
    const before = Date.now();
    await rename('Romeo Capulet');
    const named = async (atMs: number) =>
      (await archive.asOf(ids.get('first')!, 20, { scope: '*', atMs })).find(
        ({ message }) => message.from === 'romeo@im.example',
      )?.name;
    expect(await named(before)).toBe('Romeo Montague');
    expect(await named(Date.now() + 1_000)).toBe('Romeo Capulet');
    expect(await archive.asOf(ids.get('first')!, 20, { scope: 'Tokyo', atMs: all })).toEqual([]);
  });

  it('shows what was said in the room around a message, and not between two people', async () => {
    const around = await archive.around(ids.get('correction')!, 2, '*');
    expect(names(around)).toEqual(['first', 'correction', 'other', 'correction of the correction']);
    expect(names(await archive.around(ids.get('to juliet')!, 5, '*'))).toEqual(['to juliet']);
  });

  it('says who was there at a moment, device by device', async () => {
    expect(await present(HALL, at['former']!)).toEqual(['nurse@im.example/desk']);
    expect(await present(HALL, at['nobody']!)).toEqual([]);
    expect(await present(HALL, at['romeo']!)).toEqual(['romeo@im.example/phone']);
    expect(await present(HALL, at['both']!)).toEqual(['romeo@im.example/phone', 'juliet@im.example/balcony']);
    expect(await present(HALL, at['tablet']!)).toEqual([
      'romeo@im.example/phone',
      'juliet@im.example/balcony',
      'romeo@im.example/tablet',
    ]);
    expect(await present(HALL, at['moved']!)).toEqual(['juliet@im.example/balcony', 'romeo@im.example/tablet']);
    expect(await present(HALL, at['garden']!)).toEqual(['juliet@im.example/balcony', 'romeo@im.example/phone']);
    expect(await present('cellar@rooms.im.example', at['end']!)).toEqual([]);
    expect(await present(HALL, DAY - 1)).toEqual([]);
  });

  it('says since when somebody was there, whatever the nick meanwhile', async () => {
    const [phone] = await archive.presentAt(HALL, at['tablet']!, '*');
    expect(phone).toMatchObject({ sinceMs: at['nobody']! + 1, id: ids.get('romeo goes by another nick') });
    expect(phone!.stanza).toContain(`id='romeo goes by another nick'`);
    const [, again] = await archive.presentAt(HALL, at['garden']!, '*');
    expect(again).toMatchObject({ id: ids.get('romeo is back') });
  });

  it('knows that whoever was there is gone once the server begins anew, but for those who have stayed', async () => {
    const room = 'garden@rooms.im.example';
    const both = ['juliet@im.example/balcony', 'nurse@im.example/desk'];
    expect(await present(room, at['garden']!)).toEqual(both);
    for (const moment of ['started', 'stayed', 'again']) {
      expect([moment, await present(room, at[moment]!)]).toEqual([moment, ['juliet@im.example/balcony']]);
      const [juliet] = await archive.presentAt(room, at[moment]!, '*');
      expect(juliet!.sinceMs).toBe(at['garden']! - 1_000);
    }
    expect(await present(room, at['end']!)).toEqual(both);
    expect((await archive.presentAt(room, at['end']!, '*'))[1]).toMatchObject({ sinceMs: at['again']! + 1_000 });
    expect(await present(room, at['stayed']!, 'Berlin')).toEqual([]);
    expect(await present(HALL, at['end']!)).toEqual([]);
  });

  it('says who was there within the scope of the officer alone', async () => {
    expect(await present(HALL, at['both']!, 'Tokyo')).toEqual(['juliet@im.example/balcony']);
    expect(await present(HALL, at['both']!, 'Verona')).toHaveLength(2);
    expect(await present(HALL, at['both']!, 'Nowhere')).toEqual([]);
  });

  it('keeps who came into a room with an address as long as can be', async () => {
    expect(await present(LONG, at['garden']!)).toEqual([`${guest.bare.toString()}/${guest.device.toString()}`]);
  });

  describe('among many rows', () => {
    beforeAll(async () => {
      await database.query(
        'owner',
        `INSERT INTO journal (id, at, author_id, receiver_id, batch, about, policy_version, size, kind, verdict,
            retention_class, author, author_device, author_office, receiver, receiver_device, receiver_office, room, salt, leaf)
          SELECT n, now(), 1 + n % 500, CASE WHEN n % 3 = 0 THEN 1 + n % 400 ELSE -1000 - n % 200 END, n,
            CASE WHEN n % 50 = 0 THEN n - 1 END, 0, 100, CASE WHEN n % 10 = 1 THEN 5 WHEN n % 10 = 2 THEN 6 ELSE 3 END, 0, 0,
            'person' || n % 500 || '@im.example', 'desk', 'Berlin', 'room' || n % 200 || '@rooms.im.example', '', 'Berlin',
            CASE WHEN n % 3 = 0 AND n % 7 = 0 OR n % 3 > 0 THEN 'room' || n % 200 || '@rooms.im.example' END, '', ''
            FROM generate_series(1, 60000) n`,
      );
      await database.query('owner', 'ANALYZE journal');
    });

    /** The indexes a statement uses, and whether it reads the whole table. */
    async function planOf(text: string, values: readonly unknown[]): Promise<object> {
      const rows = await database.transaction('officer', async (officer) => {
        await officer.query(`SELECT set_config('interoffice.scope', '*', true)`);
        return officer.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(`EXPLAIN (FORMAT JSON) ${text}`, values);
      });
      const nodes: PlanNode[] = [];
      const walk = (node: PlanNode): void => {
        nodes.push(node);
        node.Plans?.forEach(walk);
      };
      walk(rows[0]!['QUERY PLAN'][0].Plan);
      const indexes = nodes.map((node) => node['Index Name'] ?? '').filter((name) => name.startsWith('journal_'));
      const reads = nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']);
      return { indexes: [...new Set(indexes)].filter((name) => !name.includes('content')).toSorted(), reads };
    }

    const content = expect.not.arrayContaining(['journal']) as unknown;

    it('finds who was there by an index of its own', async () => {
      const values = ['room7@rooms.im.example', '60001', '0'];
      expect(await planOf(PRESENT, values)).toEqual({ indexes: ['journal_pkey', 'journal_presence'], reads: content });
      for (const [text, ...given] of [
        [STAYED, 'room7@rooms.im.example', '50001', '60001'],
        [STARTED, 'rooms.im.example', '60001'],
      ] as const) {
        expect(await planOf(text, given)).toEqual({ indexes: ['journal_presence'], reads: content });
      }
      expect(await planOf(ROOMS, ['room7@rooms.im.example'])).toEqual({
        indexes: ['journal_presence'],
        reads: content,
      });
    });

    it('finds the versions of a message by what they change', async () => {
      expect(await planOf(VERSIONS, ['1000', 100])).toEqual({
        indexes: ['journal_about', 'journal_pkey'],
        reads: content,
      });
    });

    it('finds what was said in a room by its number', async () => {
      const plan = await planOf(browsingRoom('AND j.kind < 5'), ['0', '70000', 51, [-1007], 'room7@rooms.im.example']);
      expect(plan).toEqual({
        indexes: ['journal_about', 'journal_pkey', 'journal_receiver', 'journal_through_rooms'],
        reads: content,
      });
    });
  });
});
