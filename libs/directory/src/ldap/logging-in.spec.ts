import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensureAuthority, type Authority } from '@interoffice/pki';
import { jsonLog, silentLog, systemClock } from '@interoffice/telemetry';
import { jid, parseJid } from '@interoffice/wire';
import type { LoginOutcome } from '../directory.js';
import { MemoryRecords } from '../memory/memory-records.js';
import { PeopleDirectory } from '../people-directory.js';
import { LdapSource, type LdapSourceOptions } from './ldap-source.js';
import {
  READER,
  startStrictDirectory,
  type StrictDirectory,
  type StrictEntry,
} from '../sample/strict-directory.contract.js';

const PEOPLE = 'ou=people,dc=corp,dc=example';
const GROUPS = 'ou=groups,dc=corp,dc=example';

function person(login: string, more: Partial<StrictEntry> & { also?: StrictEntry['attributes'] } = {}): StrictEntry {
  const { also, ...rest } = more;
  return {
    dn: `cn=${login},${PEOPLE}`,
    password: 'right',
    attributes: {
      objectClass: 'user',
      entryUUID: `id-of-${login}`,
      uid: login,
      displayName: login.toUpperCase(),
      mail: `${login}@mail.example`,
      userPrincipalName: `${login}@corp.example`,
      pwdLastSet: '133',
      ...also,
    },
    ...rest,
  };
}

function group(name: string, ...members: string[]): StrictEntry {
  return { dn: `cn=${name},${GROUPS}`, attributes: { objectClass: 'groupOfNames', cn: name, member: members } };
}

let dir: string;
let authority: Authority;
let pair: { key: string; certificate: string };
let strict: StrictDirectory;
let clock: { at: number; now(): number };
let events: string[];
const opened: LdapSource[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ldap-'));
  authority = await ensureAuthority(dir, systemClock);
  pair = await authority.issue({ names: ['localhost'], nowMs: Date.now(), days: 30 });
});
afterAll(() => rm(dir, { recursive: true, force: true }));
beforeEach(() => {
  clock = { at: Date.UTC(2026, 2, 2, 9, 30), now: () => clock.at };
  events = [];
});
afterEach(async () => {
  for (const source of opened.splice(0)) source.close();
  await strict.close();
});

async function open(entries: readonly StrictEntry[], change: Partial<LdapSourceOptions> = {}) {
  const base = { dn: PEOPLE, attributes: { objectClass: 'organizationalUnit' } };
  strict = await startStrictDirectory(pair, [base, ...entries]);
  const options: LdapSourceOptions = {
    name: 'corp',
    domains: ['im.example'],
    urls: [`ldaps://localhost:${strict.port}`],
    startTls: false,
    bindDn: READER,
    password: 'reader',
    base: PEOPLE,
    filter: '(objectClass=user)',
    attributes: {
      id: 'entryUUID',
      login: 'uid',
      name: 'displayName',
      mail: 'mail',
      title: 'title',
      department: 'department',
      phone: 'telephoneNumber',
      office: 'l',
      photo: 'jpegPhoto',
    },
    principal: 'userPrincipalName',
    netbiosName: 'CORP',
    principalSuffixes: ['corp.example'],
    connectTimeoutMs: 2000,
    answerTimeoutMs: 5000,
    connections: 4,
    authorities: [authority.certificate],
    ...change,
  };
  const log = jsonLog({ write: (line) => events.push(line), now: () => 0, level: 'info' });
  const records = new MemoryRecords(clock);
  const source = new LdapSource(options, { records, clock, log });
  opened.push(source);
  const directory = new PeopleDirectory({ records, sources: [source], clock, log: silentLog });
  const logIn = (name: string, password = 'right', client = '192.0.2.1'): Promise<LoginOutcome> =>
    directory.authenticate(name.includes('@') ? parseJid(name) : jid(name, 'im.example'), password, client);
  return { source, directory, records, logIn };
}

const whoIs = (outcome: LoginOutcome): string => (outcome.ok ? outcome.account.jid.bare : outcome.reason);
const toldTo = (outcome: LoginOutcome) => (outcome.ok ? 'nothing' : [outcome.reason, outcome.obstacle]);

