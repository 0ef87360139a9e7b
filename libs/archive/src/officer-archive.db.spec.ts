import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import { party, PASS, said, type Said } from '../../../test/support/recordable.js';
import { formatId, timeOf } from './ids.js';
import { Journal } from './journal.js';
import { OfficerArchive, type OfficerQuery } from './officer-archive.js';
import { PostgresReader } from './postgres-reader.js';
import { PostgresSink } from './postgres-sink.js';
import type { Decision } from './recordable.js';
import { SearchIndex } from './search-index.js';

const DAY = Date.UTC(2026, 5, 1);
let database: TestDatabase;
let journal: Journal<undefined, undefined>;
let index: SearchIndex;
let archive: OfficerArchive;
const ids: string[] = [];

const romeo = party(1, 'romeo@im.example/phone');
const juliet = party(2, 'juliet@im.example/balcony', 'Tokyo');
const nurse = party(3, 'nurse@im.example');
const stranger = party(0, 'tybalt@other.example/sword', '');

function say(message: Said, decision: Decision = PASS): string {
  const r = said({ atMs: DAY + ids.length * 1_000, ...message });
  journal.append(r, decision, undefined, 0, undefined);
  ids.push(formatId(r.idHigh, r.idLow));
  return ids.at(-1)!;
}

/** As the directories' copy has people: what they are called, folded, in the first line. */
function account(jid: string, called: string): Promise<unknown> {
  const text = `INSERT INTO accounts (jid, directory, search) VALUES ($1, 'local', $2)`;
  return database.query('app', text, [jid, `${called}\nverona nurse`]);
}

async function found(query: Partial<OfficerQuery>): Promise<number[]> {
  const { hits } = await archive.search({ limit: 50, scope: '*', ...query });
  return hits.map(({ id }) => ids.indexOf(id));
}

beforeAll(async () => {
  database = await openDatabase();
  await account('romeo@im.example', 'romeo montague romeo@im.example');
  await account('juliet@im.example', 'juliet capulet-lukasz juliet@im.example');
  await account('nurse@im.example', 'the nurse nurse@im.example');
  const metrics = new Metrics();
  const sink = new PostgresSink({ connection: database.connectionOf('writer'), log: silentLog, metrics });
  await sink.open(DAY);
  const options = { sink, clock: systemClock, log: silentLog, metrics };
  journal = new Journal({ ...options, onReleased: () => undefined, onPoisoned: () => undefined });
  const upTo = (): string => journal.releasedId;
  index = new SearchIndex({ database, clock: systemClock, metrics, upTo });
  await index.start();
  archive = new OfficerArchive(database, index);
  say({ from: romeo, to: juliet, body: 'Die Müllabfuhr kommt am Montag, Straße 7' });
  say({ from: juliet, to: romeo, body: '明日の会議は東京で' });
  say({ from: nurse, to: juliet, body: 'Invoice 4711-B over 1,234.56 EUR &amp; 100% sure' });
  say({ from: romeo, to: nurse, body: 'ok' });
  say(
    { from: stranger, to: nurse, body: 'secret project GREENFIELD' },
    { ...PASS, verdict: 'refused', decisionId: 'd7' },
  );
  say({ from: romeo, to: juliet, body: 'it&apos;s under_score and back\\slash' });
  await journal.settled();
});
afterAll(async () => {
  await index.stop();
  await journal.close(1_000);
  await database.drop();
});

