import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NS, xml } from '@interoffice/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask } from '../../apps/ctl/src/control-client.js';
import { overTcp, TestClient } from '../support/client.js';
import { openDatabase, type TestDatabase } from '../support/database.js';
import { joining, said } from '../support/in-rooms.js';

const DOMAIN = 'im.example';
const ROOM = `conspiracy@conference.${DOMAIN}`;
const PASSWORD = 'correct horse battery';
const DAY_MS = 86_400_000;
const MIDDLE_OF_JUNE = Date.UTC(2026, 5, 15);
const PROGRAM = path.resolve(import.meta.dirname, '../support/travelling-appliance.mjs');

/** A whole appliance in the middle of June, and its months to come. */
describe('what is held', { timeout: 120_000 }, () => {
  let database: TestDatabase;
  let appliance: ChildProcess;
  let dataDir: string;
  let port: number;
  const clients: TestClient[] = [];

  beforeEach(async () => {
    database = await openDatabase();
    dataDir = mkdtempSync(path.join(tmpdir(), 'held-'));
    port = await freePort();
    const { host, port: pgPort, user, database: name } = database.connection;
    const off = { https: false, metrics: false, s2s: false, 's2s-tls': false, components: false, 'c2s-tls': false };
    const presets = {
      domain: DOMAIN,
      'data-dir': dataDir,
      database: { url: `postgres://${user}@localhost:${pgPort}/${name}?host=${encodeURIComponent(host)}` },
      directory: 'local',
      listen: { ...off, c2s: `127.0.0.1:${port}` },
      c2s: { tls: 'optional' },
    };
    const aheadMs = MIDDLE_OF_JUNE - Date.now();
    appliance = fork(PROGRAM, [JSON.stringify({ presets, aheadMs })], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [told] = await Promise.race([once(appliance, 'message'), once(appliance, 'exit')]);
    expect(told).toBe('ready');
    for (const one of ['tybalt', 'romeo', 'paris']) await addUser(one, 'employee');
    for (const one of ['olga', 'oscar']) await addUser(one, 'officer');
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) if (!client.isClosed) client.close();
    const ended = appliance.exitCode === null ? once(appliance, 'exit') : undefined;
    appliance.kill('SIGTERM');
    await ended;
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const addUser = (name: string, role: string): Promise<unknown> =>
    ask(dataDir, 'user.add', { jid: `${name}@${DOMAIN}`, password: PASSWORD, role });

  async function online(name: string): Promise<TestClient> {
    const client = await TestClient.open(DOMAIN, overTcp({ port, domain: DOMAIN, rejectUnauthorized: false }));
    clients.push(client);
    await client.login(name, PASSWORD, { resource: 'desk' });
    client.send(xml('presence'));
    await client.next((element) => element.is('presence') && element.attrs['from'] === client.jid);
    return client;
  }

  const heard = (client: TestClient, body: string): Promise<unknown> =>
    client.next((element) => element.is('message') && element.getChildText('body') === body);

  /** Tybalt and Romeo in a room of Tybalt's, and beside it; two others elsewhere. */
  async function talk(): Promise<TestClient> {
    const [tybalt, romeo, paris] = [await online('tybalt'), await online('romeo'), await online('paris')];
    tybalt.send(joining(ROOM, 'Tybalt'));
    await tybalt.next((element) => element.is('message') && element.getChild('subject') !== undefined);
    const owner = xml('query', { xmlns: NS.mucOwner }, xml('x', { xmlns: NS.dataForms, type: 'submit' }));
    await tybalt.ask(xml('iq', { type: 'set', to: ROOM }, owner));
    romeo.send(joining(ROOM, 'Romeo'));
    await romeo.next((element) => element.is('message') && element.getChild('subject') !== undefined);
    for (const [client, body] of [
      [tybalt, 'the poison is ready'],
      [romeo, 'tonight then'],
      [tybalt, 'agreed'],
    ] as const) {
      client.send(said(ROOM, body));
      await heard(romeo, body);
    }
    tybalt.send(xml('message', { to: `romeo@${DOMAIN}`, type: 'chat' }, xml('body', {}, 'burn this')));
    await heard(romeo, 'burn this');
    romeo.send(xml('message', { to: `tybalt@${DOMAIN}`, type: 'chat' }, xml('body', {}, 'burnt')));
    await heard(tybalt, 'burnt');
    paris.send(xml('message', { to: `romeo@${DOMAIN}`, type: 'chat' }, xml('body', {}, 'nice weather')));
    await heard(romeo, 'nice weather');
    return tybalt;
  }

  const destroy = async (tybalt: TestClient): Promise<void> => {
    const query = xml('query', { xmlns: NS.mucOwner }, xml('destroy', { jid: `hall@conference.${DOMAIN}` }));
    await tybalt.ask(xml('iq', { type: 'set', to: ROOM }, query));
  };
  const remove = (): Promise<unknown> => ask(dataDir, 'user.delete', { jid: `tybalt@${DOMAIN}` });
  const as = (name: string) => ({ as: `${name}@${DOMAIN}`, password: PASSWORD });
  const hold = async (): Promise<void> => {
    const named = { name: 'Poison', matter: 'case 3', reason: 'a letter of the court' };
    await ask(dataDir, 'hold.place', { ...as('olga'), hold: { ...named, people: [`tybalt@${DOMAIN}`] } });
    await ask(dataDir, 'hold.place', { ...as('olga'), hold: { ...named, rooms: [ROOM] } });
  };

  const content = (): Promise<unknown[]> =>
    database.query(
      'reader',
      `SELECT c.id::text, encode(c.stanza, 'hex') AS stanza, c.body FROM journal_content c JOIN journal j ON j.id = c.id
        WHERE j.receiver = $1 OR 'tybalt@im.example' IN (j.author, j.receiver) ORDER BY c.id`,
      [ROOM],
    );

  /** Months later, once everything that may go has gone. */
  async function disposed(): Promise<void> {
    const change = { action: 'add', days: 30 };
    const wanted = { change, reason: 'thirty days' };
    const { id } = (await ask(dataDir, 'retention.propose', { ...as('olga'), wanted })) as { id: string };
    const decision = { decision: 'approve', reason: 'looked at' };
    await ask(dataDir, 'retention.decide', { ...as('oscar'), change: id, decision });
    // Found by text first: what search has not read is not disposed of.
    await found('weather');
    const moved = once(appliance, 'message');
    appliance.send({ aheadMs: MIDDLE_OF_JUNE + 120 * DAY_MS - Date.now() });
    await moved;
    const { items } = (await ask(dataDir, 'disposal.run', {})) as { items: { removed: number }[] };
    expect(items.reduce((sum, { removed }) => sum + removed, 0)).toBeGreaterThan(0);
  }

  async function found(text: string): Promise<string[]> {
    const input = { ...as('oscar'), reason: 'case 3', filters: { text, limit: 50 } };
    const { hits } = (await ask(dataDir, 'archive.search', input)) as { hits: { body: string }[] };
    return hits.map(({ body }) => body);
  }

  async function expectEverything(before: unknown[]): Promise<void> {
    expect(before.length).toBeGreaterThan(5);
    expect(await content()).toEqual(before);
    for (const body of ['the poison is ready', 'tonight then', 'agreed', 'burn this', 'burnt']) {
      expect(await found(body), body).toContain(body);
    }
    expect(await found('weather')).toEqual([]);
    const verified = (await ask(dataDir, 'archive.verify', { known: [] })) as { faults: unknown[] };
    expect(verified.faults).toEqual([]);
  }

  // C-09
  it('is found whole when the hold comes before its room is destroyed and its account deleted', async () => {
    const tybalt = await talk();
    await hold();
    await destroy(tybalt);
    await remove();
    const before = await content();
    await disposed();
    await expectEverything(before);
  });

  it('is found whole when the hold comes after them', async () => {
    const tybalt = await talk();
    await destroy(tybalt);
    await remove();
    await hold();
    const before = await content();
    await disposed();
    await expectEverything(before);
  });

  it('is found whole when they come at the same time', async () => {
    const tybalt = await talk();
    await Promise.all([hold(), destroy(tybalt).then(remove)]);
    const before = await content();
    await disposed();
    await expectEverything(before);
  });
});

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
