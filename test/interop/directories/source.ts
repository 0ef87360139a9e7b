import { readFileSync } from 'node:fs';
import { systemClock, type Clock } from '@interoffice/telemetry';
import { LdapPool } from '../../../libs/directory/src/ldap/pool.js';
import { LdapPeople } from '../../../libs/directory/src/ldap/reading/ldap-people.js';
import type { LdapPeopleOptions } from '../../../libs/directory/src/ldap/reading/scope.js';
import { LdapServers } from '../../../libs/directory/src/ldap/servers.js';
import type { SeenGroup, SeenPerson } from '../../../libs/directory/src/people-source.js';
import { RecordingLog } from '../../support/recording-log.js';
import type { Access } from './access.js';
import { STAFF, TEAMS } from './domain-tree.js';
import { GROUPS, PEOPLE } from './slapd-tree.js';

export const SLAPD: LdapPeopleOptions = {
  name: 'slapd',
  domain: 'im.example',
  kind: 'inetorgperson',
  bases: [PEOPLE],
  filter: '(objectClass=inetOrgPerson)',
  attributes: {
    id: 'entryUUID',
    login: 'uid',
    name: 'displayName',
    mail: 'mail',
    title: 'title',
    department: 'departmentNumber',
    phone: 'telephoneNumber',
    office: 'l',
    photo: 'jpegPhoto',
  },
  groups: {
    base: GROUPS,
    filter: '(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))',
  },
  loginGroup: undefined,
  offices: [],
};

export const DOMAIN_CONTROLLER: LdapPeopleOptions = {
  name: 'domain',
  domain: 'im.example',
  kind: 'active-directory',
  bases: [STAFF],
  filter: '(&(objectCategory=person)(objectClass=user))',
  attributes: {
    id: 'objectGUID',
    login: 'sAMAccountName',
    name: 'displayName',
    mail: 'mail',
    title: 'title',
    department: 'department',
    phone: 'telephoneNumber',
    office: 'physicalDeliveryOfficeName',
    photo: 'thumbnailPhoto',
  },
  groups: { base: TEAMS, filter: '(objectClass=group)' },
  loginGroup: undefined,
  offices: [],
};

/** Who reads, by which clock, and from which servers in order of preference. */
export interface Reader {
  readonly dn?: string;
  readonly clock?: Clock;
  readonly urls?: readonly string[];
}

/** A source and what it told its log; to be closed. */
export interface OpenSource {
  readonly people: LdapPeople;
  readonly pool: LdapPool;
  readonly log: RecordingLog;
  close(): void;
}

/** Reads a directory of the lab; as its reader, or as another account with the same password; or several of its servers. */
export function openSource(
  access: Access,
  options: LdapPeopleOptions,
  { dn = access.reader, clock = systemClock, urls = [access.url] }: Reader = {},
): OpenSource {
  const log = new RecordingLog();
  const server = {
    urls,
    startTls: false,
    authorities: [readFileSync(access.authority, 'utf8')],
    connectTimeoutMs: 2000,
    answerTimeoutMs: 30_000,
  };
  const servers = new LdapServers(server, { clock, log });
  const pool = new LdapPool(servers, {
    service: { dn, password: access.password },
    clock: systemClock,
    connections: 4,
  });
  const close = (): void => {
    pool.close();
    servers.close();
  };
  return { people: new LdapPeople(options, { pool, clock, log }), pool, log, close };
}

export async function everybodyOf(people: LdapPeople): Promise<readonly SeenPerson[]> {
  return gather(people.people());
}

export async function groupsOf(people: LdapPeople): Promise<readonly SeenGroup[]> {
  return gather(people.groups());
}

async function gather<T>(pages: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}
