import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Jobs } from '@interoffice/jobs';
import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { testNotary } from '../../../../test/support/notary.js';
import { party, PASS, said } from '../../../../test/support/recordable.js';
import { Journal } from '../journal.js';
import { PostgresSink } from '../postgres-sink.js';
import { isSignedBy, openNote, parseVerifierKey } from '../seal/note.js';
import { type ExportDeed, exportKind } from './export-kind.js';
import { Exports } from './exports.js';
import type { ExportRequest } from './request.js';
import { signedText } from './manifest.js';

/** A process runs what is built: `npm test` builds first. */
const worker = new URL('../../dist/export-worker.js', import.meta.url);
const REQUEST: ExportRequest = {
  format: 'jsonl',
  filter: {},
  scope: 'Berlin',
  splitBytes: 1e9,
  requestedBy: 'olga@im.example',
  role: 'officer',
  reason: 'case 17',
  address: '::1',
};

const notary = testNotary('im.example/archive');
const deeds: ExportDeed[] = [];
let folder: string;
let database: TestDatabase;
let journal: Journal<undefined, undefined>;
let jobs: Jobs;
let exports: Exports;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'interoffice-exports-'));
  database = await openDatabase();
  const metrics = new Metrics();
  const sink = new PostgresSink({ connection: database.connectionOf('writer'), log: silentLog, metrics });
  await sink.open(systemClock.now());
  const options = { sink, clock: systemClock, log: silentLog, metrics };
  journal = new Journal({ ...options, onReleased: () => undefined, onPoisoned: () => undefined });
  for (let nth = 0; nth < 20; nth++) {
    const message = said({
      from: party(1, 'romeo@im.example/phone'),
      to: party(2, 'juliet@im.example'),
      body: 'ok',
      nth,
    });
    journal.append(message, PASS, undefined, 0, undefined);
  }
  await journal.settled();
  const { connection } = database;
  const kind = exportKind({
    connection,
    folder,
    version: '1.2.3',
    domain: 'im.example',
    notary,
    seal: undefined,
    settle: undefined,
    worker,
    upTo: () => journal.releasedId,
    record: async (deed) => void deeds.push(deed),
  });
  const sql = {
    query: <R>(name: string, text: string, values: readonly unknown[]) =>
      database.prepared<R>('app', { name, text }, values),
  };
  jobs = new Jobs({ sql, kinds: [kind], clock: systemClock, log: silentLog });
  exports = new Exports(jobs, folder);
  await jobs.start();
});
afterAll(async () => {
  await jobs.stop();
  await journal.close(1_000);
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

describe('exports', () => {
  // C-05, W-06
  it('are made in a process of their own, signed, and said in the audit log with the hash of what is handed over', async () => {
    const { id } = await exports.start(REQUEST);
    await jobs.settled();
    const made = await exports.find(id, 'Berlin');
    expect(made).toMatchObject({ state: 'done', result: { messages: 20, conversations: 1 }, problem: undefined });
    const names = exports.files({ id }).map(({ name }) => name);
    expect(names).toEqual([
      'conversations.jsonl',
      'custody.txt',
      'exceptions.jsonl',
      'manifest.json',
      'manifest.note',
      'messages-0001.jsonl',
      'records.jsonl',
    ]);
    const note = openNote(readFileSync(path.join(folder, id, 'manifest.note'), 'utf8'))!;
    expect(note.text).toBe(signedText(readFileSync(path.join(folder, id, 'manifest.json'))));
    expect(isSignedBy(note, parseVerifierKey(notary.key))).toBe(true);
    const { manifestSha256 } = made!.result!;
    expect(deeds.at(-1)).toMatchObject({ action: 'archive.export.finished', job: id, details: { manifestSha256 } });
    expect(readFileSync(path.join(folder, id, 'custody.txt'), 'utf8')).toContain(
      'olga@im.example (officer), for the office Berlin',
    );
  });

  // W-03
  it('are there for officers of the same offices, and of all', async () => {
    const { id } = await exports.start(REQUEST);
    await jobs.settled();
    expect(await exports.find(id, 'Tokyo')).toBeUndefined();
    expect(await exports.find(id, '*')).toMatchObject({ id });
    expect(await exports.list('Tokyo', { limit: 5 })).toEqual([]);
    expect((await exports.list('*', { limit: 1 })).map((made) => made.id)).toEqual([id]);
  });

  it('fail visibly, and go on when what was wrong is mended', async () => {
    deeds.length = 0;
    const { sign } = notary;
    notary.sign = () => Promise.reject(new Error('the key is in the safe'));
    const { id } = await exports.start(REQUEST);
    await jobs.settled();
    expect(await exports.find(id, '*')).toMatchObject({ state: 'failed', problem: { text: 'the key is in the safe' } });
    expect(deeds.map(({ action }) => action)).toEqual(['archive.export.failed']);
    notary.sign = sign;
    expect(await exports.resume(id)).toBe(true);
    await jobs.settled();
    expect(await exports.find(id, '*')).toMatchObject({ state: 'done', result: { messages: 20 } });
  });
});