describe('a name to log in with', () => {
  it.each([
    ['anna'],
    ['ANNA'],
    ['corp\\anna'],
    ['corp\\5canna'],
    ['anna\\40corp.example'],
    ['anna\\40mail.example'],
    ['anna@mail.example'],
    ['anna@corp.example'],
  ])('leads to its person in the form %s', async (name) => {
    const { logIn } = await open([person('anna'), person('bert')]);
    expect(whoIs(await logIn(name))).toBe('anna@im.example');
    expect(strict.binds).toEqual([`cn=anna,${PEOPLE}`]);
  });

  it.each([['other\\anna'], ['anna\\40elsewhere.example'], ['anna@elsewhere.example'], ['corp\\nobody']])(
    'leads to nobody in the form %s',
    async (name) => {
      const { logIn } = await open([person('anna')]);
      expect(await logIn(name)).toMatchObject({ ok: false, reason: 'not-authorized' });
      expect(strict.binds).toHaveLength(1);
    },
  );

  it('is a principal before it is a log-in name, and that before it is a mail address', async () => {
    const { logIn } = await open([
      person('anna', { also: { mail: 'boss@corp.example', userPrincipalName: 'a.berg@corp.example' } }),
      person('boss'),
      person('bert', { also: { userPrincipalName: 'anna@corp.example' } }),
    ]);
    expect(whoIs(await logIn('boss@corp.example'))).toBe('boss@im.example');
    expect(whoIs(await logIn('anna@corp.example'))).toBe('bert@im.example');
    expect(whoIs(await logIn('a.berg@corp.example'))).toBe('anna@im.example');
  });

  //
  it('that two people have lets neither of them in', async () => {
    const shared = { also: { mail: 'info@mail.example' } };
    const { logIn } = await open([person('anna', shared), person('bert', shared)]);
    expect(whoIs(await logIn('info@mail.example'))).toBe('not-authorized');
    expect(strict.binds).toEqual([]);
    expect(events.join()).toContain('directory.entry.ambiguous');
  });

  it('may change: a known person is the same by the new name, and by the address of before', async () => {
    const { logIn } = await open([person('anna')]);
    await logIn('anna');
    strict.entries[1] = person('anna.meyer', { also: { entryUUID: 'id-of-anna' } });
    expect(whoIs(await logIn('anna.meyer'))).toBe('anna@im.example');
    expect(whoIs(await logIn('anna'))).toBe('anna@im.example');
    expect(whoIs(await logIn('corp\\anna.meyer'))).toBe('anna@im.example');
  });

  //
  it('that belonged to somebody else gives nobody their address', async () => {
    const { logIn } = await open([person('anna')]);
    await logIn('anna');
    strict.entries[1] = person('anna', { also: { entryUUID: 'id-of-a-second-anna' } });
    expect(whoIs(await logIn('anna'))).toBe('not-authorized');
    expect(whoIs(await logIn('anna@corp.example'))).toBe('not-authorized');
    expect(events.join()).toContain('directory.address.taken');
  });

  it('is looked for below all bases', async () => {
    const far = { ...person('bert'), dn: 'cn=bert,ou=tokyo,dc=corp,dc=example' };
    const tokyo = { dn: 'ou=tokyo,dc=corp,dc=example', attributes: { objectClass: 'organizationalUnit' } };
    const { logIn } = await open([person('anna'), tokyo, far], { base: [PEOPLE, tokyo.dn, far.dn] });
    expect(whoIs(await logIn('anna'))).toBe('anna@im.example');
    expect(whoIs(await logIn('bert'))).toBe('bert@im.example');
  });
});

