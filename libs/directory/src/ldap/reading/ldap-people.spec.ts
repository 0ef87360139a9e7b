import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureAuthority } from '@interoffice/pki';
import { jsonLog, systemClock } from '@interoffice/telemetry';
import type { SeenPerson } from '../../people-source.js';
import { startSampleDirectory, type SampleDirectory } from '../../sample/sample-directory.js';
import { LdapPool } from '../pool.js';
import { LdapServers } from '../servers.js';
import { LdapPeople } from './ldap-people.js';
import type { LdapPeopleOptions } from './scope.js';

const SUFFIX = 'dc=office,dc=localhost';
const PEOPLE = `ou=people,${SUFFIX}`;
let folder: string;
let sample: SampleDirectory;
let servers: LdapServers;
let pool: LdapPool;
let events: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'people-'));
  const authority = await ensureAuthority(folder, systemClock);
  const pair = await authority.issue({ names: ['localhost'], nowMs: Date.now(), days: 1 });
  const trust = { authority: authority.certificate, secret: randomBytes(32), domain: 'office.localhost' };
  sample = await startSampleDirectory({ ...pair, ...trust });
  const { bindDn, password } = sample.source;
  const log = jsonLog({ write: (line) => events.push(line), now: () => 0, level: 'info' });
  servers = new LdapServers(sample.source, { clock: systemClock, log });
  pool = new LdapPool(servers, { service: { dn: bindDn, password }, clock: systemClock, connections: 2 });
  events = [];
});
afterAll(async () => {
  pool.close();
  servers.close();
  await sample.close();
  await rm(folder, { recursive: true, force: true });
});

function open(change: Partial<LdapPeopleOptions> = {}): LdapPeople {
  events.length = 0;
  const options: LdapPeopleOptions = {
    name: 'sample',
    domain: 'office.localhost',
    kind: 'inetorgperson',
    bases: [PEOPLE],
    filter: '(objectClass=inetOrgPerson)',
    attributes: sample.source.attributes,
    groups: { base: `ou=groups,${SUFFIX}`, filter: '(objectClass=groupOfNames)' },
    loginGroup: undefined,
    offices: [],
    ...change,
  };
  const log = jsonLog({ write: (line) => events.push(line), now: () => 0, level: 'info' });
  return new LdapPeople(options, { pool, clock: systemClock, log });
}

async function everybody(people: LdapPeople): Promise<ReadonlyMap<string, SeenPerson>> {
  const found = new Map<string, SeenPerson>();
  for await (const page of people.people()) for (const person of page) found.set(person.login, person);
  return found;
}

/** The name of some group, and who is in it. */
function someGroup(): { dn: string; uids: readonly string[] } {
  const name = sample.people.find(({ groups }) => groups.length > 0)!.groups[0]!;
  const uids = sample.people.filter(({ groups }) => groups.includes(name)).map(({ uid }) => uid);
  return { dn: `cn=${name},ou=groups,${SUFFIX}`, uids };
}

describe('reading a directory', () => {
  it('gives everybody with id, address, photo and no refusal', async () => {
    const found = await everybody(open());
    expect(found.size).toBe(200);
    const anna = found.get('anna.berg');
    expect(anna).toMatchObject({ directory: 'sample', refusal: undefined, person: { office: 'Berlin' } });
    expect(anna?.jid.bare).toBe('anna.berg@office.localhost');
    expect(anna?.person.photo?.type).toBe('image/png');
  });

  it('refuses who is not in the log-in group, and gives offices by rule', async () => {
    const { dn, uids } = someGroup();
    const offices = [
      { group: dn, office: 'The group' },
      { value: 'BERLIN', office: 'Headquarters' },
    ];
    const found = await everybody(open({ loginGroup: dn, offices }));
    const inside = [...found.values()].filter(({ refusal }) => refusal === undefined).map(({ login }) => login);
    expect(inside.toSorted()).toEqual([...uids].toSorted());
    expect(inside.every((login) => found.get(login)?.person.office === 'The group')).toBe(true);
    const others = [...found.values()].filter(({ refusal }) => refusal === 'out-of-group');
    expect(others.some(({ person }) => person.office === 'Headquarters')).toBe(true);
    expect(others.some(({ person }) => person.office === 'Berlin')).toBe(false);
  });

  it('looks at some people and tells who is gone and who is out of scope', async () => {
    const all = await everybody(open());
    const ids = [...all.values()].map(({ directoryId }) => directoryId);
    const found = await open({ filter: '(l=Berlin)' }).look([...ids, 'nobody']);
    expect(found.get('nobody')).toBe('deleted');
    const refusals = [...found.values()].map((one) => (one === 'deleted' ? one : (one.refusal ?? 'fit')));
    const inBerlin = [...all.values()].filter(({ person }) => person.office === 'Berlin').length;
    expect(refusals.filter((one) => one === 'fit')).toHaveLength(inBerlin);
    expect(refusals.filter((one) => one === 'out-of-scope')).toHaveLength(200 - inBerlin);
  });

  it('explains of whom it is asked, and of nobody else', async () => {
    const anna = (await everybody(open())).get('anna.berg')!;
    expect(await open().groupsOf(anna.directoryId)).toMatchObject({ dn: anna.dn, isWhole: true });
    expect(await open().groupsOf('nobody')).toBeUndefined();
  });

  it('leaves out, with an event, people and groups that have no stable id', async () => {
    const people = open({ attributes: { ...sample.source.attributes, id: 'nsUniqueId' } });
    const groups = [];
    for await (const page of people.groups()) groups.push(...page);
    expect(groups).toEqual([]);
    expect((await everybody(people)).size).toBe(0);
    expect(events.filter((line) => line.includes('directory.entry.skipped')).length).toBeGreaterThan(200);
  });

  it('tells who has changed to a cursor of the same server only', async () => {
    const people = open();
    const cursor = await people.cursor();
    expect(cursor.server).toBe(sample.source.urls[0]);
    expect(await people.changesSince(cursor)).toMatchObject({ people: [], groups: [], deleted: [], cursor });
    expect(await people.changesSince({ ...cursor, server: 'ldaps://another:636' })).toBeUndefined();
  });

  it('rejects when it is told to read a domain controller that is none, or a group that is not there', async () => {
    const wrong = open({ kind: 'active-directory' });
    await expect(wrong.cursor()).rejects.toMatchObject({ code: 'DIRECTORY_CHANGES_HIDDEN' });
    const missing = open({ loginGroup: `cn=nobody made it,ou=groups,${SUFFIX}` });
    await expect(everybody(missing)).rejects.toMatchObject({ code: 'DIRECTORY_GROUP_MISSING' });
  });
});
