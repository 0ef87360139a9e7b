import { type Asked, refuse, type Refused, type Reply, type Session } from '@interoffice/routing';
import { badRequest, conflict, type Element, itemNotFound, jidMalformed, NS, tryJid, xml } from '@interoffice/wire';
import {
  type Affiliation,
  denialOfAffiliation,
  denialOfRole,
  isAffiliation,
  isRole,
  mayReadList,
  type Role,
} from './affiliation.js';
import { type AffiliationChange, changeAffiliations, changeRoles, type RoleChange } from './change.js';
import { denied } from './errors.js';
import type { MucParts } from './parts.js';
import type { Room } from './room.js';
import { itemElement } from './show.js';

/** Items one request may hold. */
const MOST_ITEMS = 1_000;

/** Lists of people, by affiliation or by role. XEP-0045 §8.5, §9.2, §9.5, §9.8, §10.5, §10.8 */
export function readAdminList(room: Room, { child, session }: Asked): Reply {
  const [item] = child.getChildren('item');
  const { affiliation, role } = item?.attrs ?? {};
  const standing = room.standingOf(session);
  if (isAffiliation(affiliation)) {
    const { membersSeeMembers, isNonAnonymous } = room.config;
    if (!mayReadList(standing, affiliation, { isOpenToMembers: membersSeeMembers, isNonAnonymous })) {
      return refuse(denied('forbidden', 'You may not see who that is.'), 'may not read the list');
    }
    const relations = [...room.withAffiliation(affiliation)];
    return list(relations.map(([jid, { nick, reason }]) => itemElement({ affiliation, jid, nick, reason })));
  }
  if (!isRole(role)) return refuse(badRequest('Ask for one affiliation or one role.'), 'no affiliation and no role');
  if (standing.role !== 'moderator' && standing.affiliation !== 'admin' && standing.affiliation !== 'owner') {
    return refuse(denied('forbidden', 'Only moderators may see that.'), 'may not read the list');
  }
  return list(roleItems(room, role));
}

function roleItems(room: Room, role: Role): Element[] {
  return [...room.occupants.values()]
    .filter((occupant) => occupant.isPresent && occupant.role === role)
    .map((occupant) => {
      const { affiliation, nick } = occupant;
      return itemElement({ affiliation, role, nick, jid: occupant.address });
    });
}

function list(items: readonly Element[]): Element {
  return xml('query', { xmlns: NS.mucAdmin }, ...items);
}

/** What one request wants, once it is known that it may be had. */
type Wanted = { readonly affiliations: AffiliationChange[]; readonly roles: RoleChange[] };

/** Changes affiliations and roles: all that is asked for, or nothing. T-08 of security.md */
export async function changeByList(parts: MucParts, room: Room, { child, session }: Asked): Promise<Reply> {
  const items = child.getChildren('item');
  if (items.length === 0 || items.length > MOST_ITEMS) return refuse(badRequest('Nothing to change.'), 'no items');
  return room.inOrder(async () => {
    const wanted = readItems(room, session, items);
    if ('verdict' in wanted) return wanted;
    if (wanted.affiliations.length > 0) {
      await changeAffiliations(parts, { room, by: session, changes: wanted.affiliations });
    }
    if (wanted.roles.length > 0) await changeRoles(parts, { room, by: session, changes: wanted.roles });
    return undefined;
  });
}

function readItems(room: Room, session: Session, items: readonly Element[]): Wanted | Refused {
  const wanted: Wanted = { affiliations: [], roles: [] };
  for (const item of items) {
    const { affiliation, role } = item.attrs;
    const reason = item.getChildText('reason') ?? undefined;
    if (affiliation !== undefined && role !== undefined) {
      return refuse(badRequest('One item changes an affiliation or a role, not both.'), 'both at once');
    }
    const found =
      affiliation === undefined
        ? readRole(room, session, { item, role, reason })
        : readAffiliation(room, session, { item, affiliation, reason });
    if ('verdict' in found) return found;
    if ('jid' in found) wanted.affiliations.push(found);
    else wanted.roles.push(found);
  }
  return ownerless(room, wanted.affiliations) ?? wanted;
}