describe('the state of an account', () => {
  it.each([
    ['530', 'account-disabled', 'outside-hours'],
    ['531', 'account-disabled', 'outside-place'],
    ['532', 'credentials-expired', 'password-expired'],
    ['533', 'account-disabled', 'disabled'],
    ['701', 'account-disabled', 'expired'],
    ['773', 'credentials-expired', 'must-change-password'],
    ['775', 'temporary-auth-failure', 'locked'],
    ['52e', 'not-authorized', undefined],
    ['525', 'not-authorized', undefined],
  ])('is told as Active Directory says it: data %s', async (verdict, reason, obstacle) => {
    const { logIn } = await open([person('anna', { verdict })]);
    const outcome = await logIn('anna');
    expect(toldTo(outcome)).toEqual([reason, obstacle]);
    expect(!outcome.ok && outcome.explanation).toContain(`data ${verdict}`);
  });

  //
  it.each([
    [{ nsAccountLock: 'TRUE' }, ['account-disabled', 'disabled'], 'nsAccountLock'],
    [{ shadowExpire: '20000' }, ['account-disabled', 'expired'], 'shadowExpire'],
    [{ pwdReset: 'TRUE' }, ['credentials-expired', 'must-change-password'], 'pwdReset'],
  ])('is read from the entry elsewhere, and told only to who knew the password: %j', async (also, told, attribute) => {
    const { logIn } = await open([person('anna', { also })]);
    const outcome = await logIn('anna');
    expect(toldTo(outcome)).toEqual(told);
    expect(!outcome.ok && outcome.explanation).toContain(attribute);
    expect(toldTo(await logIn('anna', 'wrong'))).toEqual(['not-authorized', undefined]);
    expect(toldTo(await logIn('nobody', 'wrong'))).toEqual(['not-authorized', undefined]);
  });

  it('is no longer locked when the directory itself has let the person in', async () => {
    const { logIn } = await open([person('anna', { also: { lockoutTime: '5' } })]);
    expect(whoIs(await logIn('anna'))).toBe('anna@im.example');
  });

  it('is asked of the group that may use the server, through other groups and around a cycle', async () => {
    const people = ['anna', 'bert', 'carl', 'dora'].map((login) =>
      person(login, { also: { gidNumber: login === 'dora' ? '7' : '1' } }),
    );
    const chat = group('chat', `cn=bert,${PEOPLE}`, `cn=inner,${GROUPS}`);
    const { logIn } = await open(
      [
        ...people,
        { ...chat, attributes: { ...chat.attributes, gidNumber: '7' } },
        group('inner', `cn=round,${GROUPS}`),
        group('round', `cn=inner,${GROUPS}`, `cn=anna,${PEOPLE}`),
        group('other', `cn=carl,${PEOPLE}`),
      ],
      { loginGroup: chat.dn },
    );
    expect(whoIs(await logIn('anna'))).toBe('anna@im.example');
    expect(whoIs(await logIn('bert'))).toBe('bert@im.example');
    expect(whoIs(await logIn('dora'))).toBe('dora@im.example');
    expect(toldTo(await logIn('carl'))).toEqual(['account-disabled', 'out-of-group']);
    expect(toldTo(await logIn('carl', 'wrong'))).toEqual(['not-authorized', undefined]);
  });

  it('is not known when the group that may use the server is not there', async () => {
    const { logIn } = await open([person('anna')], { loginGroup: `cn=gone,${GROUPS}` });
    expect(toldTo(await logIn('anna'))).toEqual(['temporary-auth-failure', 'unavailable']);
  });
});

describe('connections for passwords', () => {
  it('are used again after a right one, not after a wrong one, and never for a search', async () => {
    const { logIn } = await open([person('anna'), person('berta')]);
    for (const name of ['anna', 'berta', 'anna']) expect((await logIn(name)).ok).toBe(true);
    // One for searches, one for passwords.
    expect(strict.connections).toBe(2);
    expect(whoIs(await logIn('berta', 'wrong'))).toBe('not-authorized');
    for (const name of ['anna', 'berta']) expect((await logIn(name)).ok).toBe(true);
    expect(strict.connections).toBe(3);
    expect(strict.binds).toHaveLength(6);
  });

  it('are ended when nobody has needed them for half a minute', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { logIn } = await open([person('anna')]);
      expect((await logIn('anna')).ok).toBe(true);
      vi.advanceTimersByTime(29_000);
      expect(strict.openConnections).toBe(2);
      vi.advanceTimersByTime(1_000);
    } finally {
      vi.useRealTimers();
    }
    await expect.poll(() => strict.openConnections).toBe(0);
  });

  it('say nothing for who was bound before: the next password counts by itself', async () => {
    const { logIn } = await open([person('anna'), person('berta', { verdict: '533' })]);
    expect((await logIn('anna')).ok).toBe(true);
    expect(toldTo(await logIn('berta'))).toEqual(['account-disabled', 'disabled']);
    expect(whoIs(await logIn('berta', 'right of anna'))).toBe('not-authorized');
  });
});

describe('a storm of log-ins', () => {
  it('on a directory that thinks for long has it judge no more than sixteen passwords at once, and lets everybody in', async () => {
    const people = Array.from({ length: 60 }, (_, nth) => person(`p${nth}`));
    const { logIn } = await open(people);
    strict.thinksForMs = 300;
    const outcomes = await Promise.all(people.map((_, nth) => logIn(`p${nth}`)));
    expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
    expect(strict.binds).toHaveLength(60);
    expect(strict.mostAtOnce).toBe(16);
  });
});

