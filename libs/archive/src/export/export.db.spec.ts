import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Pace } from '@interoffice/jobs';
import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { party, PASS, said, type Said } from '../../../../test/support/recordable.js';
import { rootFrom, SmallLog } from '../../../../test/support/small-log.js';
import { unzip } from '../../../../test/support/unzip.js';
import { formatId } from '../ids.js';
import { Journal } from '../journal.js';
import { PostgresSink } from '../postgres-sink.js';
import type { Decision } from '../recordable.js';
import type { Checkpoint } from './checkpoint.js';
import type { Manifest } from './manifest.js';
import type { ExportedMessage } from './message.js';
import type { Proofs } from './proofs.js';
import type { ExportRecord } from './record.js';
import { EXPORT_FORMATS, type ExportFilter, type ExportFormat } from './request.js';
import { ExportRun, type ExportTask } from './run.js';

const DAY = Date.UTC(2026, 5, 1, 10);
const CLOCK = { now: (): number => DAY };
const PRODUCER = { version: '1.2.3', domain: 'im.example', job: '7', requestedAtMs: DAY };
const romeo = party(1, 'romeo@im.example/phone');
const juliet = party(2, 'juliet@im.example/balcony', 'Tokyo');
const nurse = party(3, 'nurse@im.example/hall', 'Tokyo');
const room = party(-4, 'piazza@rooms.im.example', 'Berlin');
const tybalt = party(0, 'tybalt@other.example/sword', '');
const DENIAL = '0b0e7a52-7c7e-4a4e-9a0e-0123456789ab';

let database: TestDatabase;
let journal: Journal<undefined, undefined>;
let log: SmallLog;
let folder: string;
const ids: string[] = [];

function say(message: Said, decision: Decision = PASS): string {
  const r = said({ atMs: DAY + ids.length * 1_000, ...message });
  journal.append(r, decision, undefined, 0, undefined);
  ids.push(formatId(r.idHigh, r.idLow));
  return ids.at(-1)!;
}

