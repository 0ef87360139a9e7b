import { escapeDnValue } from '../../../libs/directory/src/ldap/distinguished-name.js';
import { portrait } from './portrait.js';
import type { LdifLines } from './ldif.js';
import type { DirectorySize } from './size.js';

export const SUFFIX = 'dc=lab,dc=test';
export const PEOPLE = `ou=people,${SUFFIX}`;
export const ODD = `ou=Odd names\\, and others,${PEOPLE}`;
export const GROUPS = `ou=groups,${SUFFIX}`;
/** Beside the people: who is moved here is out of scope. */
export const ELSEWHERE = `ou=elsewhere,${SUFFIX}`;

/** Service accounts, with what the server lets them read. */
export const READER = `cn=reader,ou=svc,${SUFFIX}`;
export const NARROW = `cn=narrow,ou=svc,${SUFFIX}`;
export const CAPPED = `cn=capped,ou=svc,${SUFFIX}`;

/** Names whose DNs need every escape there is, and letters of several scripts. */
const ODD_NAMES = [
  'Space Between',
  'Comma, John',
  '#Hash',
  'Par(en)these*s',
  'Jörg Müller',
  'Иван Петров',
  'Plus+Minus',
  'Quo"te',
  'Back\\slash',
  'Semi;colon <angle>=',
];

const TEAM = 50;
const FIRST_GID = 20_000;

export function personDn(index: number): string {
  return `uid=${personLogin(index)},${PEOPLE}`;
}

export function personLogin(index: number): string {
  return `p${String(index).padStart(5, '0')}`;
}

export function oddDn(index: number): string {
  return `cn=${escapeDnValue(ODD_NAMES[index]!)},${ODD}`;
}

export function groupDn(name: string): string {
  return `cn=${escapeDnValue(name)},${GROUPS}`;
}

/** The whole tree, parents first. */
export function slapdTree(size: DirectorySize, password: string): readonly LdifLines[] {
  return [
    ...folders(),
    ...[READER, NARROW, CAPPED].map((dn) => account(dn, password)),
    ...Array.from({ length: size.slapdPeople }, (_, index) => person(index)),
    ...ODD_NAMES.map(oddPerson),
    ...teams(size),
    ...specialGroups(size),
  ];
}

function folders(): LdifLines[] {
  const units = [PEOPLE, ODD, GROUPS, ELSEWHERE, `ou=svc,${SUFFIX}`, `ou=policies,${SUFFIX}`];
  const root: LdifLines = [
    ['dn', SUFFIX],
    ['objectClass', 'dcObject'],
    ['objectClass', 'organization'],
    ['o', 'Lab'],
    ['dc', 'lab'],
  ];
  return [
    root,
    ...units.map((dn): LdifLines => [
      ['dn', dn],
      ['objectClass', 'organizationalUnit'],
      ['ou', unit(dn)],
    ]),
  ];
}

function unit(dn: string): string {
  return dn === ODD ? 'Odd names, and others' : /^ou=([^,]+)/.exec(dn)![1]!;
}

function account(dn: string, password: string): LdifLines {
  return [
    ['dn', dn],
    ['objectClass', 'person'],
    ['cn', /^cn=([^,]+)/.exec(dn)![1]!],
    ['sn', 'service'],
    ['userPassword', password],
  ];
}

function person(index: number): LdifLines {
  const login = personLogin(index);
  const common: LdifLines = [
    ['dn', personDn(index)],
    ['objectClass', 'posixAccount'],
    ...inetOrgPerson({ login, name: `Person ${index} of Verona` }),
    ['uidNumber', String(100_000 + index)],
    ['gidNumber', String(FIRST_GID + Math.floor(index / TEAM))],
    ['homeDirectory', `/home/${login}`],
    ['l', index % 2 === 0 ? 'Verona' : 'Mantua'],
  ];
  return index % 20 === 0 ? [...common, ['jpegPhoto', portrait(index)]] : common;
}

function oddPerson(name: string, index: number): LdifLines {
  return [['dn', oddDn(index)], ...inetOrgPerson({ login: `odd${index}`, name })];
}

function inetOrgPerson({ login, name }: { login: string; name: string }): LdifLines {
  return [
    ['objectClass', 'inetOrgPerson'],
    ['uid', login],
    ['cn', name],
    ['sn', name.split(' ').at(-1)!],
    ['displayName', `${name} (${login})`],
    ['mail', `${login}@lab.test`],
    ['title', 'Clerk'],
    ['departmentNumber', `D${login.length}`],
    ['telephoneNumber', '+39 045 1234'],
  ];
}

/** Fifty people each, as a posix group with a number that is their primary group, and by DN. */
function teams({ slapdPeople }: DirectorySize): LdifLines[] {
  return Array.from({ length: Math.ceil(slapdPeople / TEAM) }, (_, team) => {
    const people = Array.from({ length: TEAM }, (_, index) => team * TEAM + index).filter((one) => one < slapdPeople);
    return [posixGroup(team, people.slice(0, team === 0 ? 0 : 3)), groupOfNames(`Team ${team}`, people.map(personDn))];
  }).flat();
}

function posixGroup(team: number, guests: readonly number[]): LdifLines {
  return [
    ['dn', groupDn(`posix${team}`)],
    ['objectClass', 'posixGroup'],
    ['cn', `posix${team}`],
    ['gidNumber', String(FIRST_GID + team)],
    // Guests belong to the team before, too.
    ...guests.map((guest): [string, string] => ['memberUid', personLogin(guest - TEAM)]),
  ];
}

function groupOfNames(name: string, members: readonly string[]): LdifLines {
  return [
    ['dn', groupDn(name)],
    ['objectClass', 'groupOfNames'],
    ['cn', name],
    ...members.map((member): [string, string] => ['member', member]),
  ];
}

/**
 * Chain: level1 holds level2, which holds level3, which holds people; cycle: a holds b, b holds a. `Licence, all (1)` holds
 * the chain, the cycle, the odd names and one posix group, by number.
 */
function specialGroups({ slapdPeople, slapdLargest }: DirectorySize): LdifLines[] {
  const everybody = Array.from({ length: slapdLargest }, (_, index) => personDn(index));
  const odd = ODD_NAMES.map((_, index) => oddDn(index));
  const unique: LdifLines = [
    ['dn', groupDn('Unique #1')],
    ['objectClass', 'groupOfUniqueNames'],
    ['cn', 'Unique #1'],
    ...odd.map((member): [string, string] => ['uniqueMember', member]),
    ['uniqueMember', `uid=gone,${PEOPLE}`],
  ];
  const licensed = ['level1', 'cycle a', 'Unique #1', 'posix0'].map(groupDn);
  return [
    groupOfNames('largest', everybody),
    groupOfNames('level1', [groupDn('level2'), personDn(100)]),
    groupOfNames('level2', [groupDn('level3'), personDn(101)]),
    groupOfNames('level3', [personDn(102), personDn(103)]),
    groupOfNames('cycle a', [groupDn('cycle b'), personDn(104)]),
    groupOfNames('cycle b', [groupDn('cycle a'), personDn(Math.min(105, slapdPeople - 1))]),
    unique,
    groupOfNames('Licence, all (1)', licensed),
  ];
}
