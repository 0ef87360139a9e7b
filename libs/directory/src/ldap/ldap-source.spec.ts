import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createPlain, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { jsonLog, silentLog, systemClock } from '@interoffice/telemetry';
import { parseJid } from '@interoffice/wire';
import { ensureAuthority, type Authority } from '@interoffice/pki';
import { keepsTheContract, type ContractStage } from '../directory.contract.js';
import { MemoryRecords } from '../memory/memory-records.js';
import { PeopleDirectory } from '../people-directory.js';
import { startSampleDirectory, type SampleDirectory } from '../sample/sample-directory.js';
import { LdapSource, type LdapSourceOptions } from './ldap-source.js';

const ANNA = parseJid('anna.berg@office.localhost');
let dir: string;
let authority: Authority;
let sample: SampleDirectory;
let records: MemoryRecords;
let events: string[];
const opened: LdapSource[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ldap-'));
  authority = await ensureAuthority(dir, systemClock);
  const pair = await authority.issue({ names: ['localhost', '127.0.0.1'], nowMs: Date.now(), days: 1 });
  sample = await startSampleDirectory({
    ...pair,
    authority: authority.certificate,
    secret: randomBytes(32),
    domain: 'office.localhost',
  });
});
afterAll(async () => {
  await sample.close();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => {
  records = new MemoryRecords(systemClock);
  events = [];
});
afterEach(async () => {
  for (const source of opened.splice(0)) source.close();
  for (const server of servers.splice(0)) server.close();
});

function open(change: Partial<LdapSourceOptions> = {}): { source: LdapSource; directory: PeopleDirectory } {
  const log = jsonLog({ write: (line) => events.push(line), now: () => 0, level: 'info' });
  const source = new LdapSource({ ...sample.source, ...change }, { records, clock: systemClock, log });
  opened.push(source);
  return { source, directory: new PeopleDirectory({ records, sources: [source], clock: systemClock, log: silentLog }) };
}

/** A server of our own making, for everything a real one does not do. */
async function listen(answer: (socket: Socket) => void): Promise<number> {
  const server = createPlain((socket) => {
    socket.on('error', () => socket.destroy());
    answer(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('an LDAP directory', () => {
  keepsTheContract((): ContractStage => {
    return {
      directory: open().directory,
      account: ANNA.bare,
      password: sample.passwordOf('anna.berg'),
      name: 'Anna Berg',
      keepsVerifiers: false,
      suspend: (account) => records.setState(account, 'suspended'),
    };
  });

  it('brings the person into the records, with photo and stable id', async () => {
    const { directory } = open();
    await directory.authenticate(ANNA, sample.passwordOf('anna.berg'));
    const found = await directory.find(ANNA);
    expect(found).toMatchObject({ directory: 'demo', mail: 'anna.berg@office.localhost', office: 'Berlin' });
    expect(found?.directoryId).toMatch(/^[0-9a-f-]{36}$/);
    const photo = await directory.photo(ANNA);
    expect(photo?.type).toBe('image/png');
    expect(found?.photoHash).toHaveLength(40);
  });

  it('explains who may log in, by the entry', async () => {
    const { directory } = open();
    await directory.authenticate(ANNA, sample.passwordOf('anna.berg'));
    const explanation = await directory.explain(ANNA);
    expect(explanation.because[0]).toContain('uid=anna.berg');
    expect(explanation.mayLogIn).toBe(true);
  });

  //
  it('refuses an address that two entries stand for', async () => {
    const { directory } = open({ attributes: { ...sample.source.attributes, login: 'departmentNumber' } });
    const outcome = await directory.authenticate(parseJid('sales@office.localhost'), 'whatever it is');
    expect(outcome).toMatchObject({ ok: false, explanation: 'more than one entry matches; all are refused' });
    expect(events.join()).toContain('directory.entry.ambiguous');
    expect((await directory.explain(parseJid('sales@office.localhost'))).because[0]).toContain('more than one entry');
  });

  //
  it('never gives an address to a second entry', async () => {
    const jid = ANNA;
    await records.adopt({ jid, directory: 'demo', directoryId: 'somebody who left', person: {} });
    const { directory } = open();
    const outcome = await directory.authenticate(ANNA, sample.passwordOf('anna.berg'));
    expect(outcome).toMatchObject({ ok: false, reason: 'not-authorized' });
    expect(await records.find(jid.bare)).toMatchObject({ directoryId: 'somebody who left' });
  });

  it('keeps the address of a person whose log-in name changed, whichever name they log in with', async () => {
    const { directory } = open();
    await directory.authenticate(ANNA, sample.passwordOf('anna.berg'));
    const id = (await directory.find(ANNA))?.directoryId ?? '';
    records = new MemoryRecords(systemClock);
    await records.adopt({ jid: parseJid('anna.old@office.localhost'), directory: 'demo', directoryId: id, person: {} });
    const renamed = open().directory;
    const asOld = await renamed.authenticate(parseJid('anna.old@office.localhost'), sample.passwordOf('anna.berg'));
    expect(asOld).toMatchObject({ ok: true, account: { name: 'Anna Berg' } });
    const asNew = await renamed.authenticate(ANNA, sample.passwordOf('anna.berg'));
    expect(asNew.ok && asNew.account.jid.bare).toBe('anna.old@office.localhost');
  });

  it('takes the next server when one is down, and says so', async () => {
    const { source, directory } = open({ urls: ['ldaps://127.0.0.1:1', ...sample.source.urls] });
    expect(await directory.authenticate(ANNA, sample.passwordOf('anna.berg'))).toMatchObject({ ok: true });
    expect(source.health()).toMatchObject([
      { url: 'ldaps://127.0.0.1:1', working: false, lastError: { text: expect.stringContaining('ECONNREFUSED') } },
      { url: sample.source.urls[0], working: true, latencyMs: expect.any(Number), lastError: undefined },
    ]);
    expect(events.filter((line) => line.includes('directory.server.failed'))).toHaveLength(1);
  });

  it('survives its kept connections being cut', async () => {
    const { source, directory } = open();
    await source.probe();
    await Promise.all([source.probe(), source.probe(), source.probe(), source.probe(), source.probe(), source.probe()]);
    source.pool.close();
    expect(await directory.authenticate(ANNA, sample.passwordOf('anna.berg'))).toMatchObject({ ok: true });
  });

  it('calls a wrong service account our fault', async () => {
    const { directory } = open({ password: 'not it' });
    const outcome = await directory.authenticate(ANNA, sample.passwordOf('anna.berg'));
    expect(outcome).toMatchObject({ ok: false, reason: 'temporary-auth-failure' });
    expect(!outcome.ok && outcome.explanation).toContain('DIRECTORY_BIND_REFUSED');
    expect((await directory.explain(ANNA)).because[0]).toContain('the directory could not be asked');
    await expect(open({ password: 'not it' }).source.probe()).rejects.toThrow('check bind-dn');
  });

  it('refuses a filter that is not well formed before it starts', () => {
    expect(() => open({ filter: '(uid=' })).toThrow('is not well formed');
  });
});

//
describe('passwords on the way to the directory', () => {
  const temporary = { ok: false, reason: 'temporary-auth-failure' };

  it('are not sent to a server that another authority vouches for', async () => {
    const other = await ensureAuthority(join(dir, 'other'), systemClock);
    const { directory } = open({ authorities: [other.certificate] });
    expect(await directory.authenticate(ANNA, 'secret')).toMatchObject(temporary);
  });

  it('are not sent to a server of another name', async () => {
    const { directory } = open({ urls: sample.source.urls.map((url) => url.replace('localhost', '127.0.0.2')) });
    expect(await directory.authenticate(ANNA, 'secret')).toMatchObject(temporary);
  });

  it('are not sent when the server refuses StartTLS', async () => {
    const seen: Buffer[] = [];
    const port = await listen((socket) => {
      socket.on('data', (bytes) => {
        seen.push(bytes);
        // ExtendedResponse, result 2: protocolError.
        socket.write(Buffer.from('300c02010278070a010204000400', 'hex').fill(bytes[4]!, 4, 5));
      });
    });
    const { directory } = open({ urls: [`ldap://127.0.0.1:${port}`], startTls: true, answerTimeoutMs: 500 });
    expect(await directory.authenticate(ANNA, 'secret')).toMatchObject(temporary);
    expect(Buffer.concat(seen).includes('1.3.6.1.4.1.1466.20037')).toBe(true);
    expect(Buffer.concat(seen).includes('secret')).toBe(false);
    expect(Buffer.concat(seen).includes('reader')).toBe(false);
  });

  it('are not sent to a server that never answers, and the wait is short', async () => {
    const port = await listen(() => undefined);
    const { directory } = open({ urls: [`ldaps://127.0.0.1:${port}`], connectTimeoutMs: 200 });
    expect(await directory.authenticate(ANNA, 'secret')).toMatchObject(temporary);
    const plain = open({
      urls: [`ldap://127.0.0.1:${port}`],
      startTls: true,
      connectTimeoutMs: 100,
      answerTimeoutMs: 100,
    });
    expect(await plain.directory.authenticate(ANNA, 'secret')).toMatchObject(temporary);
  });

  it('are not sent at all without StartTLS over ldap://', async () => {
    const seen: Buffer[] = [];
    const port = await listen((socket) => socket.on('data', (bytes) => seen.push(bytes)));
    const { directory } = open({ urls: [`ldap://127.0.0.1:${port}`], startTls: false, connectTimeoutMs: 200 });
    expect(await directory.authenticate(ANNA, 'secret')).toMatchObject(temporary);
    expect(Buffer.concat(seen).includes('secret')).toBe(false);
  });
});
