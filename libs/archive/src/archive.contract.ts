import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { party, PASS, said, type Said } from '../../../test/support/recordable.js';
import { formatId } from './ids.js';
import { Journal } from './journal.js';
import type { ArchiveReader } from './reader.js';
import type { Decision, Recordable } from './recordable.js';
import type { Sink } from './sink.js';

export interface Opened {
  readonly sink: Sink;
  readonly reader: ArchiveReader;
  close(): Promise<void>;
}

const romeo = party(1, 'romeo@im.example/phone');
const juliet = party(2, 'juliet@im.example/balcony');
const nurse = party(3, 'nurse@im.example');
const garden = party(-4, 'garden@rooms.im.example');
const DAY = Date.UTC(2026, 5, 1);

/** What every archive does, whatever it is made of. */
export function describeArchive(name: string, open: () => Promise<Opened>): void {
  describe(name, () => {
    let archive: Opened;
    let reader: ArchiveReader;
    let journal: Journal<string, string>;
    const released: { body: string; author: string; to: string; sequence: number; recorded: number; flags: number }[] =
      [];
    const ids: string[] = [];

    const say = (message: Said, decision: Decision = PASS): Recordable => {
      const r = said(message);
      journal.append(r, decision, message.from.bare.toString(), ids.length, message.to.bare.toString());
      ids.push(formatId(r.idHigh, r.idLow));
      return r;
    };

    beforeAll(async () => {
      archive = await open();
      reader = archive.reader;
      journal = new Journal({
        sink: archive.sink,
        clock: systemClock,
        log: silentLog,
        metrics: new Metrics(),
        onPoisoned: () => undefined,
        onReleased: (batch) => {
          for (let i = 0; i < batch.count; i++) {
            const body = batch.bytes.toString('utf8', batch.start[i], batch.end[i]);
            const [author, to] = [batch.authors[i]!, batch.targets[i]!];
            const [sequence, recorded, flags] = [batch.sequence[i]!, batch.recorded[i]!, batch.flags[i]!];
            released.push({ body, author, to, sequence, recorded, flags });
          }
        },
      });
      for (let i = 0; i < 20; i++) {
        const [from, to] = i % 2 === 0 ? [romeo, juliet] : [juliet, romeo];
        say({
          from,
          to,
          body: `line ${i} &amp; &#x1F339; ü`,
          atMs: DAY + i * 60_000,
          thread: 'a&lt;b',
          originId: `o${i}`,
        });
      }
      say({ from: nurse, to: juliet, body: 'Madam!', atMs: DAY + 3_600_000 });
      say({ from: romeo, to: romeo, body: 'note to self', atMs: DAY + 3_700_000 });
      say(
        { from: nurse, to: juliet, body: 'never', atMs: DAY + 3_800_000 },
        { ...PASS, verdict: 'refused', decisionId: 'd1' },
      );
      say({ from: romeo, to: juliet, atMs: DAY + 3_900_000 }, { ...PASS, record: false });
      say({ from: nurse, to: juliet, body: 'headline', kind: 2, atMs: DAY + 4_000_000 });
      say({ from: nurse, to: juliet, body: 'to a device that is gone', kind: 1, atMs: DAY + 4_100_000 });
      say({ from: nurse, to: garden, body: 'in the garden', kind: 3, atMs: DAY + 4_200_000 });
      await journal.settled();
    });
    afterAll(async () => {
      await journal.close(1_000);
      await archive.close();
    });

    it('releases everything in the order it was added, as it will be delivered', () => {
      expect(released.map(({ sequence }) => sequence)).toEqual(ids.map((_, i) => i));
      expect(released[0]).toMatchObject({ author: 'romeo@im.example', to: 'juliet@im.example', recorded: 1, flags: 5 });
      expect(released[0]!.body).toContain('<body>line 0 &amp; &#x1F339; ü</body>');
      expect(journal.uncommittedBytes).toBe(0);
      expect(journal.state).toBe('working');
    });

    it('gives back an entry that is not to be kept in its place, without a row', async () => {
      expect(released[23]).toMatchObject({ recorded: 0 });
      const page = await reader.page({ accountId: 2, max: 100 });
      expect(page!.rows.map(({ id }) => id)).not.toContain(ids[23]);
    });

    it('knows the latest id that can be read', () => {
      expect(journal.releasedId).toBe(ids.at(-1));
    });

    it('shows an account what it wrote and received, oldest first, byte for byte', async () => {
      const page = await reader.page({ accountId: 1, max: 100 });
      expect(page).toMatchObject({ complete: true, count: 21, firstIndex: 0 });
      expect(page!.rows.map(({ id }) => id)).toEqual([...ids.slice(0, 20), ids[21]]);
      expect(page!.rows[3]!.stanza.toString()).toBe(released[3]!.body);
      expect(page!.rows[3]!.atMs).toBe(DAY + 180_000);
    });

    it('never shows what was refused', async () => {
      for (const accountId of [2, 3]) {
        const page = await reader.page({ accountId, max: 100 });
        expect(page!.rows.some(({ stanza }) => stanza.includes('never'))).toBe(false);
      }
    });

    it('shows a message to oneself once', async () => {
      const page = await reader.page({ accountId: 1, with: 'romeo@im.example', max: 10 });
      expect(page!.rows.map(({ id }) => id)).toEqual([ids[21]]);
    });

    // XEP-0313 §4.1.1: bare for the person, full for one device.
    it('narrows a page to one person or one device', async () => {
      expect((await reader.page({ accountId: 2, with: 'nurse@im.example', max: 9 }))!.rows).toHaveLength(3);
      expect((await reader.page({ accountId: 2, with: 'romeo@im.example/phone', max: 50 }))!.rows).toHaveLength(20);
      expect((await reader.page({ accountId: 2, with: 'romeo@im.example/desk', max: 50 }))!.rows).toEqual([]);
      expect((await reader.page({ accountId: 2, with: 'nobody@im.example', max: 50 }))!.complete).toBe(true);
    });

    it('narrows a page to a span of time, both ends included', async () => {
      const page = await reader.page({ accountId: 1, startMs: DAY + 60_000, endMs: DAY + 180_000, max: 50 });
      expect(page!.rows.map(({ id }) => id)).toEqual(ids.slice(1, 4));
    });

    // XEP-0059 §2.3
    it('pages forwards without gap or repetition', async () => {
      const seen: string[] = [];
      for (let afterId: string | undefined; ;) {
        const page = await reader.page({ accountId: 1, afterId, max: 4 });
        seen.push(...page!.rows.map(({ id }) => id));
        if (page!.complete) break;
        afterId = seen.at(-1);
      }
      expect(seen).toEqual([...ids.slice(0, 20), ids[21]]);
    });

    it('gives nothing later than asked for, whichever way it pages', async () => {
      const until = { accountId: 1, untilId: ids[3]!, max: 2 };
      expect((await reader.page(until))!.rows.map(({ id }) => id)).toEqual(ids.slice(0, 2));
      expect((await reader.page({ ...until, backwards: true }))!.rows.map(({ id }) => id)).toEqual(ids.slice(2, 4));
    });

    // XEP-0059 §2.5
    it('pages backwards without gap or repetition', async () => {
      const seen: string[] = [];
      for (let beforeId: string | undefined; ;) {
        const page = await reader.page({ accountId: 1, beforeId, backwards: true, max: 4 });
        seen.unshift(...page!.rows.map(({ id }) => id));
        if (page!.complete) break;
        beforeId = seen[0];
      }
      expect(seen).toEqual([...ids.slice(0, 20), ids[21]]);
    });

    it('gives the messages of a list of ids, and nothing when one is not the account’s', async () => {
      const page = await reader.page({ accountId: 1, ids: [ids[4]!, ids[2]!], max: 10 });
      expect(page!.rows.map(({ id }) => id)).toEqual([ids[2], ids[4]]);
      expect(await reader.page({ accountId: 1, ids: [ids[2]!, ids[20]!], max: 10 })).toBeUndefined();
    });

    it('does not know a page after a message that is not the account’s, or is none', async () => {
      expect(await reader.page({ accountId: 1, afterId: ids[20], max: 10 })).toBeUndefined();
      expect(await reader.page({ accountId: 1, beforeId: 'ffffffffffffffff', max: 10 })).toBeUndefined();
    });

    it('counts a selection when no rows are asked for', async () => {
      expect(await reader.page({ accountId: 1, with: 'juliet@im.example', max: 0 })).toMatchObject({
        rows: [],
        count: 20,
      });
      expect(await reader.page({ accountId: 99, max: 0 })).toMatchObject({ complete: true, count: 0 });
    });

    it('tells where an account’s archive begins and ends', async () => {
      expect(await reader.metadata(1)).toEqual({
        first: { id: ids[0], atMs: DAY },
        last: { id: ids[21], atMs: DAY + 3_700_000 },
      });
      expect(await reader.metadata(99)).toEqual({});
    });

    it('gives what an account has sent since a moment: the ids, and the stanzas under one of them', async () => {
      const all = await reader.sentIds({ accountId: 1, sinceMs: DAY - 1 });
      const some = await reader.sentIds({ accountId: 1, sinceMs: DAY + 120_000 });
      expect(all.length).toBeGreaterThan(some.length);
      expect(all.slice(0, some.length)).toEqual(some);
      const stanzas = await reader.sentWith({ accountId: 1, sinceMs: DAY - 1, id: some[0]! });
      expect(stanzas.map(String).join()).toContain(some[0]!);
      expect(await reader.sentWith({ accountId: 1, sinceMs: DAY - 1, id: 'never sent' })).toEqual([]);
      expect(await reader.sentIds({ accountId: 99, sinceMs: 0 })).toEqual([]);
    });

    // XEP-0198 §5
    it('gives everything an account wrote or received behind a position, with the devices it went between', async () => {
      const passed = await reader.passed({ accountId: 1, afterId: ids[16]!, untilId: ids.at(-1)!, max: 10 });
      expect(passed.map(({ id }) => id)).toEqual([ids[17], ids[18], ids[19], ids[21]]);
      expect(await reader.passed({ accountId: 1, afterId: ids[16]!, untilId: ids[18]!, max: 10 })).toHaveLength(2);
      expect(await reader.passed({ accountId: 1, afterId: ids[0]!, untilId: ids.at(-1)!, max: 2 })).toHaveLength(2);
      const own = await reader.page({ accountId: 1, ids: [ids[17]!], max: 1 });
      expect(passed[0]).toMatchObject({ ...own!.rows[0]!, kind: 0 });
      expect([passed[0]!.authorId, passed[0]!.receiverId]).toContain(1);
      expect([typeof passed[0]!.authorDevice, typeof passed[0]!.receiverDevice]).toEqual(['string', 'string']);
    });

    // RFC 6121 §8.5.2.2
    it('gives who was away the messages received behind a mark, up to a moment', async () => {
      const waiting = await reader.after({ accountId: 2, afterId: ids[16]!, untilId: ids.at(-1)!, max: 10 });
      expect(waiting.map(({ id }) => id)).toEqual([ids[18], ids[20]]);
      expect(await reader.after({ accountId: 2, afterId: ids[16]!, untilId: ids[18]!, max: 10 })).toHaveLength(1);
      expect(await reader.after({ accountId: 2, afterId: ids[0]!, untilId: ids.at(-1)!, max: 2 })).toHaveLength(2);
    });

    it('gives who was away also what was said in rooms while he was in them', async () => {
      const query = { accountId: 2, afterId: ids[16]!, untilId: ids.at(-1)!, max: 10 };
      const stay = { roomId: -4, afterId: ids[20]!, untilId: undefined };
      const waiting = await reader.after({ ...query, rooms: [stay] });
      expect(waiting.map(({ id }) => id)).toEqual([ids[18], ids[20], ids[26]]);
      expect(waiting.at(-1)).toMatchObject({ kind: 3, receiverId: -4 });
      expect(await reader.after({ ...query, rooms: [{ ...stay, untilId: ids[25] }] })).toHaveLength(2);
    });
  });
}
