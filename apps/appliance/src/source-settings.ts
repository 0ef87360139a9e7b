import { readFile } from 'node:fs/promises';
import type { LdapSourceSettings, Settings } from '@interoffice/config';
import type {
  GuardLimits,
  LdapPeopleOptions,
  LdapSourceOptions,
  RoleRule,
  SampleDirectory,
} from '@interoffice/directory';
import type { RoomRule, TeamRule } from './team-rules.js';

/** One directory source as the parts that use it want it told. */
export interface SourceSettings {
  /** For log-ins. */
  readonly login: LdapSourceOptions;
  /** For syncs. */
  readonly reading: LdapPeopleOptions;
  readonly roles: readonly RoleRule[];
  readonly teams: readonly TeamRule[];
  readonly rooms: readonly RoomRule[];
  readonly guard: GuardLimits;
  readonly onlineEveryMs: number;
  readonly changesEveryMs: number;
  /** Minutes after midnight by the local clock. */
  readonly nightlyAtMinute: number;
}

/** The LDAP sources of the settings, in their order. Rejects when an authority's file cannot be read. */
export async function sourcesOf(settings: Settings): Promise<SourceSettings[]> {
  if (typeof settings.directory === 'string') return [];
  const authorities = await Promise.all(settings.trustedAuthorities.map((file) => readFile(file, 'utf8')));
  return settings.directory.map((source) => ({
    login: loginOf(source, settings, authorities),
    reading: readingOf(source, settings),
    roles: source.roles ?? [],
    teams: source.teams ?? [],
    rooms: source.rooms ?? [],
    guard: { share: source.sync.mostDisabled },
    onlineEveryMs: source.sync.online,
    changesEveryMs: source.sync.changes,
    nightlyAtMinute: source.sync.full,
  }));
}

/** Departments of the sample directory, and what they are called in rosters. */
const SAMPLE_TEAMS = ['Sales', 'Engineering', 'Finance', 'Legal', 'Support', 'Research'];
/** Its offices. */
const SAMPLE_ROOMS = [
  { group: 'berlin', room: 'berlin', title: 'Berlin' },
  { group: 'tokyo', room: 'tokyo', title: 'Tokyo' },
  { group: 'são paulo', room: 'sao-paulo', title: 'São Paulo' },
] as const;

/** The sample directory of the demo. */
export function sampleSource({ source }: SampleDirectory): SourceSettings {
  const { name, domains, base, filter, attributes } = source;
  const bases = [base].flat();
  const groupBase = source.groupBase ?? bases[0]!;
  return {
    login: source,
    reading: {
      name,
      domain: domains[0],
      kind: 'inetorgperson',
      bases,
      filter,
      attributes,
      groups: { base: groupBase, filter: '(objectClass=groupOfNames)' },
      loginGroup: undefined,
      offices: [],
    },
    roles: [],
    teams: SAMPLE_TEAMS.map((name) => ({
      group: `cn=${name.toLowerCase()},${groupBase}`,
      name,
      visibleTo: 'own',
      most: 200,
    })),
    rooms: SAMPLE_ROOMS.map(({ group, room, title }) => ({
      group: `cn=${group},${groupBase}`,
      room,
      title,
      membership: 'mandatory',
      owners: undefined,
    })),
    guard: {},
    onlineEveryMs: 15_000,
    changesEveryMs: 60_000,
    nightlyAtMinute: 150,
  };
}

function readingOf(source: LdapSourceSettings, { domains }: Settings): LdapPeopleOptions {
  const { principal: _, ...attributes } = source.attributes;
  return {
    name: source.name,
    domain: (source.domains ?? domains)[0] ?? domains[0],
    kind: source.kind,
    bases: source.base,
    filter: source.filter,
    attributes,
    groups: source.groups,
    loginGroup: source.loginGroup,
    offices: source.offices ?? [],
  };
}

function loginOf(
  source: LdapSourceSettings,
  { domains, dnsServers }: Settings,
  authorities: readonly string[],
): LdapSourceOptions {
  const [first = domains[0], ...rest] = source.domains ?? domains;
  const { principal, ...attributes } = source.attributes;
  const { attempts, within, for: lockedFor } = source.lockout;
  return {
    name: source.name,
    domains: [first, ...rest],
    kind: source.kind,
    urls: source.url,
    srv: source.srv,
    dnsServers: dnsServers?.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`),
    startTls: source.startTls,
    bindDn: source.bindDn,
    password: source.password,
    base: source.base,
    filter: source.filter,
    attributes,
    principal,
    netbiosName: source.netbiosName,
    principalSuffixes: source.principalSuffixes,
    loginGroup: source.loginGroup,
    groupBase: source.groups.base,
    lockout: { attempts, withinMs: within, forMs: lockedFor },
    connectTimeoutMs: source.connectTimeout,
    answerTimeoutMs: source.answerTimeout,
    connections: source.connections,
    authorities: authorities.length > 0 ? authorities : undefined,
  };
}
