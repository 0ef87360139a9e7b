import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureAuthority } from '@interoffice/pki';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { MemoryRecords } from '../../memory/memory-records.js';
import { startSampleDirectory, type SampleDirectory } from '../../sample/sample-directory.js';
import { LdapSource, type LdapSourceOptions } from '../ldap-source.js';
import { READER, startStrictDirectory, type StrictDirectory } from '../../sample/strict-directory.contract.js';
import type { Finding } from './finding.js';

let dir: string;
let sample: SampleDirectory;
let strict: StrictDirectory;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ldap-'));
  const authority = await ensureAuthority(dir, systemClock);
  const pair = await authority.issue({ names: ['localhost'], nowMs: Date.now(), days: 30 });
  const parts = { ...pair, authority: authority.certificate, secret: Buffer.alloc(32, 1) };
  sample = await startSampleDirectory({ ...parts, domain: 'office.localhost' });
  strict = await startStrictDirectory(pair, [{ dn: 'dc=corp,dc=example', attributes: { objectClass: 'domain' } }]);
});
afterAll(async () => {
  await sample.close();
  await strict.close();
  await rm(dir, { recursive: true, force: true });
});

async function findings(change: Partial<LdapSourceOptions> = {}, login?: string): Promise<readonly Finding[]> {
  const parts = { records: new MemoryRecords(systemClock), clock: systemClock, log: silentLog };
  const source = new LdapSource({ ...sample.source, ...change }, parts);
  const found: Finding[] = [];
  for await (const finding of source.examine(login)) found.push(finding);
  source.close();
  return found;
}

const named = (found: readonly Finding[], name: string): Finding | undefined =>
  found.find((finding) => finding.name.startsWith(name));

describe('the doctor of a directory', () => {
  it('looks at everything a working source needs', async () => {
    const found = await findings({ base: ['ou=people,dc=office,dc=localhost', 'dc=office,dc=localhost'] }, 'anna.berg');
    expect(named(found, 'server ldaps://localhost')).toMatchObject({ state: 'good' });
    expect(named(found, 'server')?.detail).toMatch(/certificate good for (29|30) days, for DNS:localhost/);
    expect(named(found, 'people below ou=people')).toMatchObject({
      state: 'good',
      detail: expect.stringContaining('200 people; 0'),
    });
    expect(named(found, 'paged results')).toMatchObject({ state: 'good' });
    expect(named(found, 'referrals')).toMatchObject({ state: 'good' });
    expect(named(found, 'nested groups')?.detail).toContain('was found by its member');
    expect(named(found, 'photos')).toMatchObject({
      state: 'good',
      detail: expect.stringContaining('20 looked at: image/png'),
    });
    expect(named(found, 'log-in of anna.berg')).toMatchObject({
      state: 'good',
      detail: expect.stringContaining('uid=anna.berg'),
    });
  });

  it('says what is wrong, and what to do about it', async () => {
    const found = await findings(
      { filter: '(objectClass=printer)', password: 'wrong', urls: [...sample.source.urls, 'ldaps://127.0.0.1:1'] },
      'nobody@mail.example',
    );
    expect(named(found, 'server ldaps://127.0.0.1:1')).toMatchObject({
      state: 'bad',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
    expect(named(found, 'service account')).toMatchObject({ state: 'bad', remedy: expect.stringContaining('bind-dn') });
    expect(named(found, 'log-in of nobody')).toMatchObject({ state: 'bad' });
    expect(found.filter(({ state }) => state !== 'good').every(({ remedy }) => remedy !== undefined)).toBe(true);
    expect(JSON.stringify(found)).not.toContain(sample.source.password);
  });

  it('finds a base without people, names that cannot be, the wrong kind and a clock that is wrong', async () => {
    const found = await findings(
      {
        urls: [`ldaps://localhost:${strict.port}`],
        bindDn: READER,
        password: 'reader',
        base: 'dc=corp,dc=example',
        kind: 'active-directory',
      },
      'a/b',
    );
    expect(named(found, 'people below')).toMatchObject({
      state: 'bad',
      detail: expect.stringContaining('finds nobody'),
    });
    expect(named(found, 'root DSE')).toMatchObject({
      state: 'bad',
      remedy: expect.stringContaining('no Active Directory'),
    });
    expect(named(found, 'root DSE')?.detail).toBe('Strict; holds dc=corp,dc=example');
    expect(named(found, 'paged results')).toMatchObject({ state: 'warning' });
    expect(named(found, 'clock')).toMatchObject({ state: 'bad', detail: expect.stringMatching(/^\d+ s apart$/) });
    expect(named(found, 'log-in of')).toMatchObject({ state: 'bad', detail: 'a/b cannot be a log-in name' });
  });

  it('ends also when DNS knows no server', async () => {
    const found = await findings({ srv: 'corp.example', dnsServers: ['127.0.0.1:1'] });
    expect(named(found, 'servers in DNS')).toMatchObject({ state: 'bad' });
  });
});
