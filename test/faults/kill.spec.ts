import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Database } from '@interoffice/storage';
import { silentLog } from '@interoffice/telemetry';
import { type Element, NS } from '@interoffice/wire';
import { afterAll, describe, expect, it } from 'vitest';
import { overTcp, TestClient } from '../support/client.js';

const root = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'interoffice-kill-'));
const MESSAGES = 5000;
const PAIRS = 10;
const running = new Set<ChildProcess>();

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The built appliance on the data directory of this test, with twenty accounts. */
async function start(): Promise<{ child: ChildProcess; port: number }> {
  const port = await freePort();
  const environment = {
    ...process.env,
    BENCH_PORT: String(port),
    BENCH_TLS_PORT: String(await freePort()),
    BENCH_TMP: folder,
    BENCH_USERS: String(PAIRS * 2),
    BENCH_PASS: 'secret',
    BENCH_SET: 'B',
    BENCH_PGPORT: '',
    BENCH_CERT: '',
    BENCH_KEEP: '1',
  };
  const child = spawn(process.execPath, [path.join(root, 'test/load/serve.mjs')], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => text.toString().includes('ready') && resolve());
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}: ${errors.slice(-2000)}`)));
  });
  return { child, port };
}

async function journal(): Promise<Map<string, number>> {
  const host = path.join(folder, 'interoffice/postgres');
  const database = new Database({
    connection: { host, port: 5432, user: 'interoffice_owner', database: 'interoffice' },
    log: silentLog,
  });
  const rows = await database.query<{ stanza_id: string; n: number }>(
    'owner',
    'SELECT stanza_id, count(*)::int AS n FROM journal GROUP BY stanza_id',
  );
  await database.close();
  return new Map(rows.map(({ stanza_id, n }) => [stanza_id, n]));
}

/** What a receiver got: the author's id, the archive's id, and whether it was held for it. */
interface Got {
  readonly id: string;
  readonly stanzaId: string;
  readonly isRepeat: boolean;
}

function gotFrom(stanza: Element): Got {
  const stanzaId = String(stanza.getChild('stanza-id', NS.sid)?.attrs['id']);
  return { id: String(stanza.attrs['id']), stanzaId, isRepeat: stanza.getChild('delay', NS.delay) !== undefined };
}

/** Sends until the server dies under it; gives what each receiver has got. */
async function chatUntilKilled(server: { child: ChildProcess; port: number }, run: number): Promise<Got[][]> {
  const connect = async (user: string): Promise<TestClient> => {
    const client = await TestClient.open('localhost', overTcp({ port: server.port, domain: 'localhost' }));
    await client.login(user, 'secret', { resource: 'kill', startTls: false });
    client.write('<presence/>');
    await client.next((stanza) => stanza.is('presence'));
    return client;
  };
  const pairs = await Promise.all(
    Array.from({ length: PAIRS }, async (_, i) => ({
      from: await connect(`u${i * 2}`),
      to: await connect(`u${i * 2 + 1}`),
      i,
    })),
  );
  // What an earlier run left waiting comes first, and does not count.
  const isOfThisRun = (stanza: Element): boolean => String(stanza.attrs['id']).startsWith(`r${run}.`);
  const received = (): number => pairs.reduce((sum, { to }) => sum + to.received.filter(isOfThisRun).length, 0);
  // Somewhere in the middle, another place each time.
  const killAt = 400 + Math.floor(((run * 7919) % 13) * 250);
  const gone = new Promise((resolve) => server.child.once('exit', resolve));
  for (let n = 0; n < MESSAGES / PAIRS; n++) {
    for (const { from, i } of pairs)
      from.write(
        `<message to='u${i * 2 + 1}@localhost' type='chat' id='r${run}.${i}.${n}'><body>${n}</body></message>`,
      );
    if (n % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (received() >= killAt) break;
  }
  const deadline = performance.now() + 20_000;
  while (received() < killAt && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  server.child.kill('SIGKILL');
  await gone;
  await Promise.all(pairs.flatMap(({ from, to }) => [from.closed(), to.closed()]));
  return pairs.map(({ to }) => to.received.filter((stanza) => stanza.is('message')).map(gotFrom));
}

describe('kill -9 of the appliance in the middle of 5,000 messages', () => {
  it('never leaves a delivered message unrecorded, and records none twice', { timeout: 150_000 }, async () => {
    const streams: Got[][] = [];
    for (let run = 1; run <= 3; run++) {
      const server = await start();
      const got = await chatUntilKilled(server, run);
      expect(got.flat().filter(({ isRepeat }) => !isRepeat).length).toBeGreaterThanOrEqual(100);
      streams.push(...got);
    }
    const last = await start();
    const recorded = await journal();
    const all = streams.flat();
    expect(all.filter(({ id }) => recorded.get(id) !== 1)).toEqual([]);
    expect([...recorded].filter(([, n]) => n !== 1)).toEqual([]);
    // Nothing comes twice on one stream. After the crash the server cannot know what the last bytes reached: what it says
    // again it says with the time of the first, under the same stanza-id.
    for (const stream of streams) expect(new Set(stream.map(({ id }) => id)).size).toBe(stream.length);
    const ids = new Map(all.map(({ id, stanzaId }) => [id, stanzaId]));
    expect(all.filter(({ id, stanzaId }) => ids.get(id) !== stanzaId)).toEqual([]);
    const first = new Set(all.filter(({ isRepeat }) => !isRepeat).map(({ id }) => id));
    expect(first.size).toBe(all.filter(({ isRepeat }) => !isRepeat).length);
    const gone = new Promise((resolve) => last.child.once('exit', resolve));
    last.child.kill('SIGTERM');
    expect(await gone).toBe(0);
  });
});
