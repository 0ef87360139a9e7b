import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  LdapSource,
  LOGIN_SENTENCES,
  MemoryLoginTokens,
  MemoryRecords,
  PeopleDirectory,
  startSampleDirectory,
  type SampleDirectory,
} from '@interoffice/directory';
import { ensureAuthority } from '@interoffice/pki';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { jid } from '@interoffice/wire';
import { Logins } from './login.js';

const CLIENT = '192.0.2.1';
let dir: string;
let sample: SampleDirectory;
let source: LdapSource;
let records: MemoryRecords;
let logins: Logins;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'logins-'));
  const authority = await ensureAuthority(dir, systemClock);
  const pair = await authority.issue({ names: ['localhost'], nowMs: Date.now(), days: 1 });
  const secret = Buffer.alloc(32, 1);
  sample = await startSampleDirectory({ ...pair, authority: authority.certificate, secret, domain: 'mail.example' });
  records = new MemoryRecords(systemClock);
  const domains = ['im.example', 'chat.example'] as const;
  const options = {
    ...sample.source,
    domains,
    netbiosName: 'OFFICE',
    lockout: { attempts: 2, withinMs: 60_000, forMs: 60_000 },
  };
  source = new LdapSource({ ...options, domains: [...domains] }, { records, clock: systemClock, log: silentLog });
  const directory = new PeopleDirectory({ records, sources: [source], clock: systemClock, log: silentLog });
  logins = new Logins(directory, new MemoryLoginTokens(systemClock), secret);
});
afterAll(async () => {
  source.close();
  await sample.close();
  await rm(dir, { recursive: true, force: true });
});

const logIn = (local: string, password: string, domain = 'im.example') =>
  logins.check(jid(local, domain), password, CLIENT);

describe('a log-in on a stream', () => {
  it.each(['anna.berg', 'office\\anna.berg', 'anna.berg\\40mail.example'])('as %s is that person', async (name) => {
    const outcome = await logIn(name, sample.passwordOf('anna.berg'));
    expect('proof' in outcome && outcome.account?.bare).toBe('anna.berg@im.example');
  });

  it('says to the owner of another domain’s account where it belongs', async () => {
    const outcome = await logIn('anna.berg', sample.passwordOf('anna.berg'), 'chat.example');
    expect(outcome).toEqual({
      condition: 'not-authorized',
      text: 'Your address is anna.berg@im.example. Please log in with it.',
    });
  });

  it('by an address of before is that person, as long as it means nobody else in the directory', async () => {
    const { uid } = sample.people.find((person) => person.role === 'employee' && person.uid !== 'anna.berg')!;
    const password = sample.passwordOf(uid);
    await logIn(uid, password);
    await records.rename(`${uid}@im.example`, jid('c.baker', 'im.example'), 1);
    // Neither is a log-in name of the directory.
    await records.rename('c.baker@im.example', jid('c.miller', 'im.example'), 1);
    for (const name of [uid, 'c.baker', 'c.miller']) {
      const outcome = await logIn(name, password);
      expect('proof' in outcome && outcome.account?.bare).toBe('c.miller@im.example');
    }
    expect(await logIn('c.baker', 'a guess')).toEqual({ condition: 'not-authorized' });
  });

  it('says why somebody is not let in', async () => {
    await records.setState('anna.berg@im.example', 'suspended');
    const outcome = await logIn('anna.berg', sample.passwordOf('anna.berg'));
    expect(outcome).toEqual({ condition: 'account-disabled', text: LOGIN_SENTENCES.suspended });
  });

  //
  it('says nothing but that something was wrong, until there were too many', async () => {
    for (const name of ['olga.officer', 'nobody.at.all']) {
      expect(await logIn(name, 'guess 1')).toEqual({ condition: 'not-authorized' });
      expect(await logIn(name, 'guess 2')).toEqual({ condition: 'not-authorized' });
      const blocked = { condition: 'temporary-auth-failure', text: LOGIN_SENTENCES['too-many-attempts'] };
      expect(await logIn(name, 'guess 3')).toEqual(blocked);
    }
  });
});
