import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { SEAL_DAY, SEAL_ORIGIN, SealedArchive } from '../../../../test/support/sealed-archive.js';
import { PostgresLink } from '../postgres-link.js';
import { CompactRange, leafHash } from './merkle.js';
import { readRows } from './recorded-rows.js';
import { SealKeys } from './seal-keys.js';
import { SealedLog } from './sealed-log.js';
import { SealRecords } from './seal-records.js';
import { Trust, wholeHistory } from './trust.js';
import { LogVerifier, type LogVerifierOptions, type Verification } from './verify-log.js';

let archive: SealedArchive;
beforeEach(async () => {
  archive = await SealedArchive.open();
  return () => archive.close();
});

async function verify(more: Partial<LogVerifierOptions> = {}): Promise<Verification> {
  const log = SealedLog.open(archive.folder)!;
  const { database, folder } = archive;
  const latest = log.latest();
  log.close();
  const records = new SealRecords(database, SEAL_ORIGIN);
  const trust = Trust.of(wholeHistory(archive.keys.history), []);
  return new LogVerifier({ database, records, folder, latest, trust, isDisposed: () => false, ...more }).verify();
}

const asOwner = (sql: string): Promise<unknown> => archive.database.query('owner', sql);
const idOf = (n: number): string => BigInt(`0x${archive.ids[n]!}`).toString();

async function sealed(count: number): Promise<void> {
  await archive.say(count);
  await archive.act('m');
  await archive.sealNow();
}

describe('verifying the log', () => {
  it('finds nothing wrong with what nobody touched, and counts what is not sealed yet', async () => {
    await sealed(900);
    await archive.say(4);
    await archive.sealNow();
    await archive.say(3);
    expect(await verify()).toMatchObject({
      size: 905,
      journal: 904,
      audit: 1,
      unsealed: 3,
      checkpoints: 2,
      disposed: 0,
      faults: [],
      faultCount: 0,
      sealedThrough: archive.ids[903],
    });
  });

  // C-03
  it('names every row that the owner of the database has touched, whatever was done to it', async () => {
    await sealed(200);
    await archive.say(20);
    await archive.sealNow();
    await asOwner(`UPDATE journal SET author = 'mallory@im.example' WHERE id = ${idOf(1)}`);
    await asOwner(`UPDATE journal_content SET body = body || ' ' WHERE id = ${idOf(2)}`);
    await asOwner(
      `UPDATE journal_content SET stanza = set_bit(stanza, 77, 1 - get_bit(stanza, 77)) WHERE id = ${idOf(3)}`,
    );
    await asOwner(`UPDATE journal SET at = at + interval '1 microsecond' WHERE id = ${idOf(4)}`);
    await asOwner(`UPDATE journal SET leaf = sha256(leaf) WHERE id = ${idOf(5)}`);
    await asOwner(`UPDATE journal SET salt = sha256(salt) WHERE id = ${idOf(6)}`);
    await asOwner(`UPDATE journal SET about = 7 WHERE id = ${idOf(8)}`);
    await asOwner(`DELETE FROM journal WHERE id = ${idOf(9)}`);
    await asOwner(`DELETE FROM journal_content WHERE id = ${idOf(10)}`);
    await asOwner(
      `INSERT INTO journal SELECT (j).* FROM (SELECT jsonb_populate_record(j, jsonb_build_object('id', j.id + 1)) AS j FROM journal j WHERE id = ${idOf(12)}) x`,
    );
    await asOwner(
      `UPDATE journal_content a SET stanza = b.stanza, body = b.body FROM journal_content b WHERE (a.id, b.id) IN ((${idOf(13)}, ${idOf(14)}), (${idOf(14)}, ${idOf(13)}))`,
    );
    await asOwner(`DELETE FROM journal WHERE id >= ${idOf(215)}`);
    await asOwner(`UPDATE audit SET subject = 'x'`);
    const { faults } = await verify();
    const at = (n: number): string => archive.ids[n]!;
    expect(faults.map(({ kind, source, id }) => [kind, source, id])).toEqual(
      expect.arrayContaining([
        ...[1, 2, 3, 5, 6, 8, 13, 14].map((n) => ['altered', 'journal', at(n)]),
        ...[9, 215, 216, 217, 218, 219].map((n) => ['missing', 'journal', at(n)]),
        // Content is found by id and moment: of a row that was dated back it is not there any more.
        ...[4, 10].map((n) => ['disposed-without-certificate', 'journal', at(n)]),
        ['inserted', 'journal', (BigInt(`0x${at(12)}`) + 1n).toString(16).padStart(16, '0')],
        ['altered', 'audit', '0000000000000001'],
      ]),
    );
    expect(faults).toHaveLength(8 + 6 + 2 + 1 + 1);
    expect(faults.find(({ id }) => id === at(1))).toMatchObject({
      position: 1,
      text: expect.stringContaining('leaf 1)'),
    });
  });

  // C-03
  it('finds the whole tree computed anew without the key, and names the row', async () => {
    await sealed(50);
    await archive.say(50);
    await archive.sealNow();
    const { rows, root } = await forged();
    await asOwner(
      `UPDATE seal_checkpoints SET root = '\\x${root}', note = regexp_replace(note, '[^\\n]+\\n\\n', '${Buffer.from(root, 'hex').toString('base64')}' || E'\\n\\n') WHERE size = 101`,
    );
    const { faults } = await verify();
    expect(rows).toBe(1);
    expect(faults.map(({ kind, id }) => [kind, id])).toEqual([
      ['signature', undefined],
      ['tree', undefined],
      ['altered', archive.ids[77]],
    ]);
  });

  it('finds checkpoints that were taken away, or are not those that were shown to others', async () => {
    await sealed(5);
    await archive.say(1);
    await archive.sealNow();
    await archive.say(1);
    await archive.sealNow();
    const other = await SealedArchive.open();
    await other.say(3);
    await other.sealNow();
    const log = SealedLog.open(other.folder)!;
    const known = [{ ...log.latest(), size: 6 }];
    log.close();
    await other.close();
    await asOwner('DELETE FROM seal_checkpoints WHERE size = 7');
    const { faults } = await verify({ known });
    expect(faults.map(({ kind, text }) => [kind, text])).toEqual([
      ['tree', expect.stringContaining('with 6 entries')],
      ['checkpoint', expect.stringContaining('one is missing')],
    ]);
  });

  it('accepts content that is gone when a certificate names it', async () => {
    await sealed(3);
    await asOwner(`DELETE FROM journal_content WHERE id = ${idOf(1)}`);
    const gone = archive.ids[1];
    expect(await verify({ isDisposed: ({ id }) => id === gone })).toMatchObject({ disposed: 1, faults: [] });
  });
});

