import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureAuthority } from '@interoffice/pki';
import { silentLog, systemClock } from '@interoffice/telemetry';
import {
  CUT,
  HEAVY,
  LARGE,
  LATE,
  LimitedDirectory,
  MEMBERS,
  PARTLY,
  READER,
  STUCK,
} from '../../../../../test/interop/directories/limited-directory.js';
import { LdapConnection, type LdapServer } from '../connection.js';
import { LdapPool } from '../pool.js';
import { LdapServers } from '../servers.js';
import { equals } from './filters.js';
import { LdapPeople } from './ldap-people.js';
import { allMembers } from './member-ranges.js';
import { PageSize, Reader } from './reader.js';
import { scopeOf, type LdapPeopleOptions } from './scope.js';

let folder: string;
let directory: LimitedDirectory;
let access: Omit<LdapServer, 'url'>;
let connection: LdapConnection;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'limits-'));
  const authority = await ensureAuthority(folder, systemClock);
  directory = await LimitedDirectory.open(authority);
  access = {
    startTls: false,
    authorities: [authority.certificate],
    connectTimeoutMs: 2000,
    answerTimeoutMs: 5000,
  };
  connection = await LdapConnection.open({ ...access, url: directory.url });
});
afterAll(async () => {
  connection.destroy();
  await directory.close();
  await rm(folder, { recursive: true, force: true });
});

const OPTIONS: LdapPeopleOptions = {
  name: 'corp',
  domain: 'corp.example',
  kind: 'active-directory',
  bases: ['dc=corp'],
  filter: '(objectClass=user)',
  attributes: {
    id: 'entryUUID',
    login: 'uid',
    name: 'cn',
    mail: 'mail',
    title: 'title',
    department: 'department',
    phone: 'telephoneNumber',
    office: 'l',
    photo: 'jpegPhoto',
  },
  groups: { base: 'dc=corp', filter: '(objectClass=group)' },
  loginGroup: undefined,
  offices: [],
};

function reading() {
  directory.asked.length = 0;
  const reader = new Reader(connection, new PageSize(), []);
  return {
    reader,
    scope: scopeOf(OPTIONS),
    log: silentLog,
    nowMs: Date.now(),
    withPhotos: true,
    told: new Set<string>(),
  };
}

describe('the limits of Active Directory', () => {
  it('do not shorten a group: the members come in ranges, each once and in order', async () => {
    const round = reading();
    const group = await round.reader.entry(LARGE, ['member']);
    expect(await allMembers(group!, round)).toEqual(MEMBERS);
    expect(directory.asked).toEqual(['member', 'member;range=1500-*', 'member;range=3000-*']);
  });

  it('do not keep a reader for ever when a server gives the same range again and again', async () => {
    const round = reading();
    const group = await round.reader.entry(STUCK, ['member']);
    await expect(allMembers(group!, round)).rejects.toMatchObject({ code: 'DIRECTORY_RESULT_CUT' });
    expect(directory.asked).toHaveLength(2);
  });

  it('never make a part of a result look like the whole', async () => {
    const query = { filter: equals('objectClass', 'user'), attributes: ['cn'] };
    const { reader } = reading();
    await expect(reader.all({ ...query, base: CUT })).rejects.toMatchObject({ code: 'DIRECTORY_RESULT_CUT' });
    await expect(reader.all({ ...query, base: PARTLY })).rejects.toMatchObject({ code: 'DIRECTORY_RESULT_CUT' });
  });
});

describe('pages', () => {
  it('become smaller when people with large photos are more than a connection takes', async () => {
    const servers = new LdapServers({ ...access, urls: [directory.url] }, { clock: systemClock, log: silentLog });
    const service = { dn: READER, password: 'reads' };
    const pool = new LdapPool(servers, { service, clock: systemClock, connections: 1 });
    const people = new LdapPeople({ ...OPTIONS, bases: [HEAVY] }, { pool, clock: systemClock, log: silentLog });
    const sizes: number[] = [];
    for await (const page of people.people()) sizes.push(page.length);
    expect(sizes).toEqual([250, 150]);
    pool.close();
    servers.close();
  });

  it('are not over when the first is empty', async () => {
    const found = await reading().reader.all({ base: LATE, filter: equals('objectClass', 'user'), attributes: ['cn'] });
    expect(found.map(({ dn }) => dn)).toEqual([`cn=a,${LATE}`, `cn=b,${LATE}`]);
  });
});
