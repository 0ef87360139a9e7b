import type { Session } from '@interoffice/routing';
import { copyOf, type Element, NS, serialize, xml } from '@interoffice/wire';
import type { Affiliation, Role } from './affiliation.js';
import { hatsOf } from './hats.js';
import type { Occupant } from './occupant.js';
import type { MucParts } from './parts.js';
import type { Room } from './room.js';

/** Status codes. XEP-0045 §15.6.2 */
export const STATUS = {
  nonAnonymous: 100,
  configChanged: 104,
  self: 110,
  logged: 170,
  notLogged: 171,
  nowNonAnonymous: 172,
  nowSemiAnonymous: 173,
  created: 201,
  nickAssigned: 210,
  banned: 301,
  newNick: 303,
  kicked: 307,
  lostMembership: 321,
  nowMembersOnly: 322,
  shutDown: 332,
  error: 333,
} as const;

/** What is told of somebody beside his presence. */
export interface Showing {
  /** He goes, or goes by this nick no longer. */
  readonly isLeaving?: boolean;
  readonly statuses?: readonly number[];
  /** Told to his own devices alone. */
  readonly ownStatuses?: readonly number[];
  readonly newNick?: string;
  readonly reason?: string;
  /** Who did it: his nick; told as far as it may be known. */
  readonly actor?: string;
  readonly destroy?: Element;
  /** What he says himself when he goes. */
  readonly word?: string;
}

/** Who looks: may he see real addresses, and is it about himself? */
interface View {
  readonly isRevealed: boolean;
  readonly isSelf: boolean;
}

/** The presence of an occupant as the room shows it. XEP-0045 §7.2.2 */
export function presenceOf(room: Room, occupant: Occupant, showing: Showing, view: View): Element {
  const { isLeaving = false } = showing;
  const presence = xml('presence', { xmlns: NS.client, from: occupant.jid.toString() });
  if (isLeaving) presence.attrs['type'] = 'unavailable';
  if (showing.word !== undefined) presence.c('status').t(showing.word);
  if (!isLeaving) for (const child of occupant.presence) presence.cnode(copyOf(child));
  const statuses = [...(showing.statuses ?? []), ...(view.isSelf ? [...(showing.ownStatuses ?? []), STATUS.self] : [])];
  presence.cnode(
    xml(
      'x',
      { xmlns: NS.mucUser },
      itemOf(occupant, { ...showing, isRevealed: view.isRevealed }),
      ...(showing.destroy ? [copyOf(showing.destroy)] : []),
      ...statuses.map((code) => xml('status', { code: String(code) })),
    ),
  );
  presence.cnode(xml('occupant-id', { xmlns: NS.occupantId, id: occupant.occupantId }));
  const hats = isLeaving ? undefined : hatsOf(occupant);
  if (hats) presence.cnode(hats);
  return presence;
}

function itemOf(occupant: Occupant, showing: Showing & { isRevealed: boolean }): Element {
  const { affiliation, role } = occupant;
  const device = showing.isRevealed ? occupant.address : undefined;
  const shownRole: Role = showing.isLeaving === true && showing.newNick === undefined ? 'none' : role;
  return itemElement({ affiliation, role: shownRole, jid: device, nick: showing.newNick, ...pick(showing) });
}

const pick = ({ reason, actor }: Showing): Pick<Showing, 'reason' | 'actor'> => ({ reason, actor });

/** `<item/>` of muc#user and muc#admin. */
export function itemElement(item: {
  readonly affiliation?: Affiliation;
  readonly role?: Role;
  readonly jid?: string;
  readonly nick?: string;
  readonly reason?: string;
  readonly actor?: string;
}): Element {
  const { affiliation, role, jid, nick, reason, actor } = item;
  return xml(
    'item',
    {
      ...(affiliation === undefined ? {} : { affiliation }),
      ...(role === undefined ? {} : { role }),
      ...(jid === undefined ? {} : { jid }),
      ...(nick === undefined ? {} : { nick }),
    },
    ...(actor === undefined ? [] : [xml('actor', { nick: actor })]),
    ...(reason === undefined || reason === '' ? [] : [xml('reason', {}, reason)]),
  );
}

/** Real addresses are for everybody in a non-anonymous room, for moderators in others. XEP-0045 §7.2.3, §7.2.4 */
export function maySeeAddresses(room: Room, viewer: Occupant): boolean {
  return room.config.isNonAnonymous || viewer.role === 'moderator';
}

/** Tells everybody who is there, himself included, about an occupant: at most four serialisations, however many they are. */
export function show(parts: MucParts, room: Room, occupant: Occupant, showing: Showing): void {
  const forAll = isForAll(parts, room, occupant);
  const versions = new Map<string, Buffer>();
  for (const viewer of room.occupants.values()) {
    const isSelf = viewer === occupant;
    if (!isSelf && !forAll) continue;
    const view = { isSelf, isRevealed: maySeeAddresses(room, viewer) || isSelf };
    const key = `${isSelf} ${view.isRevealed}`;
    const bytes = versions.get(key) ?? Buffer.from(serialize(presenceOf(room, occupant, showing, view)));
    versions.set(key, bytes);
    for (const session of viewer.present()) give(parts, session, bytes);
  }
  if (forAll) occupant.isShown = true;
}

/** Tells one device about an occupant. */
export function showTo(
  parts: MucParts,
  session: Session,
  about: { room: Room; occupant: Occupant; showing: Showing },
): void {
  const { room, occupant, showing } = about;
  const viewer = room.occupantOf(session);
  const isSelf = viewer === occupant;
  const isRevealed = isSelf || (viewer !== undefined && maySeeAddresses(room, viewer));
  give(parts, session, Buffer.from(serialize(presenceOf(room, occupant, showing, { isSelf, isRevealed }))));
}

/** Beyond a bound, or where the room is set up so, presence is told of those who matter. XEP-0045 §7.2.2 */
function isForAll({ rules }: MucParts, { config, occupants }: Room, { role, isShown }: Occupant): boolean {
  if (isShown || role === 'none') return true;
  if (!config.presenceBroadcast.includes(role)) return false;
  return role === 'moderator' || occupants.size <= rules.quietAbove;
}

/** A stanza of the room's, without an address, to one device. */
export function give({ addressed }: MucParts, session: Session, bytes: Buffer): void {
  addressed.load(bytes, 0, bytes.length);
  const { bytes: copy, start, end } = addressed.to(session);
  session.deliver(copy, start, end);
}

/** The same to everybody who is there. */
export function giveAll(parts: MucParts, room: Room, stanza: Element): void {
  const bytes = Buffer.from(serialize(stanza));
  for (const session of room.audience) give(parts, session, bytes);
}
