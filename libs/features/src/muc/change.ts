import type { Session } from '@interoffice/routing';
import { type Element, NS, serialize, xml } from '@interoffice/wire';
import { type Affiliation, isAtLeast, type Role, roleOnEntering } from './affiliation.js';
import { authorOf, shownAs, tellSoon } from './invitation.js';
import { type Going, leave } from './leave.js';
import type { Occupant } from './occupant.js';
import type { MucParts } from './parts.js';
import type { Relation } from './records.js';
import type { Room } from './room.js';
import { give, itemElement, maySeeAddresses, show, STATUS } from './show.js';

/** People who are told at once that they have become members: far fewer than one device may have waiting for their commit. */
const ASKED_AT_ONCE = 64;

/** What somebody is to become in a room. */
export interface AffiliationChange {
  readonly jid: string;
  readonly affiliation: Affiliation;
  /** Reserved for him; undefined: as it was. */
  readonly nick: string | undefined;
  readonly reason: string | undefined;
  /** He has been told, or will be, by who asked him in. */
  readonly isInvited?: boolean;
}

export interface Changing<T> {
  readonly room: Room;
  /** Who does it; the service itself for administrators of the company. */
  readonly by: Session;
  readonly changes: readonly T[];
}

/** Nothing more could be recorded: nothing was changed. */
export class NotRecorded extends Error {}

/** Decided before; recorded, kept, then told. Resolves when it holds. Rejects with `NotRecorded`, or with the database. */
export async function changeAffiliations(parts: MucParts, changing: Changing<AffiliationChange>): Promise<void> {
  const { room, by, changes } = changing;
  await noted(parts, { room, by, stanza: noteOf(room, by, changes) });
  const relations = changes.map(({ jid, affiliation, nick, reason }): [string, Relation] => {
    return [jid, { affiliation, nick: nick ?? room.relationOf(jid).nick, reason }];
  });
  await parts.records.relate(room.id, relations);
  // Answered once everybody is out who has to go.
  const effects = relations.map(([jid, relation], i) => apply(parts, { room, by, jid, relation, change: changes[i]! }));
  await Promise.all(effects.flatMap(({ expelled }) => expelled));
  await askIn(parts, { room, by, changes: changes.filter((_, i) => effects[i]!.isNewcomer) });
}

/** The server itself, and not somebody at another one: neither has a number. */
function isServer({ account, border }: Session): boolean {
  return account.id === 0 && !border;
}

/** The stanza becomes a row; resolves when it is durable. Rejects with `NotRecorded`, and then there is none. */
export async function noted(
  parts: MucParts,
  { room, by, stanza }: { readonly room: Room; readonly by: Session; readonly stanza: Element },
): Promise<void> {
  const note = { stanza, type: 'normal', author: by.party, receiver: room.party, room: room.name } as const;
  const author = by.isOpen && !isServer(by) ? by : parts.self;
  await new Promise<void>((resolve, reject) => {
    const id = parts.chronicle().write(note, author, { handOver: () => resolve() });
    if (id === undefined) reject(new NotRecorded('The archive cannot take anything at the moment.'));
  });
}

/** One row for one request, so that all of it is on record or nothing. */
function noteOf(room: Room, by: Session, changes: readonly AffiliationChange[]): Element {
  const actor = actorOf(room, by);
  const items = changes.map(({ affiliation, jid, nick, reason }) =>
    itemElement({ affiliation, jid, nick, reason, actor }),
  );
  return xml('message', { xmlns: NS.client, from: room.jid.bare }, xml('x', { xmlns: NS.mucUser }, ...items));
}

/** How the others are told who did it. */
export function actorOf(room: Room, by: Session): string | undefined {
  return room.occupantOf(by)?.nick;
}

/** … unless it is himself. */
function actorFor(room: Room, by: Session, jid: string): string | undefined {
  return by.account.bare === jid ? undefined : actorOf(room, by);
}

interface Applied {
  readonly room: Room;
  readonly by: Session;
  readonly jid: string;
  readonly relation: Relation;
  readonly change: AffiliationChange;
}

interface Effect {
  /** Devices that leave because of it: resolve once they have. */
  readonly expelled: readonly Promise<void>[];
  /** He may come in now, and has to be told. */
  readonly isNewcomer: boolean;
}

