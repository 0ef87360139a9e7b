import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { SEAL_ORIGIN, SealedArchive } from '../../../../test/support/sealed-archive.js';
import { isSignedBy, openNote, parseVerifierKey } from './note.js';
import { SealedLog } from './sealed-log.js';
import {
  FiledWitnessedLogs,
  RecordedWitnessedLogs,
  Witness,
  type WitnessedLogs,
  WitnessKey,
  witnessRequest,
} from './witness.js';

let archive: SealedArchive;
let folder: string;
beforeEach(async () => {
  archive = await SealedArchive.open();
  folder = await mkdtemp(path.join(tmpdir(), 'interoffice-witness-'));
  return async () => {
    await archive.close();
    await rm(folder, { recursive: true });
  };
});

const KINDS = ['a database', 'a file'] as const;

function witnessWith(kind: (typeof KINDS)[number]): Witness {
  const state: WitnessedLogs =
    kind === 'a file'
      ? new FiledWitnessedLogs(path.join(folder, 'seen.json'))
      : new RecordedWitnessedLogs(archive.database);
  const key = WitnessKey.open(folder, 'tokyo.example/witness');
  return new Witness({ key, logs: [parseVerifierKey(archive.keys.key)], state, clock: archive.clock });
}

/** What the log would send after `old` entries. */
function requestFrom(old: number, from = archive.folder): string {
  const log = SealedLog.open(from)!;
  const { note, size } = log.latest();
  const request = witnessRequest(old, log.consistency(old, size), note);
  log.close();
  return request;
}

async function grow(count: number): Promise<void> {
  await archive.say(count);
  await archive.sealNow();
}

describe.each(KINDS)('a witness with %s', (kind) => {
  it('signs what continues what it has seen, with the time, and no other', async () => {
    const witness = witnessWith(kind);
    await grow(5);
    const first = await witness.add(requestFrom(0));
    expect(first.status).toBe(200);
    await grow(300);
    const again = await witness.add(requestFrom(5));
    expect(again.status).toBe(200);
    const note = openNote(`${await readFile(path.join(archive.folder, 'checkpoint'), 'utf8')}${again.body}`)!;
    expect(isSignedBy(note, parseVerifierKey(witness.key))).toBe(true);
    expect(isSignedBy(note, parseVerifierKey(archive.keys.key))).toBe(true);
    expect(await witness.add(requestFrom(5))).toEqual({ status: 409, body: '305\n' });
    expect((await witness.add(requestFrom(305))).status).toBe(200);
  });

  // C-04
  it('refuses a log that forgot, and one that has another past', async () => {
    const witness = witnessWith(kind);
    await grow(5);
    const copy = path.join(folder, 'copy');
    await cp(archive.folder, copy, { recursive: true });
    await grow(2);
    expect((await witness.add(requestFrom(0))).status).toBe(200);
    expect(await witness.add(requestFrom(0, copy))).toEqual({ status: 409, body: '7\n' });
    const other = await SealedArchive.open();
    await other.say(9);
    await other.sealNow({ sign: (text) => archive.keys.sign(text) });
    expect((await witness.add(requestFrom(7, other.folder))).status).toBe(422);
    await other.close();
  });

  it('knows only the logs it was told of, and takes nothing that they have not signed', async () => {
    const witness = witnessWith(kind);
    await grow(1);
    const request = requestFrom(0);
    expect((await witness.add(request.replaceAll(SEAL_ORIGIN, 'other.example/archive'))).status).toBe(404);
    expect((await witness.add(request.replace('\n1\n', '\n2\n'))).status).toBe(403);
    expect((await witness.add(request.replace('old 0', 'old 2'))).status).toBe(400);
    for (const bad of ['', 'old 0\n', 'old x\n\n', `old 0\nAAAA\n\n${request.split('\n\n').slice(1).join('\n\n')}`])
      expect((await witness.add(bad)).status).toBe(400);
  });
});