describe('wrong passwords', () => {
  it('cost one bind however often the same one is tried, and at the same time', async () => {
    const { logIn } = await open([person('anna')]);
    await Promise.all(Array.from({ length: 5 }, () => logIn('anna', 'old')));
    for (let second = 0; second < 60; second += 5) {
      clock.at += 5000;
      expect(whoIs(await logIn('anna', 'old'))).toBe('not-authorized');
    }
    expect(strict.binds).toHaveLength(1);
    expect(whoIs(await logIn('anna'))).toBe('anna@im.example');
    strict.entries[1] = person('anna', { password: 'old', also: { pwdLastSet: '134' } });
    expect(whoIs(await logIn('anna', 'old'))).toBe('anna@im.example');
  });

  //
  it('block who tries them, below what the directory permits, and nobody else', async () => {
    const { directory, logIn } = await open([person('anna')], {
      lockout: { attempts: 3, withinMs: 60_000, forMs: 60_000 },
    });
    const guess = (i: number) => logIn(i % 2 ? 'anna' : 'anna@mail.example', `guess ${i}`);
    for (let i = 0; i < 4; i++) await guess(i);
    await Promise.all(Array.from({ length: 1000 }, (_, i) => guess(4 + i)));
    expect(strict.binds).toHaveLength(3);
    expect(toldTo(await logIn('anna'))).toEqual(['temporary-auth-failure', 'too-many-attempts']);
    expect(whoIs(await logIn('anna', 'right', '192.0.2.2'))).toBe('anna@im.example');
    expect(events.filter((line) => line.includes('directory.login.blocked'))).toHaveLength(1);
    const { because, lockedOut } = await directory.explain(parseJid('anna@im.example'));
    expect(lockedOut).toEqual([{ client: '192.0.2.1', untilMs: clock.at + 60_000 }]);
    expect(because.at(-1)).toBe('blocked here for 60 s from 192.0.2.1: too many wrong passwords');
    clock.at += 60_000;
    expect(whoIs(await logIn('anna'))).toBe('anna@im.example');
  });

  //
  it('are counted and remembered for names that nobody has as well', async () => {
    const { logIn } = await open([person('anna')], { lockout: { attempts: 2, withinMs: 60_000, forMs: 60_000 } });
    const tries = async (name: string) => {
      const before = strict.binds.length;
      const told = [];
      for (const password of ['a', 'a', 'b', 'c']) told.push(toldTo(await logIn(name, password)));
      return { told, binds: strict.binds.length - before };
    };
    expect(await tries('nobody')).toEqual(await tries('anna'));
  });

  it('are not remembered of a locked entry, where the right one is refused as well', async () => {
    const locked = { also: { pwdAccountLockedTime: '20260302092900Z' } };
    const { logIn } = await open([person('anna', { ...locked, password: 'not this one yet' })]);
    expect(toldTo(await logIn('anna'))).toEqual(['temporary-auth-failure', 'locked']);
    strict.entries[1] = person('anna', locked);
    expect(whoIs(await logIn('anna'))).toBe('anna@im.example');
  });

  it('are not counted when the directory does not answer', async () => {
    const { logIn } = await open([person('anna')], { urls: ['ldaps://127.0.0.1:1'] });
    for (let i = 0; i < 10; i++)
      expect(toldTo(await logIn('anna', `guess ${i}`))).toEqual(['temporary-auth-failure', 'unavailable']);
  });
});

describe('an explanation', () => {
  it('has the entry, the server, each condition by itself and all names', async () => {
    const chat = group('chat', `cn=bert,${PEOPLE}`);
    const { directory } = await open([person('anna', { also: { nsAccountLock: 'TRUE' } }), person('bert'), chat], {
      loginGroup: chat.dn,
    });
    const explanation = await directory.explain(parseJid('anna@im.example'));
    expect(explanation).toMatchObject({
      dn: `cn=anna,${PEOPLE}`,
      server: `ldaps://localhost:${strict.port}`,
      mayLogIn: false,
      filters: [
        { name: 'base', passed: true },
        { name: 'filter', passed: true },
        { name: 'login-group', passed: false },
      ],
      states: [{ obstacle: 'disabled', attribute: 'nsAccountLock' }],
      names: ['anna', 'anna@corp.example', 'CORP\\anna', 'anna@mail.example'],
    });
    expect((await directory.explain(parseJid('bert@mail.example'))).mayLogIn).toBe(true);
  });

  it('tells who is there but not matched by the filter, and who is not there', async () => {
    const printer = person('printer', { also: { objectClass: 'device' } });
    const { directory } = await open([printer]);
    const found = await directory.explain(parseJid('printer@im.example'));
    expect(found).toMatchObject({ dn: printer.dn, mayLogIn: false });
    expect(found.because[0]).toBe('not matched by the filter (objectClass=user)');
    const nobody = await directory.explain(parseJid('nobody@im.example'));
    expect(nobody.filters).toMatchObject([{ name: 'base', passed: false }]);
  });
});