interface Item {
  readonly item: Element;
  readonly reason: string | undefined;
}

function readAffiliation(room: Room, session: Session, { item, affiliation, reason }: Item & { affiliation: unknown }) {
  if (!isAffiliation(affiliation)) return refuse(badRequest('There is no such affiliation.'), 'unknown affiliation');
  const target = addressOf(room, item);
  if (typeof target !== 'string') return target;
  if (target === session.account.bare && affiliation === 'outcast') {
    return refuse(conflict('You cannot ban yourself.'), 'bans himself');
  }
  const actor = room.affiliationOf(session.account.bare);
  const denial = denialOfAffiliation(actor, room.affiliationOf(target), affiliation);
  if (denial && !(target === session.account.bare && steps(actor, affiliation))) {
    return refuse(
      denied(denial, 'Your affiliation in this room does not let you do that.'),
      `${denial}: ${affiliation}`,
    );
  }
  const nick = affiliation === 'outcast' ? undefined : nickFor(room, item, target);
  if (typeof nick === 'object') return nick;
  return { jid: target, affiliation, nick, reason };
}

/** Anybody may step back from what he is. */
function steps(actor: Affiliation, wanted: Affiliation): boolean {
  return (wanted === 'member' || wanted === 'none') && actor === 'admin';
}

/** A nick named with a membership is reserved with it. XEP-0045 §9.3 */
function nickFor(room: Room, item: Element, bare: string): string | undefined | Refused {
  const nick = item.attrs['nick'] as string | undefined;
  if (nick === undefined || item.attrs['jid'] === undefined) return undefined;
  const name = tryJid(`${room.jid.bare}/${nick}`)?.resource;
  if (name === undefined) return refuse(jidMalformed('That is no nick.'), 'malformed nick');
  const holder = room.reserved.get(name);
  return holder === undefined || holder === bare
    ? name
    : refuse(conflict('That nick is reserved.'), 'nick is reserved');
}

/** By address, or by the nick of somebody who is there. */
function addressOf(room: Room, item: Element): string | Refused {
  const { jid, nick } = item.attrs as { jid?: string; nick?: string };
  if (jid === undefined) {
    return (
      room.occupants.get(nick ?? '')?.account.bare ?? refuse(itemNotFound('Nobody goes by that nick.'), 'no occupant')
    );
  }
  const address = tryJid(jid);
  return address ? address.bare : refuse(jidMalformed('An item has no valid address.'), 'malformed address');
}

function readRole(
  room: Room,
  session: Session,
  { item, role, reason }: Item & { role: unknown },
): RoleChange | Refused {
  if (!isRole(role)) return refuse(badRequest('There is no such role.'), 'unknown role');
  const nick = (item.attrs['nick'] as string | undefined) ?? '';
  const occupant = room.occupants.get(nick);
  if (!occupant?.isPresent) return refuse(itemNotFound('Nobody goes by that nick in this room.'), 'no such occupant');
  const denial = denialOfRole(room.standingOf(session), occupant, role);
  return denial
    ? refuse(denied(denial, 'Your role in this room does not let you do that.'), `${denial}: ${role}`)
    : { occupant, role, reason };
}

/** A room is never without an owner. XEP-0045 §10.4 */
export function ownerless(room: Room, changes: readonly AffiliationChange[]): Refused | undefined {
  const owners = new Set([...room.withAffiliation('owner')].map(([jid]) => jid));
  if (owners.size === 0) return undefined;
  for (const { jid, affiliation } of changes) if (affiliation === 'owner') owners.add(jid);
  for (const { jid, affiliation } of changes) if (affiliation !== 'owner') owners.delete(jid);
  return owners.size > 0 ? undefined : refuse(conflict('A room needs an owner.'), 'nobody would own it');
}
