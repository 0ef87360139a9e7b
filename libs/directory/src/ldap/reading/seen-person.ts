import type { Entry } from 'ldapts';
import type { Refusal, SeenPerson } from '../../people-source.js';
import { stateOf } from '../account-state.js';
import { bytesOf, foundPerson, textOf } from '../entry.js';
import type { DecidingGroups } from './deciding-groups.js';
import type { Identity } from './membership.js';
import type { Reading } from './reading.js';
import { isBelow } from './scope.js';
import { sidOfDomain, sidText } from './sid.js';

/** What is known about an entry from beyond it. */
export interface Surroundings {
  readonly groups: DecidingGroups;
  /** Below a base of the source, and matched by its filter. */
  readonly isInScope: boolean;
}

/**
 * The entry as a person; undefined for one that has no log-in name or id or cannot be an address, which is an event as
 * long as the entry is in scope.
 */
export function seenPerson(
  entry: Entry,
  { scope, log, nowMs, withPhotos }: Reading,
  { groups, isInScope }: Surroundings,
): SeenPerson | undefined {
  const found = foundPerson(entry, scope);
  if (!found) {
    if (isInScope) log.warn('directory.entry.skipped', { dn: entry.dn });
    return undefined;
  }
  const login = textOf(entry, scope.attributes.login) ?? '';
  const primaryGroup = primaryGroupOf(entry);
  const identity = { id: found.directoryId, dn: entry.dn, login, primaryGroup };
  return {
    ...found,
    person: { ...found.person, office: officeOf(found.person.office, identity, { scope, groups }) },
    dn: entry.dn,
    login,
    principal: textOf(entry, 'userPrincipalName'),
    primaryGroup,
    ...(withPhotos && isInScope ? {} : { photoUnread: true }),
    refusal: refusalOf(identity, groups, isInScope) ?? stateOf(entry, nowMs)[0]?.refusal,
  };
}

function refusalOf(identity: Identity, { login }: DecidingGroups, isInScope: boolean): Refusal | undefined {
  if (!isInScope) return 'out-of-scope';
  return login && !login.has(identity) ? 'out-of-group' : undefined;
}

/** `primaryGroupID` is the end of a SID whose beginning is that of the person. */
export function primaryGroupOf(entry: Entry): string | undefined {
  const sid = primarySidOf(entry);
  return sid ? sidText(sid) : textOf(entry, 'gidNumber');
}

/** The primary group in Active Directory; undefined elsewhere. */
export function primarySidOf(entry: Entry): Buffer | undefined {
  const sid = bytesOf(entry, 'objectSid');
  const rid = textOf(entry, 'primaryGroupID');
  return sid && sidText(sid) !== undefined && rid !== undefined ? sidOfDomain(sid, Number(rid)) : undefined;
}

function officeOf(
  value: string | undefined,
  identity: Identity,
  { scope, groups }: { scope: Reading['scope']; groups: DecidingGroups },
): string | undefined {
  const rule = scope.offices.find((one) => {
    if (one.base !== undefined) return isBelow(identity.dn, one.base);
    if (one.group !== undefined) return groups.offices.get(one.group)?.has(identity) === true;
    return one.value !== undefined && one.value.toLowerCase() === value?.toLowerCase();
  });
  return rule?.office ?? value;
}
