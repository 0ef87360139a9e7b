import { escapeDnValue } from '../../../libs/directory/src/ldap/distinguished-name.js';
import { portrait } from './portrait.js';
import type { LdifLines } from './ldif.js';
import type { DirectorySize } from './size.js';

export const DOMAIN = 'DC=lab,DC=test';
export const STAFF = `OU=Staff,${DOMAIN}`;
export const TEAMS = `OU=Teams,${DOMAIN}`;
/** Beside the staff: who is moved here is out of scope. */
export const LEAVERS = `OU=Leavers,${DOMAIN}`;
/** Below the staff: who is moved here stays in scope. */
export const ABROAD = `OU=Abroad\\, and others,${STAFF}`;

/** Values of `userAccountControl`. */
const NORMAL = 512;
const DISABLED = 514;
/** Needs no password, which never expires: deriving the keys of one takes 20 ms. */
export const WITHOUT_PASSWORD = 66_080;
export const WITHOUT_PASSWORD_DISABLED = 66_082;
/** 2001-01-01, counted as Active Directory does. */
const LONG_AGO = '126227808000000000';

/** Accounts in a state of their own, by log-in name; all have the password given to `domainTree`. */
export const STATES = ['state-fit', 'state-disabled', 'state-expired', 'state-must-change', 'state-locked'] as const;

const ODD_NAMES = ['Comma, John', '#Hash', 'Par(en)these*s', 'Jörg Müller', 'Иван Петров', 'Plus+Minus'];

export function staffDn(index: number): string {
  return `CN=Person ${index} of Verona,${STAFF}`;
}

export function staffLogin(index: number): string {
  return `d${String(index).padStart(5, '0')}`;
}

export function stateDn(state: (typeof STATES)[number]): string {
  return `CN=${state},${STAFF}`;
}

export function oddStaffDn(index: number): string {
  return `CN=${escapeDnValue(ODD_NAMES[index]!)},${STAFF}`;
}

export function teamDn(name: string): string {
  return `CN=${escapeDnValue(name)},${TEAMS}`;
}

/** Folders, people and groups; whose members come later, since a cycle has no first group. */
export function domainTree({ domainPeople }: DirectorySize, password: string): readonly LdifLines[] {
  return [
    ...[STAFF, TEAMS, LEAVERS, ABROAD].map(folder),
    ...Array.from({ length: domainPeople }, (_, index) => person(index)),
    ...ODD_NAMES.map((name, index) => user(oddStaffDn(index), `odd${index}`, [['displayName', name]])),
    ...STATES.map((state) => user(stateDn(state), state, stateLines(state, password))),
    ...Object.keys(memberships(domainPeople)).map(group),
  ];
}

/** Direct members by name of the group. */
export function memberships(people: number): Readonly<Record<string, readonly string[]>> {
  const odd = ODD_NAMES.map((_, index) => oddStaffDn(index));
  return {
    Everybody: Array.from({ length: people }, (_, index) => staffDn(index)),
    'Level 1': [teamDn('Level 2'), staffDn(20)],
    'Level 2': [teamDn('Level 3'), staffDn(21)],
    'Level 3': [staffDn(22), staffDn(23)],
    'Cycle A': [teamDn('Cycle B'), staffDn(24)],
    'Cycle B': [teamDn('Cycle A'), staffDn(25)],
    'Odd, (all) #1': odd,
    Primary: [staffDn(26)],
    Licence: ['Level 1', 'Cycle A', 'Odd, (all) #1', 'Primary'].map(teamDn),
    Empty: [],
  };
}

/** The changes that put the members in. */
export function memberLines(people: number): readonly LdifLines[] {
  return Object.entries(memberships(people))
    .filter(([, members]) => members.length > 0)
    .map(([name, members]) => [
      ['dn', teamDn(name)],
      ['changetype', 'modify'],
      ['add', 'member'],
      ...members.map((member): [string, string] => ['member', member]),
      ['-', ''],
    ]);
}

function folder(dn: string): LdifLines {
  return [
    ['dn', dn],
    ['objectClass', 'organizationalUnit'],
  ];
}

function person(index: number): LdifLines {
  const login = staffLogin(index);
  return user(staffDn(index), login, [
    ['displayName', `Person ${index} of Verona`],
    ['mail', `${login}@lab.test`],
    ['title', 'Clerk'],
    ['department', `D${index % 7}`],
    ['telephoneNumber', '+39 045 1234'],
    ['physicalDeliveryOfficeName', index % 2 === 0 ? 'Verona' : 'Mantua'],
    ...(index % 20 === 0 ? [['thumbnailPhoto', portrait(index)] as const] : []),
  ]);
}

function user(dn: string, login: string, more: LdifLines): LdifLines {
  const isTold = more.some(([name]) => name === 'userAccountControl');
  return [
    ['dn', dn],
    ['objectClass', 'user'],
    ['sAMAccountName', login],
    ['userPrincipalName', `${login}@lab.test`],
    ...(isTold ? [] : [['userAccountControl', String(WITHOUT_PASSWORD)] as const]),
    ...more,
  ];
}

function stateLines(state: (typeof STATES)[number], password: string): LdifLines {
  const control = state === 'state-disabled' ? DISABLED : NORMAL;
  return [
    ['userAccountControl', String(control)],
    ['unicodePwd', Buffer.from(`"${password}"`, 'utf16le')],
    ...(state === 'state-expired' ? [['accountExpires', LONG_AGO] as const] : []),
    ...(state === 'state-must-change' ? [['pwdLastSet', '0'] as const] : []),
  ];
}

function group(name: string): LdifLines {
  return [
    ['dn', teamDn(name)],
    ['objectClass', 'group'],
    ['sAMAccountName', name.replaceAll(/\W/g, '')],
  ];
}
