import { EqualityFilter, ExtensibleFilter, OrFilter, type Entry, type Filter } from 'ldapts';
import { Failure } from '@interoffice/telemetry';
import { isAnswer } from './answer.js';
import type { LdapConnection } from './connection.js';
import { normalDn } from './distinguished-name.js';
import { bytesOf, textOf } from './entry.js';
import { basesOf, type LdapSourceOptions } from './source-options.js';

/** LDAP_MATCHING_RULE_IN_CHAIN: the server itself follows groups in groups, cycles included. */
const IN_CHAIN = '1.2.840.113556.1.4.1941';
const NO_SUCH_OBJECT = 32;
/** Groups in groups deeper than this are taken for a mistake. */
const DEEPEST = 10;
/** Groups asked about in one search. */
const MOST_AT_ONCE = 100;

/** What must be asked for with an entry so that its groups can be told. */
export const GROUP_ATTRIBUTES: readonly string[] = ['primaryGroupID', 'gidNumber'];

/**
 * Tells whether somebody is in the group that may use the server, now: directly, through other groups, or because it is
 * their primary group. Rejects with DIRECTORY_GROUP_MISSING where there is no such group: it then holds nobody, which
 * nobody can have meant.
 */
export async function isInLoginGroup(
  person: Entry,
  options: LdapSourceOptions,
  connection: LdapConnection,
): Promise<boolean> {
  const group = await groupOf(options, connection);
  if (isPrimary(person, group)) return true;
  return options.kind === 'active-directory'
    ? isInChain(person, group, connection)
    : isAbove(person, group, { options, connection });
}

async function groupOf({ loginGroup = '' }: LdapSourceOptions, connection: LdapConnection): Promise<Entry> {
  const attributes = ['objectSid', 'gidNumber'];
  try {
    const options = { scope: 'base' as const, attributes, explicitBufferAttributes: ['objectSid', 'objectsid'] };
    const [group] = await connection.search(loginGroup, options);
    if (group) return group;
  } catch (error) {
    if (!isAnswer(error) || error.code !== NO_SUCH_OBJECT) throw error;
  }
  throw new Failure('DIRECTORY_GROUP_MISSING', `the log-in group ${loginGroup} is not there, or cannot be read`);
}

/** In Active Directory by the last number of the group's SID ([MS-DTYP] 2.4.2), elsewhere by gidNumber. */
function isPrimary(person: Entry, group: Entry): boolean {
  const sid = bytesOf(group, 'objectSid');
  const number = sid && sid.length >= 12 ? String(sid.readUInt32LE(sid.length - 4)) : textOf(group, 'gidNumber');
  const own = textOf(person, 'primaryGroupID') ?? textOf(person, 'gidNumber');
  return number !== undefined && number === own;
}

async function isInChain(person: Entry, group: Entry, connection: LdapConnection): Promise<boolean> {
  const filter = new ExtensibleFilter({ matchType: 'memberOf', rule: IN_CHAIN, value: group.dn });
  const found = await connection.search(person.dn, { scope: 'base', filter, attributes: ['1.1'] });
  return found.length > 0;
}

interface Walk {
  readonly options: LdapSourceOptions;
  readonly connection: LdapConnection;
}

/** From the person upwards, level by level; no group is asked about twice. */
async function isAbove(person: Entry, group: Entry, walk: Walk): Promise<boolean> {
  const wanted = normalDn(group.dn);
  const seen = new Set<string>();
  let level: Filter[] = [...holding(person.dn), ...byLogin(person, walk.options)];
  for (let depth = 0; depth < DEEPEST && level.length > 0; depth++) {
    const holders = await holdersOf(level, walk);
    if (holders.some((dn) => normalDn(dn) === wanted)) return true;
    const news = holders.filter((dn) => !seen.has(normalDn(dn)));
    for (const dn of news) seen.add(normalDn(dn));
    level = news.flatMap(holding);
  }
  return false;
}

async function holdersOf(filters: readonly Filter[], { options, connection }: Walk): Promise<readonly string[]> {
  const found: string[] = [];
  for (const base of groupBases(options)) {
    for (let from = 0; from < filters.length; from += MOST_AT_ONCE) {
      const filter = new OrFilter({ filters: filters.slice(from, from + MOST_AT_ONCE) });
      const entries = await connection.search(base, { scope: 'sub', filter, attributes: ['1.1'], paged: true });
      found.push(...entries.map(({ dn }) => dn));
    }
  }
  return found;
}

/** Where the groups are: below their base, or else beside the log-in group and among the people. */
function groupBases(options: LdapSourceOptions): readonly string[] {
  if (options.groupBase !== undefined) return [options.groupBase];
  const { loginGroup = '' } = options;
  return [loginGroup.slice(loginGroup.search(/(?<!\\),/) + 1), ...basesOf(options)];
}

function holding(dn: string): Filter[] {
  return [equals('member', dn), equals('uniqueMember', dn)];
}

/** posixGroup names its members by log-in. RFC 2307 */
function byLogin(person: Entry, { attributes }: LdapSourceOptions): Filter[] {
  const login = textOf(person, attributes.login);
  return login === undefined ? [] : [equals('memberUid', login)];
}

function equals(attribute: string, value: string): Filter {
  return new EqualityFilter({ attribute, value: Buffer.from(value) });
}
