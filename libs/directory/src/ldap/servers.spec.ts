import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensureAuthority, type Authority } from '@interoffice/pki';
import { jsonLog, systemClock } from '@interoffice/telemetry';
import { LdapPool } from './pool.js';
import { LdapServers, type ServerUrls } from './servers.js';
import { READER, startStrictDirectory, type StrictDirectory } from '../sample/strict-directory.contract.js';

/** A wire to the directory that can be cut, or made to swallow everything, as a firewall does. */
interface Wire {
  readonly url: string;
  mode: 'open' | 'cut' | 'swallow';
  taken: number;
}

let dir: string;
let authority: Authority;
let strict: StrictDirectory;
let events: string[];
const sockets = new Set<Socket>();
const listeners: Server[] = [];
const closing: { close(): void }[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ldap-'));
  authority = await ensureAuthority(dir, systemClock);
  const pair = await authority.issue({ names: ['localhost'], nowMs: Date.now(), days: 30 });
  strict = await startStrictDirectory(pair, [{ dn: 'dc=corp,dc=example', attributes: { objectClass: 'domain' } }]);
});
afterAll(async () => {
  await strict.close();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => (events = []));
afterEach(() => {
  for (const one of closing.splice(0)) one.close();
  for (const listener of listeners.splice(0)) listener.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

async function lay(mode: Wire['mode'] = 'open'): Promise<Wire> {
  const listener = createServer((socket) => {
    keep(socket);
    wire.taken++;
    if (wire.mode === 'cut') return socket.destroy();
    const onward = keep(connect({ port: strict.port, host: '127.0.0.1', noDelay: true }));
    const pass = (from: Socket, to: Socket): void => {
      from.on('data', (bytes) => wire.mode === 'open' && to.write(bytes));
      from.on('close', () => to.destroy());
    };
    pass(socket, onward);
    pass(onward, socket);
    return undefined;
  });
  listener.listen(0, '127.0.0.1');
  listeners.push(listener);
  await once(listener, 'listening');
  const wire: Wire = { url: `ldaps://localhost:${(listener.address() as AddressInfo).port}`, mode, taken: 0 };
  return wire;
}

function keep(socket: Socket): Socket {
  sockets.add(socket);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  return socket;
}

function open(urls: ServerUrls, connectTimeoutMs = 500) {
  const log = jsonLog({ write: (line) => events.push(line), now: () => 0, level: 'info' });
  const servers = new LdapServers(
    { urls, startTls: false, authorities: [authority.certificate], connectTimeoutMs, answerTimeoutMs: 5000 },
    { clock: systemClock, log },
  );
  const pool = new LdapPool(servers, {
    service: { dn: READER, password: 'reader' },
    clock: systemClock,
    connections: 4,
  });
  closing.push(servers, pool);
  const ask = () =>
    pool.use(async (connection) => {
      await connection.search('dc=corp,dc=example', { scope: 'base' });
      return connection.url;
    });
  return { servers, pool, ask };
}

/** Milliseconds that it took. */
async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const began = performance.now();
  return { result: await work(), ms: performance.now() - began };
}

describe('servers of a directory', () => {
  it('are left for the next when they are down, and come back without anybody waiting', async () => {
    const [first, second] = [await lay('cut'), await lay()];
    const { servers, ask } = open([first.url, second.url]);
    expect(await ask()).toBe(second.url);
    const [down, up] = servers.health();
    expect(down).toMatchObject({ url: first.url, working: false, lastError: { text: expect.any(String) } });
    expect(down!.pausedUntilMs).toBeGreaterThan(Date.now());
    expect(up).toMatchObject({ working: true, pausedUntilMs: undefined, latencyMs: expect.any(Number) });
    const before = first.taken;
    for (let i = 0; i < 20; i++) await ask();
    expect(first.taken).toBe(before);
    first.mode = 'open';
    await vi.waitFor(() => expect(servers.health()[0]?.working).toBe(true), 4000);
    expect(await ask()).toBe(first.url);
    const said = events.map((line) => (JSON.parse(line) as { event: string }).event);
    expect(said).toEqual(['directory.server.failed', 'directory.server.recovered']);
  });

  it('that swallow everything are treated as dead ones, also for those who wait for an answer', async () => {
    const [first, second] = [await lay(), await lay()];
    const { ask } = open([first.url, second.url]);
    await Promise.all([ask(), ask(), ask(), ask()]);
    first.mode = 'swallow';
    const answers = await Promise.all(Array.from({ length: 40 }, () => timed(ask)));
    expect(answers.every(({ result }) => result === second.url)).toBe(true);
    // Half a second of patience, and a probe of as much as a connection may take; the answer itself may take 5 s.
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(2000);
    expect((await timed(ask)).ms).toBeLessThan(300);
  });

  it('are all asked once a second by everybody together while all are down, and found as soon as one is back', async () => {
    const wires = [await lay('cut'), await lay('cut')];
    const { servers, ask } = open(wires.map(({ url }) => url));
    const refused = await Promise.allSettled(Array.from({ length: 30 }, ask));
    expect(refused.every(({ status }) => status === 'rejected')).toBe(true);
    await expect(ask()).rejects.toMatchObject({ code: 'DIRECTORY_UNREACHABLE' });
    expect(servers.preferred).toBeUndefined();
    expect(wires[1]!.taken).toBeLessThan(40);
    wires[1]!.mode = 'open';
    await vi.waitFor(async () => expect(await ask()).toBe(wires[1]!.url), { timeout: 4000, interval: 100 });
  });

  it('are found in DNS, looked for again, and remembered while DNS does not answer', async () => {
    const wire = await lay();
    let answer: () => Promise<readonly string[]> = () => Promise.reject(new Error('ESERVFAIL'));
    const { servers, ask } = open(() => answer());
    await expect(ask()).rejects.toMatchObject({ code: 'DIRECTORY_UNREACHABLE' });
    expect(events.join()).toContain('directory.discovery.failed');
    answer = () => Promise.resolve([wire.url]);
    expect(await ask()).toBe(wire.url);
    expect(await servers.urls()).toEqual([wire.url]);
    answer = () => Promise.reject(new Error('ESERVFAIL'));
    expect(await ask()).toBe(wire.url);
  });

  it('have work that waits for a connection done when one is free, and lose none of it', async () => {
    const wire = await lay();
    const { ask } = open([wire.url], 2000);
    expect(await Promise.all(Array.from({ length: 50 }, ask))).toHaveLength(50);
    expect(wire.taken).toBeLessThanOrEqual(4);
  });
});
