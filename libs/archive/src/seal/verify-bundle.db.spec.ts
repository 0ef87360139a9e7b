import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Jobs } from '@interoffice/jobs';
import { silentLog } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { damagesOf } from '../../../../test/support/damaged-exports.js';
import { SEAL_ORIGIN, SealedArchive } from '../../../../test/support/sealed-archive.js';
import { exportKind } from '../export/export-kind.js';
import { Exports } from '../export/exports.js';
import { parsePolicy } from './policy.js';
import { verifyBundle } from './verify-bundle.js';

/** A thread runs what is built: `npm test` builds first. */
const worker = new URL('../../dist/export-worker.js', import.meta.url);
let archive: SealedArchive;
let folder: string;
let good: string;

beforeAll(async () => {
  archive = await SealedArchive.open();
  folder = await mkdtemp(path.join(tmpdir(), 'interoffice-damaged-'));
  const { database, keys } = archive;
  const kind = exportKind({
    connection: database.connection,
    folder,
    version: '1.2.3',
    domain: 'im.example',
    seal: archive.folder,
    notary: keys,
    settle: async () => void (await archive.sealNow()),
    upTo: () => archive.upTo,
    record: async () => undefined,
    worker,
  });
  const query = <R>(name: string, text: string, values: readonly unknown[]): Promise<R[]> =>
    database.prepared<R>('app', { name, text }, values);
  const jobs = new Jobs({ sql: { query }, kinds: [kind], clock: archive.clock, log: silentLog });
  await jobs.start();
  await archive.say(60);
  await archive.act('m');
  const exports = new Exports(jobs, folder);
  const { id } = await exports.start({
    format: 'jsonl',
    splitBytes: 1e9,
    filter: { text: 'message 1' },
    role: 'officer',
    reason: 'case 17',
    scope: '*',
    requestedBy: 'olga@im.example',
    address: '::1',
  });
  await jobs.settled();
  await jobs.stop();
  good = exports.pathOf(id);
});
afterAll(async () => {
  await archive.close();
  await rm(folder, { recursive: true });
});

const policy = () => parsePolicy(`log ${archive.keys.key}\n`);

// C-05
describe('an export', () => {
  it('is accepted as it was made', async () => {
    expect(await verifyBundle(good, policy())).toMatchObject({ records: 11, disposed: 0, witnesses: 0 });
  });

  it('is refused when the policy wants another key, or witnesses that have not signed', async () => {
    const other = await SealedArchive.open();
    const wanted = parsePolicy(`log ${other.keys.key}\n`);
    const witnessed = parsePolicy(`log ${archive.keys.key}\nwitness ${other.keys.key}\nquorum 1\n`);
    await other.close();
    await expect(verifyBundle(good, wanted)).rejects.toMatchObject({ code: 'BUNDLE_REFUSED' });
    await expect(verifyBundle(good, witnessed)).rejects.toThrow('the policy asks for 1');
    const ended = parsePolicy(`log ${archive.keys.key} until 3 # stolen\n`);
    await expect(verifyBundle(good, ended)).rejects.toThrow('valid for it');
  });

  const names = damagesOf('', async (text) => text).map(({ name }) => name);
  it.each(names)('is refused with a reason: %s', async (name) => {
    const { damage } = damagesOf(SEAL_ORIGIN, (text) => archive.keys.sign(text)).find((one) => one.name === name)!;
    const parent = await mkdtemp(path.join(folder, 'copy-'));
    const copy = path.join(parent, 'export');
    await cp(good, copy, { recursive: true });
    await damage(copy);
    const refused = await verifyBundle(copy, policy()).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'BUNDLE_REFUSED', message: expect.stringMatching(/.{20}/) });
  });

  it('is damaged in more than twenty ways here', () => {
    expect(names.length).toBeGreaterThanOrEqual(20);
  });
});
