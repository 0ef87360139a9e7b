import { cp, mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { SEAL_ORIGIN, SealedArchive } from '../../../../test/support/sealed-archive.js';
import { openCheckpoint } from './checkpoint.js';
import { CompactRange, isConsistent, leafHash } from './merkle.js';
import { isSignedBy, openNote, parseVerifierKey } from './note.js';
import { endRefusal } from './seal.js';
import { SealedLog } from './sealed-log.js';

let archive: SealedArchive;
beforeEach(async () => {
  archive = await SealedArchive.open();
  return () => archive.close();
});

/** Everything that was ever signed, in the order of the sizes. */
async function checkpoints(database: TestDatabase = archive.database) {
  const rows = await database.query<{ size: number; root: Buffer; note: string }>(
    'app',
    'SELECT size, root, note FROM seal_checkpoints ORDER BY size',
  );
  return rows;
}

/** The rows as the database has them, as entries; the same order is not asked for. */
async function rootOfRows(): Promise<Buffer> {
  const rows = await archive.database.query<{ entry: Buffer }>(
    'owner',
    `SELECT '\\x01'::bytea || int8send(id) || leaf AS entry FROM journal ORDER BY id`,
  );
  const range = new CompactRange();
  for (const { entry } of rows) range.add(leafHash(entry));
  return range.root;
}

describe('the seal', () => {
  it('signs a tree over every recorded row, and what it signs is checked with its key', async () => {
    await archive.say(700);
    expect(await archive.sealNow()).toBe(700);
    await archive.say(3);
    expect(await archive.sealNow()).toBe(3);
    const [, last] = await checkpoints();
    expect(last).toMatchObject({ size: 703, root: await rootOfRows() });
    expect(isSignedBy(openNote(last!.note)!, parseVerifierKey(archive.keys.key))).toBe(true);
    const log = SealedLog.open(archive.folder)!;
    expect(log.latest()).toMatchObject({ origin: SEAL_ORIGIN, size: 703 });
    expect(log.subtree(0, 703)).toEqual(last!.root);
    const [first] = await checkpoints();
    expect(isConsistent({ ...first! }, { ...last! }, log.consistency(700, 703))).toBe(true);
    log.close();
  });

  it('finds the position of every row, in order and out of it', async () => {
    await archive.say(1_500);
    await archive.act('a');
    await archive.sealNow();
    await archive.say(1_500);
    await archive.sealNow();
    const log = SealedLog.open(archive.folder)!;
    const cursor = log.cursor();
    const expected = archive.ids.map((_, i) => (i < 1_500 ? i : i + 1));
    expect(archive.ids.map((id) => cursor.positionOf(id))).toEqual(expected);
    expect([2_999, 0, 1_500].map((i) => log.cursor().positionOf(archive.ids[i]!))).toEqual([3_000, 0, 1_501]);
    expect(cursor.positionOf(archive.ids[7]!)).toBe(7);
    expect(log.cursor().positionOf('7fffffffffffffff')).toBeUndefined();
    expect(log.lastId('audit')).toBe('0000000000000001');
    expect(log.lastId('journal')).toBe(archive.ids.at(-1));
    log.close();
  });

  // C-14
  it('holds the acts of officers in the same log, and nobody of the application can change one', async () => {
    await archive.say(2);
    await archive.act('0000000000000001');
    await archive.act('0000000000000002');
    expect(await archive.sealNow()).toBe(4);
    const log = SealedLog.open(archive.folder)!;
    expect([...log.entries(0, 4)].map(({ source }) => source)).toEqual(['journal', 'journal', 'audit', 'audit']);
    log.close();
    for (const role of ['app', 'writer', 'reader', 'officer', 'disposer'] as const)
      for (const sql of [
        `UPDATE audit SET reason = ''`,
        'DELETE FROM audit',
        'TRUNCATE audit',
        `UPDATE seal_checkpoints SET note = ''`,
        'DELETE FROM seal_checkpoints',
      ])
        await expect(archive.database.query(role, sql)).rejects.toMatchObject({ code: '42501' });
  });

  // C-06
  it('goes on after a crash at any step, with no row left out or taken twice, and signs nothing else than before', async () => {
    await archive.say(300);
    await archive.sealNow();
    const signed: string[] = [];
    for (const step of ['before the signature', 'after it'] as const) {
      await archive.say(5);
      await archive.act(step);
      const sign = async (text: string): Promise<string> => {
        const note = await archive.keys.sign(text);
        if (step === 'after it') signed.push(note);
        throw new Error('killed');
      };
      await expect(archive.sealNow({ sign })).rejects.toThrow('killed');
      // What was about to be signed stays as it was, whatever has come since.
      await archive.say(2);
    }
    expect(await archive.sealNow()).toBe(10);
    const log = SealedLog.open(archive.folder)!;
    const entries = [...log.entries(0, log.latest().size)];
    expect(entries).toHaveLength(300 + 2 * 8);
    expect(entries.filter(({ source }) => source === 'journal').map(({ id }) => id)).toEqual(archive.ids);
    const all = await checkpoints();
    for (const note of signed) {
      const { size, root } = openCheckpoint(note)!;
      expect(log.subtree(0, size)).toEqual(root);
    }
    expect(all.at(-1)!.size).toBe(entries.length);
    log.close();
  });

  it('finds a checkpoint that was recorded but not yet in its file, and takes it for its own', async () => {
    await archive.say(5);
    const before = await mkdtemp(path.join(tmpdir(), 'seal-before-'));
    await archive.sealNow();
    await archive.say(5);
    await cp(archive.folder, before, { recursive: true });
    await archive.sealNow();
    for (const file of ['checkpoint', 'head.json']) await cp(path.join(before, file), path.join(archive.folder, file));
    await rm(before, { recursive: true });
    expect(await archive.sealNow()).toBe(0);
    expect((await checkpoints()).map(({ size }) => size)).toEqual([5, 10]);
    expect(await readFile(path.join(archive.folder, 'checkpoint'), 'utf8')).toContain('\n10\n');
  });
});

// C-04
describe('a seal that must not sign', () => {
  let old: TestDatabase;
  beforeAll(async () => {
    old = await openDatabase();
  });
  afterAll(() => old.drop());

  it('refuses over a database that was set back, until an operator has looked', async () => {
    await archive.say(3);
    await archive.sealNow();
    await expect(archive.sealNow({ database: old })).rejects.toMatchObject({
      code: 'SEAL_REFUSED',
      message: expect.stringContaining('set back'),
    });
    await expect(archive.sealNow()).rejects.toMatchObject({ code: 'SEAL_REFUSED' });
    endRefusal(archive.folder);
    await archive.say(1);
    expect(await archive.sealNow()).toBe(1);
  });

  it('notices that while it runs, too', async () => {
    await archive.say(3);
    const seal = archive.seal();
    await seal.open();
    await seal.seal();
    await archive.database.query('owner', 'TRUNCATE seal_checkpoints');
    await expect(seal.check()).rejects.toMatchObject({ code: 'SEAL_REFUSED' });
    seal.close();
  });

  it('refuses without its files, and with damaged ones', async () => {
    await archive.say(300);
    await archive.sealNow();
    const empty = await mkdtemp(path.join(tmpdir(), 'seal-empty-'));
    const lost = await archive.sealNow({ folder: empty }).catch((error: unknown) => error);
    expect(lost).toMatchObject({ code: 'SEAL_REFUSED', message: expect.stringContaining('backup') });
    await rm(empty, { recursive: true });
    await cp(archive.folder, empty, { recursive: true });
    await truncate(path.join(empty, 'entries'), 41 * 290);
    const damaged = await archive.sealNow({ folder: empty }).catch((error: unknown) => error);
    expect(damaged).toMatchObject({ code: 'SEAL_REFUSED', message: expect.stringContaining('damaged') });
    await rm(empty, { recursive: true });
  });

  it('lets one of two sign that began from the same files', async () => {
    await archive.say(3);
    await archive.sealNow();
    const copy = await mkdtemp(path.join(tmpdir(), 'seal-copy-'));
    await cp(archive.folder, copy, { recursive: true });
    const other = archive.seal({ folder: copy });
    await other.open();
    await archive.say(1);
    await archive.sealNow();
    await archive.say(1);
    await expect(other.seal()).rejects.toMatchObject({ code: 'SEAL_REFUSED' });
    other.close();
    await rm(copy, { recursive: true });
    expect((await checkpoints()).map(({ size }) => size)).toEqual([3, 4]);
  });

  it('refuses when the last rows that were sealed are gone', async () => {
    await archive.say(3);
    await archive.sealNow();
    await archive.database.query('owner', 'DELETE FROM journal WHERE id = (SELECT max(id) FROM journal)');
    await expect(archive.sealNow()).rejects.toMatchObject({ code: 'SEAL_REFUSED' });
  });
});
