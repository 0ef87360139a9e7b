import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Jobs } from '@interoffice/jobs';
import { silentLog } from '@interoffice/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SEAL_ORIGIN, SealedArchive } from '../../../../test/support/sealed-archive.js';
import { parsePolicy } from '../seal/policy.js';
import { verifyBundle } from '../seal/verify-bundle.js';
import { exportKind } from './export-kind.js';
import { Exports } from './exports.js';
import type { ExportFilter, ExportRequest } from './request.js';

/** A process runs what is built: `npm test` builds first. */
const worker = new URL('../../dist/export-worker.js', import.meta.url);
let archive: SealedArchive;
let folder: string;
let jobs: Jobs;
let exports: Exports;

beforeEach(async () => {
  archive = await SealedArchive.open();
  folder = mkdtempSync(path.join(tmpdir(), 'interoffice-bundle-'));
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
  jobs = new Jobs({ sql: { query }, kinds: [kind], clock: archive.clock, log: silentLog });
  exports = new Exports(jobs, folder);
  await jobs.start();
});
afterEach(async () => {
  await jobs.stop();
  await archive.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The folder of what was exported. */
async function exported(filter: ExportFilter = {}): Promise<string> {
  const asked = { format: 'eml', splitBytes: 1e9, role: 'officer', reason: 'case 17', address: '::1' } as const;
  const request: ExportRequest = { ...asked, filter, scope: '*', requestedBy: 'olga@im.example' };
  const { id } = await exports.start(request);
  await jobs.settled();
  expect(await exports.find(id, '*')).toMatchObject({ state: 'done', problem: undefined });
  return exports.pathOf(id);
}

describe('what is exported from a sealed archive', () => {
  // C-05
  it('is accepted by the verifier, all of it or a part, with what was recorded a moment before it was asked for', async () => {
    const policy = parsePolicy(`log ${archive.keys.key}\n`);
    await archive.say(700);
    await archive.act('m');
    await archive.sealNow();
    await archive.say(3);
    const found = { origin: SEAL_ORIGIN, size: 704, disposed: 0 };
    expect(await verifyBundle(await exported(), policy)).toMatchObject({ ...found, records: 703 });
    const part = await exported({ text: 'message 70' });
    expect(await verifyBundle(part, policy)).toMatchObject({ ...found, records: 4 });
    const none = await exported({ peer: 'nobody.example' });
    expect(await verifyBundle(none, policy)).toMatchObject({ ...found, records: 0 });
  });

  // C-03
  it('has what somebody put into the table among its exceptions, and is accepted without it', async () => {
    const policy = parsePolicy(`log ${archive.keys.key}\n`);
    await archive.say(20);
    await archive.sealNow();
    const forged = (BigInt(`0x${archive.ids[7]!}`) + 1n).toString();
    const of = String(BigInt(`0x${archive.ids[7]!}`));
    await archive.database.query(
      'owner',
      `CREATE TEMP TABLE forged AS SELECT * FROM journal WHERE id = ${of};
       UPDATE forged SET id = ${forged}, author = 'mallory@im.example';
       INSERT INTO journal SELECT * FROM forged; DROP TABLE forged`,
    );
    const bundle = await exported();
    expect(await verifyBundle(bundle, policy)).toMatchObject({ records: 20 });
    const [exception] = readFileSync(path.join(bundle, 'exceptions.jsonl'), 'utf8').trim().split('\n');
    expect(JSON.parse(exception!)).toMatchObject({ kind: 'not-sealed', row: { author: 'mallory@im.example' } });
  });
});
