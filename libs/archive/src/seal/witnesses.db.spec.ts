import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureAuthority, ensureServerCertificate } from '@interoffice/pki';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SEAL_ORIGIN, SealedArchive } from '../../../../test/support/sealed-archive.js';
import { Cosignatures } from './cosignatures.js';
import { isSignedBy, openNote, parseVerifierKey } from './note.js';
import { SealedLog } from './sealed-log.js';
import { FiledWitnessedLogs, Witness, WitnessKey, witnessRequest } from './witness.js';
import { Witnesses } from './witnesses.js';

let scratch: string;
let authority: string;
let server: Server;
let url: string;
let witness: Witness;
let archive: SealedArchive;

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'interoffice-witnesses-'));
  const clock = { now: () => Date.now() };
  const made = await ensureAuthority(path.join(scratch, 'pki'), clock);
  authority = made.certificate;
  const pair = await ensureServerCertificate(path.join(scratch, 'pki'), ['localhost'], { authority: made, clock });
  server = createServer(
    { key: pair.key, cert: pair.certificate },
    (request, response) => void answer(request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://localhost:${(server.address() as AddressInfo).port}/witness`;
});
afterAll(async () => {
  server.close();
  await rm(scratch, { recursive: true });
});

/** As the appliance does on its port for people. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const { status, body } = await witness.add(Buffer.concat(chunks).toString('utf8'));
  response.writeHead(status).end(body);
}

beforeEach(async () => {
  archive = await SealedArchive.open();
  const folder = await mkdtemp(path.join(scratch, 'witness-'));
  const key = WitnessKey.open(folder, 'tokyo.example/witness');
  const state = new FiledWitnessedLogs(path.join(folder, 'seen.json'));
  witness = new Witness({ key, logs: [parseVerifierKey(archive.keys.key)], state, clock: archive.clock });
  return () => archive.close();
});

function witnesses(over: { url?: string; folder?: string; authorities?: string[] } = {}): Witnesses {
  const { folder = archive.folder, authorities = [authority] } = over;
  const named = [{ name: 'Tokyo', url: over.url ?? url, key: witness.key }];
  const { database, clock } = archive;
  return new Witnesses({ database, folder, origin: SEAL_ORIGIN, witnesses: named, authorities, clock });
}

async function ask(all: Witnesses, folder = archive.folder): Promise<string | undefined> {
  const log = SealedLog.open(folder)!;
  try {
    return await all.ask(log);
  } finally {
    log.close();
  }
}

async function grow(count: number): Promise<void> {
  await archive.say(count);
  await archive.sealNow();
}

describe('witnesses', () => {
  it('sign the latest checkpoint, and their line joins it', async () => {
    await grow(3);
    const all = witnesses();
    await all.open();
    expect(all.isBehind(3)).toBe(true);
    expect(await ask(all)).toBeUndefined();
    await grow(400);
    expect(await ask(all)).toBeUndefined();
    const note = openNote(await readFile(path.join(archive.folder, 'checkpoint'), 'utf8'))!;
    expect(isSignedBy(note, parseVerifierKey(witness.key))).toBe(true);
    expect(all.states).toEqual([{ name: 'Tokyo', size: 403, atMs: archive.clock.now(), problem: undefined }]);
    const later = witnesses();
    await later.open();
    expect(later.states).toMatchObject([{ size: 403 }]);
    archive.clock.nowMs += 60_000;
    expect(later.isBehind(403)).toBe(false);
  });

  it('that have seen more than a fresh start knows of are asked from there', async () => {
    await grow(3);
    await ask(witnesses());
    await grow(3);
    const fresh = witnesses();
    expect(await ask(fresh)).toBeUndefined();
    expect(fresh.states).toMatchObject([{ size: 6, problem: undefined }]);
  });

  // C-04
  it('are why a log that was set back, or goes on beside itself, signs no more', async () => {
    await grow(3);
    const copy = path.join(scratch, 'copy');
    await cp(archive.folder, copy, { recursive: true });
    await grow(4);
    await ask(witnesses());
    expect(await ask(witnesses({ folder: copy }), copy)).toContain(
      'has seen 7 entries of this log, and here are only 3',
    );
    await rm(copy, { recursive: true });
    const other = await SealedArchive.open();
    await other.say(9);
    await other.sealNow({ sign: (text) => archive.keys.sign(text) });
    expect(await ask(witnesses({ folder: other.folder }), other.folder)).toContain(
      'has seen another log than this one',
    );
    await other.close();
  });

  it('that cannot be reached, or are somebody else, hold nothing up and are named', async () => {
    await grow(3);
    const gone = witnesses({ url: 'https://localhost:1/witness' });
    expect(await ask(gone)).toBeUndefined();
    expect(gone.states[0]!.problem).toContain('ECONNREFUSED');
    const untrusted = witnesses({ authorities: [] });
    expect(await ask(untrusted)).toBeUndefined();
    expect(untrusted.states[0]!.problem).toMatch(/self.signed|unable to/);
    expect(gone.states[0]).toMatchObject({ size: 0 });
  });

  it('may be asked by files: what they signed is added to the checkpoint it is for', async () => {
    await grow(3);
    const log = SealedLog.open(archive.folder)!;
    const { body } = await witness.add(witnessRequest(0, [], log.latest().note));
    log.close();
    await grow(2);
    const cosigned = new Cosignatures(archive.database, archive.clock);
    expect(await cosigned.add({ line: body.trim(), key: witness.key, origin: SEAL_ORIGIN })).toBe(3);
    const wrong = cosigned.add({ line: body.trim(), key: witness.key, origin: 'other.example/archive' });
    await expect(wrong).rejects.toMatchObject({ code: 'COSIGNATURE_UNKNOWN' });
  });
});
