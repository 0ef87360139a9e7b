import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  LdapSource,
  LOGIN_SENTENCES,
  MemoryRecords,
  PeopleDirectory,
  startSampleDirectory,
  type SampleDirectory,
} from '@interoffice/directory';
import { ensureAuthority } from '@interoffice/pki';
import { type Failure, silentLog, systemClock } from '@interoffice/telemetry';
import { Logins } from './logins.js';

let asked = 0;

let dir: string;
let sample: SampleDirectory;
const opened: LdapSource[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'logins-'));
  const authority = await ensureAuthority(dir, systemClock);
  const pair = await authority.issue({ names: ['localhost'], nowMs: Date.now(), days: 1 });
  const parts = { ...pair, authority: authority.certificate, secret: Buffer.alloc(32, 1) };
  sample = await startSampleDirectory({ ...parts, domain: 'mail.example' });
});
afterAll(async () => {
  for (const source of opened) source.close();
  await sample.close();
  await rm(dir, { recursive: true, force: true });
});

function open(loginGroup?: string): Logins {
  const records = new MemoryRecords(systemClock);
  const options = { ...sample.source, domains: ['im.example'] as [string], netbiosName: 'OFFICE', loginGroup };
  const source = new LdapSource(options, { records, clock: systemClock, log: silentLog });
  opened.push(source);
  const directory = new PeopleDirectory({ records, sources: [source], clock: systemClock, log: silentLog });
  const { authenticate } = directory;
  directory.authenticate = (...given) => {
    asked++;
    return authenticate.apply(directory, given);
  };
  return new Logins(directory, ['im.example'], systemClock, silentLog);
}

const logIn = (logins: Logins, jid: string, password: string) => logins.check({ jid, password }, '192.0.2.1');

describe('a log-in over HTTP', () => {
  it.each(['anna.berg', 'anna.berg@im.example', 'OFFICE\\anna.berg', 'anna.berg@mail.example'])(
    'as %s is that person',
    async (name) => {
      const account = await logIn(open(), name, sample.passwordOf('anna.berg'));
      expect(account.jid.bare).toBe('anna.berg@im.example');
    },
  );

  it('says why somebody is not let in, which is no guess and blocks nobody', async () => {
    const logins = open('cn=it,ou=groups,dc=office,dc=localhost');
    expect((await logIn(logins, 'admin', sample.passwordOf('admin'))).jid.bare).toBe('admin@im.example');
    for (let i = 0; i < 6; i++)
      await expect(logIn(logins, 'anna.berg', sample.passwordOf('anna.berg'))).rejects.toMatchObject({
        code: 'NOT_IN_LOGIN_GROUP',
        message: LOGIN_SENTENCES['out-of-group'],
      });
    await expect(logIn(logins, 'anna.berg', 'wrong')).rejects.toMatchObject({ code: 'LOGIN_REFUSED', message: '' });
  });

  it('says that an account has to wait after too many wrong passwords', async () => {
    const logins = open();
    for (let i = 0; i < 4; i++)
      await expect(logIn(logins, 'anna.berg', `guess ${i}`)).rejects.toMatchObject({ code: 'LOGIN_REFUSED' });
    await expect(logIn(logins, 'anna.berg', 'guess')).rejects.toMatchObject({ code: 'ACCOUNT_LOCKED' });
  });

  //
  it('is refused unheard from where 10,000 names are tried, and from nowhere else', async () => {
    const logins = open();
    asked = 0;
    const codes = new Map<unknown, number>();
    for (let i = 0; i < 10_000; i++) {
      const { code } = (await logIn(logins, `name-${i}`, 'a guess').catch((error: unknown) => error)) as Failure;
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect([...codes]).toEqual([
      ['LOGIN_REFUSED', 100],
      ['TOO_MANY_ATTEMPTS', 9900],
    ]);
    expect(asked).toBe(100);
    const password = sample.passwordOf('anna.berg');
    await expect(logIn(logins, 'anna.berg', password)).rejects.toMatchObject({
      code: 'TOO_MANY_ATTEMPTS',
      status: 429,
    });
    const elsewhere = await logins.check({ jid: 'anna.berg', password }, '192.0.2.2');
    expect(elsewhere.jid.bare).toBe('anna.berg@im.example');
  });
});