// C-08
describe('keys that change', () => {
  it('verifies old checkpoints by the history, from the first key alone', async () => {
    const first = archive.keys.key;
    await sealed(4);
    await archive.keys.rotate({ size: 5, isStolen: false });
    await archive.say(4);
    await archive.sealNow();
    const given = wholeHistory([{ key: first, from: 0, at: new Date(SEAL_DAY).toISOString() }]);
    expect(await verify({ trust: Trust.of(given, archive.keys.history) })).toMatchObject({
      checkpoints: 2,
      faults: [],
    });
    expect((await verify({ trust: Trust.of(given, []) })).faults).toHaveLength(2);
    const ended = given.map((key) => ({ ...key, until: 5, isEnded: true }));
    const { faults } = await verify({ trust: Trust.of(ended, archive.keys.history) });
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(['signature']));
  });

  it('refuses what a stolen key signs beyond its end, and whom it hands over to', async () => {
    await sealed(4);
    const copy = await mkdtemp(path.join(tmpdir(), 'interoffice-thief-'));
    await cp(archive.folder, copy, { recursive: true });
    const thief = await SealKeys.open({ folder: copy, origin: SEAL_ORIGIN, clock: archive.clock });
    await archive.keys.rotate({ size: 5, isStolen: true });
    await archive.say(1);
    await archive.sealNow({ sign: (text) => thief.sign(text) });
    await rm(copy, { recursive: true });
    const trust = Trust.of(wholeHistory(archive.keys.history), []);
    expect((await verify({ trust })).faults.map(({ kind, text }) => [kind, text])).toEqual([
      ['signature', expect.stringContaining('valid then')],
      ['signature', expect.stringContaining('latest')],
    ]);
  });
});

/** One row rewritten with a leaf that fits, and the root over all rows as they are then. */
async function forged(): Promise<{ rows: number; root: string }> {
  await asOwner(`UPDATE journal SET author = 'mallory@im.example' WHERE id = ${idOf(77)}`);
  const link = new PostgresLink(archive.database.connectionOf('reader'), 10_000);
  await link.open();
  const range = { after: '0000000000000000', upTo: archive.ids[99]! };
  const rows = await readRows(link, 'journal', range);
  link.close();
  const changed = rows.filter(({ stored, computed }) => !computed!.equals(stored));
  for (const { id, computed } of changed)
    await asOwner(`UPDATE journal SET leaf = '\\x${computed!.toString('hex')}' WHERE id = ${BigInt(`0x${id}`)}`);
  const tree = new CompactRange();
  const entry = (source: number, id: string, leaf: Buffer): Buffer =>
    Buffer.concat([Buffer.of(source), Buffer.from(id, 'hex'), leaf]);
  const [deed] = await archive.database.query<{ leaf: Buffer }>('app', 'SELECT leaf FROM audit');
  for (const [i, { id, computed }] of rows.entries()) {
    tree.add(leafHash(entry(1, id, computed!)));
    if (i === 49) tree.add(leafHash(entry(2, '0000000000000001', deed!.leaf)));
  }
  return { rows: changed.length, root: tree.root.toString('hex') };
}