describe('officers’ search', () => {
  it('finds what was recorded a moment ago', async () => {
    const { hits, indexedUntil } = await archive.search({ text: 'montag', limit: 10, scope: '*' });
    expect(hits).toHaveLength(1);
    expect(hits[0]).toMatchObject({
      id: ids[0],
      atMs: DAY,
      from: 'romeo@im.example',
      device: 'phone',
      to: 'juliet@im.example',
      kind: 'chat',
      verdict: 'passed',
      body: 'Die Müllabfuhr kommt am Montag, Straße 7',
    });
    expect(hits[0]!.stanza).toContain('<body>Die M');
    expect(indexedUntil).toBeUndefined();
    expect(index.lagMs).toBe(0);
  });

  it('finds parts of words, whatever the case and the accents', async () => {
    for (const text of ['abfuhr', 'MÜLL', 'mull', 'strasse', 'Straße', 'müllabfuhr montag', 'mon']) {
      expect([text, await found({ text })]).toEqual([text, [0]]);
    }
  });

  it('finds words of scripts written without spaces', async () => {
    for (const text of ['会議', '東京', '会', '明日の会議']) expect([text, await found({ text })]).toEqual([text, [1]]);
    expect(await found({ text: '会東' })).toEqual([]);
  });

  it('finds numbers, signs and short words', async () => {
    expect(await found({ text: '4711' })).toEqual([2]);
    expect(await found({ text: '1,234.56' })).toEqual([2]);
    expect(await found({ text: '100%' })).toEqual([2]);
    expect(await found({ text: 'ok' })).toEqual([3]);
    expect(await found({ text: 'it’s' })).toEqual([]);
    expect(await found({ text: "it's" })).toEqual([5]);
    expect(await found({ text: 'under_score' })).toEqual([5]);
    expect(await found({ text: 'back\\slash' })).toEqual([5]);
    expect(await found({ text: '%' })).toEqual([2]);
  });

  it('shows what was refused, which no user sees', async () => {
    const { hits } = await archive.search({ text: 'greenfield', limit: 10, scope: '*' });
    expect(hits[0]).toMatchObject({ verdict: 'refused', from: 'tybalt@other.example' });
  });

  it('narrows by people, time and direction, with and without text', async () => {
    expect(await found({ participant: 'romeo@im.example' })).toEqual([5, 3, 1, 0]);
    expect(await found({ from: 'romeo@im.example', to: 'juliet@im.example' })).toEqual([5, 0]);
    expect(await found({ participant: 'tybalt@other.example' })).toEqual([4]);
    expect(await found({ since: DAY + 1_000, until: DAY + 2_000 })).toEqual([2, 1]);
    expect(await found({ text: 'o', from: 'romeo@im.example' })).toEqual([3]);
    expect(await found({ room: 'hall@rooms.im.example' })).toEqual([]);
  });

  it('pages from the newest to the oldest without gap or repetition', async () => {
    for (const text of [undefined, 'e']) {
      const all = await found({ text });
      const seen: number[] = [];
      for (let afterId: string | undefined; ;) {
        const page = await archive.search({ text, afterId, limit: 1, scope: '*' });
        seen.push(...page.hits.map(({ id }) => ids.indexOf(id)));
        if (page.next === undefined) break;
        afterId = page.next;
      }
      expect(seen).toEqual(all);
    }
  });

  it('shows an officer of one office its conversations alone', async () => {
    expect(await found({ scope: 'Tokyo' })).toEqual([5, 2, 1, 0]);
    expect(await found({ scope: 'Tokyo', text: 'ok' })).toEqual([]);
    expect(await found({ scope: '' })).toEqual([]);
    expect(await found({ scope: 'Nowhere' })).toEqual([]);
    expect(await archive.find(ids[3]!, 'Tokyo')).toBeUndefined();
    expect(await archive.find(ids[3]!, 'Berlin')).toMatchObject({ body: 'ok' });
  });

  it('shows the conversation around a hit', async () => {
    const around = await archive.around(ids[1]!, 5, '*');
    expect(around.map(({ id }) => ids.indexOf(id))).toEqual([0, 1, 5]);
    expect(await archive.around(ids[1]!, 5, 'Nowhere')).toEqual([]);
    expect(await archive.around('zz', 5, '*')).toEqual([]);
  });

  it('finds people by what they are called, in words and without accents', async () => {
    expect(await found({ participant: 'Montague' })).toEqual([5, 3, 1, 0]);
    expect(await found({ from: 'Łukasz juliet' })).toEqual([1]);
    expect(await found({ to: 'NURSE', text: 'ok' })).toEqual([3]);
    // Everybody works with the nurse: where somebody works is no name.
    expect(await found({ from: 'nurse' })).toEqual([2]);
    for (const nobody of ['benvolio', '%', '_', 'juliet benvolio']) expect(await found({ from: nobody })).toEqual([]);
  });

  it('finds what somebody said under every address and name they had, by any of them', async () => {
    const before = ids.length;
    const { query } = database;
    await query.call(database, 'app', `INSERT INTO former_addresses SELECT jid, id, now() FROM accounts WHERE id = 2`);
    const renamed = 'juliet montague j.montague@im.example\nverona';
    const text = `UPDATE accounts SET jid = 'j.montague@im.example', name = 'Juliet Montague', search = $1 WHERE id = 2`;
    await query.call(database, 'app', text, [renamed]);
    const montague = party(2, 'j.montague@im.example/balcony', 'Tokyo');
    say({ from: montague, to: romeo, body: 'deny thy father' });
    say({ from: nurse, to: montague, body: 'madam' });
    await journal.settled();
    for (const name of ['juliet@im.example', 'j.montague@im.example', 'capulet', 'juliet montague']) {
      expect([name, await found({ participant: name })]).toEqual([name, [before + 1, before, 5, 2, 1, 0]]);
      expect([name, await found({ from: name })]).toEqual([name, [before, 1]]);
      expect([name, await found({ to: name, text: 'm' })]).toEqual([name, [before + 1, 0]]);
    }
    const around = await archive.around(ids[before]!, 5, '*');
    expect(around.map(({ id }) => ids.indexOf(id))).toEqual([0, 1, 5, before]);
    for (const contact of ['juliet@im.example', 'j.montague@im.example', 'benvolio@im.example']) {
      const page = await new PostgresReader(database).page({ accountId: 1, with: contact, max: 9 });
      const own = page!.rows.map(({ id }) => ids.indexOf(id));
      expect([contact, own]).toEqual([contact, contact.startsWith('b') ? [] : [0, 1, 5, before]]);
    }
  });

  it('takes up where it stopped', async () => {
    const again = new SearchIndex({
      database,
      clock: systemClock,
      metrics: new Metrics(),
      upTo: () => journal.releasedId,
    });
    await again.start();
    expect(again.indexedId).toBe(journal.releasedId);
    await again.stop();
  });

  it('says from when on something may be missing while the index cannot follow', async () => {
    const reached = timeOf(index.indexedId);
    say({ from: romeo, to: nurse, body: 'not yet indexed' });
    await journal.settled();
    const stuck = new SearchIndex({ database, clock: systemClock, metrics: new Metrics(), upTo: () => ids[0]! });
    const { hits, indexedUntil } = await new OfficerArchive(database, stuck).search({
      text: 'indexed',
      limit: 1,
      scope: '*',
    });
    expect(hits).toEqual([]);
    expect(indexedUntil).toBe(reached);
  });
});
