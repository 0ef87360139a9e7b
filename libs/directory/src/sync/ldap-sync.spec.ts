import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureAuthority } from '@interoffice/pki';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { LdapPool } from '../ldap/pool.js';
import { LdapPeople } from '../ldap/reading/ldap-people.js';
import { LdapServers } from '../ldap/servers.js';
import { MemoryGroups } from '../memory/memory-groups.js';
import { MemoryRecords } from '../memory/memory-records.js';
import { MemorySyncRecords } from '../memory/memory-sync-records.js';
import { photoOf, redrawn } from '../photo.js';
import { startSampleDirectory, type SampleDirectory } from '../sample/sample-directory.js';
import { DirectorySync } from './directory-sync.js';

const SUFFIX = 'dc=office,dc=localhost';
let folder: string;
let sample: SampleDirectory;
let servers: LdapServers;
let pool: LdapPool;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sync-'));
  const authority = await ensureAuthority(folder, systemClock);
  const pair = await authority.issue({ names: ['localhost'], nowMs: Date.now(), days: 1 });
  const trust = { authority: authority.certificate, secret: randomBytes(32), domain: 'office.localhost' };
  sample = await startSampleDirectory({ ...pair, ...trust });
  const { bindDn, password } = sample.source;
  servers = new LdapServers(sample.source, { clock: systemClock, log: silentLog });
  pool = new LdapPool(servers, { service: { dn: bindDn, password }, clock: systemClock, connections: 2 });
});
afterAll(async () => {
  pool.close();
  servers.close();
  await sample.close();
  await rm(folder, { recursive: true, force: true });
});

function open() {
  const options = {
    name: 'sample',
    domain: 'office.localhost',
    kind: 'inetorgperson',
    bases: [`ou=people,${SUFFIX}`],
    filter: '(objectClass=inetOrgPerson)',
    attributes: sample.source.attributes,
    groups: { base: `ou=groups,${SUFFIX}`, filter: '(objectClass=groupOfNames)' },
    loginGroup: undefined,
    offices: [],
  } as const;
  const source = new LdapPeople(options, { pool, clock: systemClock, log: silentLog });
  const records = new MemoryRecords(systemClock, redrawn);
  const groups = new MemoryGroups(records);
  const parts = { records, groups, syncs: new MemorySyncRecords(), clock: systemClock, log: silentLog };
  const roles = [{ group: `cn=compliance,ou=groups,${SUFFIX}`, role: 'officer', scope: '*' }] as const;
  return { records, groups, sync: new DirectorySync(source, parts, { roles }) };
}

describe('a directory over LDAP', () => {
  it('is followed with photos drawn anew, groups and the roles they give', async () => {
    const { records, groups, sync } = open();
    const count = sample.people.length;
    expect(await sync.full()).toMatchObject({ outcome: 'done', counts: { seen: count, added: count } });
    const olga = await records.find('olga.officer@office.localhost');
    expect(olga).toMatchObject({ name: 'Olga Officer', role: 'officer', roleBy: 'directory', state: 'active' });
    const names = (await groups.groupsOf(olga!.id)).map(({ group }) => group.name);
    expect(names).toEqual(['berlin', 'compliance']);
    const photo = await records.photo('olga.officer@office.localhost');
    expect(photoOf(photo!.bytes)?.type).toBe('image/png');
    const bytes = sample.people.find(({ uid }) => uid === 'olga.officer')!.photo;
    expect(photo!.bytes.equals(bytes)).toBe(false);
    expect(await sync.full()).toMatchObject({ counts: { added: 0, changed: 0, unchanged: count } });
    // Photos are not read at every look, and stay.
    expect(await sync.online(['olga.officer@office.localhost'])).toMatchObject({ counts: { seen: 1, unchanged: 1 } });
    expect((await records.photo('olga.officer@office.localhost'))?.bytes).toEqual(photo!.bytes);
  });
});
