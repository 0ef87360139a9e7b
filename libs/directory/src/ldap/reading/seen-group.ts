import type { Entry } from 'ldapts';
import type { SeenGroup } from '../../people-source.js';
import { normalDn } from '../distinguished-name.js';
import { bytesOf, idOf, textOf } from '../entry.js';
import { MEMBER_ATTRIBUTES } from './members-by-walk.js';
import { allMembers } from './member-ranges.js';
import type { Reading } from './reading.js';
import { sidText } from './sid.js';
import { textsOf } from './values.js';

/** All that is asked for to know a group. */
export function groupAttributes({ attributes }: Reading['scope']): readonly string[] {
  return [attributes.id, 'cn', 'sAMAccountName', 'objectSid', ...MEMBER_ATTRIBUTES];
}

/** The entry as a group, its members fetched to the last; undefined, with an event, for one without a stable id. */
export async function seenGroup(entry: Entry, reading: Reading): Promise<SeenGroup | undefined> {
  const { scope, log } = reading;
  const directoryId = idOf(entry, scope.attributes.id);
  if (directoryId === undefined) {
    log.warn('directory.entry.skipped', { dn: entry.dn });
    return undefined;
  }
  const members = [...(await allMembers(entry, reading)), ...textsOf(entry, 'uniqueMember')].map(normalDn);
  return {
    directory: scope.name,
    directoryId,
    dn: entry.dn,
    name: textOf(entry, 'cn') ?? textOf(entry, 'sAMAccountName') ?? entry.dn,
    key: sidText(bytesOf(entry, 'objectSid')) ?? textOf(entry, 'gidNumber'),
    members: ownMembers(members, entry, reading),
    memberLogins: textsOf(entry, 'memberUid'),
  };
}

/** Stands for a member of another forest, of whom this directory knows nothing but a SID. */
const FOREIGN = /^cn=s-1-[\d-]+,cn=foreignsecurityprincipals,/;

function ownMembers(members: readonly string[], group: Entry, { log }: Reading): readonly string[] {
  const own = [...new Set(members)].filter((dn) => !FOREIGN.test(dn));
  const foreign = members.filter((dn) => FOREIGN.test(dn)).length;
  if (foreign > 0) log.info('directory.members.foreign', { group: group.dn, count: foreign });
  return own;
}