/** The change holds from here on. */
function apply(parts: MucParts, { room, by, jid, relation, change }: Applied): Effect {
  const before = room.affiliationOf(jid);
  room.relate(jid, relation);
  const present = [...room.of(jid)];
  const { affiliation } = relation;
  const told = { reason: change.reason, actor: actorFor(room, by, jid) };
  const expelled: Promise<void>[] = [];
  for (const occupant of present) {
    if (affiliation === 'outcast') expelled.push(expel(parts, room, occupant, { ...told, statuses: [STATUS.banned] }));
    else if (room.config.isMembersOnly && !isAtLeast(affiliation, 'member')) {
      expelled.push(expel(parts, room, occupant, { ...told, statuses: [STATUS.lostMembership] }));
    } else if (before !== affiliation) {
      occupant.role = roleAfter(room, occupant, affiliation);
      show(parts, room, occupant, told);
    }
  }
  if (present.length > 0 || before === affiliation) return { expelled, isNewcomer: false };
  tellModerators(parts, room, { ...change, ...told });
  const isNewcomer = affiliation === 'member' && room.config.isMembersOnly && change.isInvited !== true;
  return { expelled, isNewcomer };
}

/** Who becomes a member of a room for members only is told so, however many they are. XEP-0045 §9.5 */
async function askIn(parts: MucParts, { room, by, changes }: Changing<AffiliationChange>): Promise<void> {
  for (let at = 0; at < changes.length; at += ASKED_AT_ONCE) {
    const some = changes.slice(at, at + ASKED_AT_ONCE);
    await Promise.all(some.map((change) => askOne(parts, { room, by, change })));
    // The next request of this device needs a place as well.
    await authorOf(parts, by).whenDecided();
  }
}

async function askOne(
  parts: MucParts,
  { room, by, change }: { readonly room: Room; readonly by: Session; readonly change: AffiliationChange },
): Promise<void> {
  try {
    const account = await parts.accounts.load(change.jid);
    if (!account?.facts.isActive) return;
    const reason = change.reason === undefined ? [] : [xml('reason', {}, change.reason)];
    const payload = xml('invite', { from: isServer(by) ? room.jid.bare : shownAs(room, by) }, ...reason);
    tellSoon(parts, { room, by, account, payload });
  } catch (error) {
    parts.log.error('room.invitation.failed', { room: room.jid.bare, error: error as Error });
  }
}

/** A higher affiliation brings its role with it; a lower one takes it away. XEP-0045 §9.3 to §10.7 */
function roleAfter(room: Room, occupant: Occupant, affiliation: Affiliation): Role {
  const usual = roleOnEntering(affiliation, room.config.isModerated);
  if (usual === 'moderator') return 'moderator';
  return occupant.role === 'moderator' || affiliation === 'member'
    ? usual
    : usual === 'visitor'
      ? 'visitor'
      : occupant.role;
}

/** Of somebody who is not there those hear who may see addresses. XEP-0045 §9.3 */
function tellModerators(parts: MucParts, room: Room, change: AffiliationChange & { actor: string | undefined }): void {
  const { affiliation, jid, nick, reason } = change;
  const item = itemElement({ affiliation, jid, nick, reason });
  const stanza = xml('message', { xmlns: NS.client, from: room.jid.bare }, xml('x', { xmlns: NS.mucUser }, item));
  const bytes = Buffer.from(serialize(stanza));
  for (const viewer of room.occupants.values()) {
    if (!maySeeAddresses(room, viewer)) continue;
    for (const session of viewer.present()) give(parts, session, bytes);
  }
}

/** Out with all his devices. */
export function expel(parts: MucParts, room: Room, occupant: Occupant, why: Going): Promise<void> {
  occupant.role = 'none';
  const devices = [...occupant.devices.keys()];
  return Promise.all(devices.map((session) => leave(parts, room, session, why))).then(() => undefined);
}

/** What somebody is to be able to do while he is there. */
export interface RoleChange {
  readonly occupant: Occupant;
  readonly role: Role;
  readonly reason: string | undefined;
}

/** Roles are not kept: they end with the stay. XEP-0045 §5.1.3 */
export async function changeRoles(parts: MucParts, { room, by, changes }: Changing<RoleChange>): Promise<void> {
  const actor = actorOf(room, by);
  const items = changes.map(({ occupant, role, reason }) => {
    return itemElement({ nick: occupant.nick, jid: occupant.account.bare, role, reason, actor });
  });
  const stanza = xml('message', { xmlns: NS.client, from: room.jid.bare }, xml('x', { xmlns: NS.mucUser }, ...items));
  await noted(parts, { room, by, stanza });
  for (const { occupant, role, reason } of changes) {
    // §8.2: who kicks is told that it is done, then the others see it.
    if (role === 'none') void expel(parts, room, occupant, { statuses: [STATUS.kicked], reason, actor });
    else {
      occupant.role = role;
      show(parts, room, occupant, { reason, actor });
    }
  }
}