const corrected = (id: string): string => `<replace xmlns='urn:xmpp:message-correct:0' id='${id}'/>`;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'interoffice-export-'));
  database = await openDatabase();
  const accounts = [
    ['romeo@im.example', 'Romeo Montague'],
    ['juliet@im.example', 'Juliet Capulet'],
    ['nurse@im.example', 'The Nurse'],
  ];
  for (const values of accounts)
    await database.query('app', `INSERT INTO accounts (jid, directory, name) VALUES ($1, 'local', $2)`, values);
  const denial = `INSERT INTO denials (id, at, direction, sender, receiver, peer, classes, because, policy_version)
    VALUES ($1, now(), 'in', 'tybalt@other.example', 'nurse@im.example', 'other.example', '{chat}', 'rule no-swords denies it', 3)`;
  await database.query('app', denial, [DENIAL]);
  const metrics = new Metrics();
  const sink = new PostgresSink({ connection: database.connectionOf('writer'), log: silentLog, metrics });
  await sink.open(DAY);
  const options = { sink, clock: systemClock, log: silentLog, metrics };
  journal = new Journal({ ...options, onReleased: () => undefined, onPoisoned: () => undefined });
  say({ from: romeo, to: juliet, body: 'Wilt thou be gone? &lt;yes&gt;', id: 'a0' });
  say({
    from: juliet,
    to: romeo,
    body: '=HYPERLINK("x")',
    id: 'a1',
    more: `<reply xmlns='urn:xmpp:reply:0' id='a0'/>`,
  });
  say({ from: nurse, to: room, kind: 3, body: 'Madam!', room: 'piazza@rooms.im.example' });
  say({ from: tybalt, to: nurse, body: 'Draw!' }, { ...PASS, verdict: 'refused', decisionId: DENIAL });
  const link = `<x xmlns='jabber:x:oob'><url>https://files.im.example/a.pdf</url></x>`;
  say({ from: romeo, to: nurse, body: 'the letter', more: link });
  await journal.settled();
  say(
    { from: romeo, to: juliet, body: 'Wilt thou stay?', id: 'a5', more: corrected('a0') },
    { ...PASS, about: ids[0]! },
  );
  // One millisecond has room for thousands.
  for (let nth = 0; nth < 1_200; nth++)
    say({ from: romeo, to: juliet, body: `so many ${nth}`, atMs: DAY + 60_000, nth });
  await journal.settled();
  log = await SmallLog.of(database);
});
afterAll(async () => {
  await journal.close(1_000);
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

interface Asked {
  readonly filter?: ExportFilter;
  readonly format?: ExportFormat;
  readonly scope?: string;
  readonly splitBytes?: number;
}

let made = 0;
function taskOf({ filter = {}, format = 'jsonl', scope = '*', splitBytes = 1_000_000_000 }: Asked): ExportTask {
  const request = {
    format,
    filter,
    scope,
    splitBytes,
    requestedBy: 'olga@im.example',
    role: 'officer',
    reason: 'case 17',
    address: '::1',
  };
  const at = path.join(folder, String(++made));
  return { request, producer: PRODUCER, folder: at, checkpoint: undefined, upTo: ids.at(-1)!, exceptions: [] };
}

async function run(task: ExportTask, proofs: Proofs | 'none' = log, moved?: (at: Checkpoint) => void): Promise<void> {
  const move = async ({ checkpoint }: { checkpoint?: unknown }): Promise<void> => {
    if (checkpoint !== undefined) moved?.(checkpoint as Checkpoint);
  };
  const pace = new Pace();
  pace.follow(0);
  await new ExportRun(task, {
    pace,
    database,
    proofs: proofs === 'none' ? undefined : proofs,
    clock: CLOCK,
    move,
    checkpointRows: 500,
  }).run();
}

const text = (task: ExportTask, name: string): string => readFileSync(path.join(task.folder, name), 'utf8');
const lines = <T>(task: ExportTask, name: string): T[] =>
  text(task, name)
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as T);
const manifestIn = (task: ExportTask): Manifest => JSON.parse(text(task, 'manifest.json')) as Manifest;
const recordsIn = (task: ExportTask): ExportRecord[] => lines(task, 'records.jsonl');
const numbersIn = (task: ExportTask): number[] => recordsIn(task).map(({ id }) => ids.indexOf(id));

describe('export', () => {
  // C-05
  it('has every row once, in order, with what its leaf is made of', async () => {
    const task = taskOf({});
    await run(task);
    const records = recordsIn(task);
    expect(records.map(({ id }) => id)).toEqual(ids);
    for (const record of records) expect(leafOf(record)).toBe(record.leaf);
    expect(records[0]).toMatchObject({
      position: 0,
      source: 'journal',
      author: 'romeo@im.example',
      body: 'Wilt thou be gone? <yes>',
    });
    expect(manifestIn(task)).toMatchObject({
      counts: { messages: ids.length, conversations: 4 },
      firstId: ids[0],
      lastId: ids.at(-1),
      requestedBy: 'olga@im.example',
      reason: 'case 17',
      scope: '*',
    });
  });

  // C-05
  it('proves that its records are in the sealed log', async () => {
    for (const filter of [{}, { room: 'piazza@rooms.im.example' }, { peer: 'nowhere.example' }]) {
      const task = taskOf({ filter });
      await run(task);
      const proof = readFileSync(path.join(task.folder, 'proof.bin'));
      const shown = new Map(
        recordsIn(task).map(({ position, id, leaf }) => [position!, { id, leaf: Buffer.from(leaf, 'hex') }]),
      );
      expect(rootFrom(shown, log.cut().size, proof)).toEqual(log.root);
      expect(text(task, 'checkpoint')).toBe(log.cut().note);
    }
  });

  it('names each of its files with size and hash', async () => {
    const task = taskOf({});
    await run(task);
    const { files } = manifestIn(task);
    const others = readdirSync(task.folder).filter((name) => name !== 'manifest.json' && name !== 'work');
    expect(files.map(({ path: name }) => name)).toEqual(others.toSorted());
    for (const { path: name, size, sha256 } of files) {
      const content = readFileSync(path.join(task.folder, name));
      expect([content.length, createHash('sha256').update(content).digest('hex')]).toEqual([size, sha256]);
    }
  });

  it('shows an officer of one office what concerns that office', async () => {
    const task = taskOf({ scope: 'Tokyo', filter: { participant: 'nurse@im.example' } });
    await run(task);
    expect(numbersIn(task)).toEqual([2, 3, 4]);
    const berlin = taskOf({ scope: 'Berlin', filter: { participant: 'nurse@im.example' } });
    await run(berlin);
    expect(numbersIn(berlin)).toEqual([2, 4]);
  });

  it('brings all versions of what it found', async () => {
    const original = taskOf({ filter: { text: 'gone' } });
    await run(original);
    expect(numbersIn(original)).toEqual([0, 5]);
    const correction = taskOf({ filter: { text: 'stay' } });
    await run(correction);
    expect(numbersIn(correction)).toEqual([0, 5]);
    const period = taskOf({ filter: { since: DAY, until: DAY + 999 } });
    await run(period);
    expect(numbersIn(period)).toEqual([0, 5]);
  });

  it('lists what it cannot give, and goes on', async () => {
    const task = taskOf({ filter: { participant: 'nurse@im.example' } });
    await run(task);
    expect(lines(task, 'exceptions.jsonl')).toEqual([
      {
        id: ids[4],
        kind: 'attachment-not-archived',
        reason: expect.any(String),
        url: 'https://files.im.example/a.pdf',
      },
    ]);
    expect(manifestIn(task).exceptions).toEqual({ count: 1, byKind: { 'attachment-not-archived': 1 } });
    const unsealed = taskOf({ filter: { text: 'madam' } });
    await run(unsealed, 'none');
    expect(manifestIn(unsealed)).toMatchObject({ seal: null, exceptions: { count: 1, byKind: { 'seal-behind': 1 } } });
    expect(recordsIn(unsealed)).toMatchObject([{ position: null, body: 'Madam!' }]);
  });

  it('says who was called what, what was done, and why something was refused', async () => {
    const task = taskOf({ filter: { until: DAY + 10_000 } });
    await run(task);
    const messages = lines<ExportedMessage>(task, 'messages-0001.jsonl');
    expect(messages[1]).toMatchObject({
      act: 'message',
      from: 'juliet@im.example',
      fromName: 'Juliet Capulet',
      fromDevice: 'balcony',
      toName: 'Romeo Montague',
      at: '2026-06-01T10:00:01.000000Z',
      replyTo: 'a0',
    });
    expect(messages[3]).toMatchObject({ verdict: 'refused', refusedBecause: 'rule no-swords denies it' });
    expect(messages[4]).toMatchObject({ attachments: [{ url: 'https://files.im.example/a.pdf' }] });
    expect(messages[5]).toMatchObject({ act: 'correction', about: ids[0], body: 'Wilt thou stay?' });
    const counts = lines<{ conversation: string; messages: number }>(task, 'conversations.jsonl');
    expect(counts.map(({ conversation, messages: count }) => [conversation, count])).toEqual([
      ['juliet@im.example romeo@im.example', 3],
      ['nurse@im.example romeo@im.example', 1],
      ['nurse@im.example tybalt@other.example', 1],
      ['piazza@rooms.im.example', 1],
    ]);
  });

  it.each(EXPORT_FORMATS)(
    'goes on where it was killed, without doubles or gaps: %s',
    { timeout: 60_000 },
    async (format) => {
      const asked = { format, splitBytes: 50_000 };
      const whole = taskOf(asked);
      const phases: string[] = [];
      await run(whole, log, ({ phase }) => phases.push(phase));
      for (const [nth, phase] of phases.entries()) {
        // Until it is written in its form, an export is the same in every form.
        if (format !== 'jsonl' && phase !== 'render') continue;
        const task = taskOf(asked);
        await killed(task, nth);
        expect(manifestIn(task).files, `killed before word ${nth}`).toEqual(manifestIn(whole).files);
      }
    },
  );

  it('puts files into ZIP files, each message in one of them, however often a part is full', async () => {
    for (const format of ['eml', 'eml-day', 'rsmf'] as const) {
      const task = taskOf({ format, splitBytes: 60_000 });
      await run(task);
      const zips = manifestIn(task).files.filter((file) => file.path.startsWith('messages-'));
      for (const { size } of zips) expect(size).toBeLessThanOrEqual(60_000);
      const documents = zips.flatMap((zip) => [...unzip(readFileSync(path.join(task.folder, zip.path)))]);
      expect(new Set(documents.map(([name]) => name)).size).toBe(documents.length);
      const counts = documents.map(([, mail]) =>
        Number(/^X-Interoffice-Messages: (\d+)\r$/m.exec(mail.toString())?.[1] ?? 1),
      );
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(ids.length);
    }
  });

  // W-11
  it('leaves no formula in a table, and quotes as RFC 4180 says', async () => {
    const task = taskOf({ format: 'csv', filter: { until: DAY + 10_000 } });
    await run(task);
    const csv = text(task, 'messages-0001.csv');
    expect(csv.startsWith('\uFEFFid,at,conversation,')).toBe(true);
    expect(csv).toContain(`,"'=HYPERLINK(""x"")",`);
    expect(csv.match(/\r\n/g)).toHaveLength(7);
  });

  it('ends a file before it becomes larger than was asked for', async () => {
    const task = taskOf({ format: 'xml', splitBytes: 100_000 });
    await run(task);
    const parts = manifestIn(task).files.filter((file) => file.path.startsWith('messages-'));
    expect(parts.length).toBeGreaterThan(3);
    for (const { path: name, size } of parts) {
      expect(size).toBeLessThanOrEqual(100_000);
      expect(text(task, name)).toMatch(
        /^<\?xml [^]*<export xmlns="urn:interoffice:export:1">\n<message [^]*<\/export>\n$/,
      );
    }
  });
});

/** Killed before its nth word is heard, then run again from the latest checkpoint that was. */
async function killed(task: ExportTask, nth: number): Promise<void> {
  let checkpoint: Checkpoint | undefined;
  let words = 0;
  const dying = run(task, log, (at) => {
    if (words++ === nth) throw new Error('killed');
    checkpoint = at;
  });
  await expect(dying).rejects.toThrow('killed');
  await run({ ...task, checkpoint });
}

/** The canonical form from docs/compliance/canonical-form.md, from what the export says. */
function leafOf(record: ExportRecord): string {
  const number = (bytes: number, value: number): Buffer => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64BE(BigInt(value));
    return buffer.subarray(8 - bytes);
  };
  const word = (value: string | null | undefined): Buffer | undefined =>
    value === null || value === undefined ? undefined : Buffer.from(value);
  const fields = [
    Buffer.from(record.id, 'hex'),
    ...[record.at_us, record.author_id, record.receiver_id].map((value) => number(8, value)),
    record.about === null ? undefined : Buffer.from(record.about, 'hex'),
    ...[record.policy_version, record.size].map((value) => number(4, value)),
    ...[record.kind, record.verdict, record.retention_class].map((value) => number(2, value)),
    ...[record.author, record.author_device, record.author_office].map(word),
    ...[record.receiver, record.receiver_device, record.receiver_office].map(word),
    ...[record.room, record.peer, record.gateway, record.decision_id].map(word),
    ...[record.stanza_id, record.origin_id, record.thread].map(word),
    word(record.stanza),
    word(record.body),
  ];
  const hash = createHash('sha256').update(Buffer.from(record.salt, 'hex')).update(Buffer.of(1));
  for (const field of fields) hash.update(number(4, field?.length ?? -1)).update(field ?? '');
  return hash.digest('hex');
}
