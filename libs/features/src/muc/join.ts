import type { Session } from '@interoffice/routing';
import { type Element, type Jid, NS, parseTimestamp, serialize, StanzaError, xml } from '@interoffice/wire';
import { isAtLeast } from './affiliation.js';
import { showPicture } from './avatar.js';
import { answerWith, denied } from './errors.js';
import type { HistoryWish } from './history.js';
import { leave } from './leave.js';
import { changeNick, nickDenial } from './nick.js';
import { type Occupant, shownOf } from './occupant.js';
import type { MucParts } from './parts.js';
import { remember } from './places.js';
import type { Room } from './room.js';
import { give, itemElement, show, showTo, type Showing, STATUS } from './show.js';

/** Rooms one device may be in at a time. */
const MOST_ROOMS = 1_000;

/** Somebody wants to come in. */
export interface Entry {
  readonly room: Room;
  readonly session: Session;
  /** `room@service/nick` */
  readonly nick: Jid;
  /** As it came. */
  readonly presence: Element;
  /** The room has just been made for him. */
  readonly isNew: boolean;
}

/** Decides, records, and lets him in. XEP-0045 §7.2 */
export function join(parts: MucParts, entry: Entry): void {
  const { room, session, nick, presence } = entry;
  const present = room.occupantOf(session);
  if (present) return again(parts, entry, present);
  const error = denialOf(parts, entry);
  if (error) return answerWith(session, presence, error);
  const occupant = room.place(session.account, nick);
  occupant.devices.set(session, shownOf(presence));
  occupant.entering.add(session);
  room.seat(session, occupant);
  const id = record(parts, entry, occupant);
  const since = cameBack(session, presence)?.afterId ?? id;
  if (id !== undefined) return remember(session, room, { nick: occupant.nick, afterId: since! });
  room.unseat(session, occupant);
  answerWith(session, presence, denied('resource-constraint', 'Nobody can be let in at the moment; try again soon.'));
}

/** The journal has it that he came; then he is there. */
function record(parts: MucParts, entry: Entry, occupant: Occupant): string | undefined {
  const { room, session } = entry;
  const { affiliation, role, jid } = occupant;
  const stanza = xml(
    'presence',
    { xmlns: NS.client, from: session.jid.toString(), to: jid.toString() },
    xml('x', { xmlns: NS.mucUser }, itemElement({ affiliation, role, nick: occupant.nick })),
  );
  const note = { stanza, type: 'available', author: session.party, receiver: room.party, room: room.name } as const;
  return parts.chronicle().write(note, session, {
    handOver: () => {
      // He may go by another nick meanwhile, or have left.
      const self = room.occupantOf(session);
      if (self?.entering.delete(session) === true) comeIn(parts, entry, self);
    },
  });
}

/** Order: the others, himself, what was said, the subject. XEP-0045 §7.1 */
function comeIn(parts: MucParts, entry: Entry, occupant: Occupant): void {
  const { room, session } = entry;
  if (!session.isOpen) return void leave(parts, room, session);
  room.changed();
  const isFirst = [...occupant.present()].length === 1;
  showOthers(parts, room, session);
  const ownStatuses = [
    ...(room.config.isNonAnonymous ? [STATUS.nonAnonymous] : []),
    ...(entry.isNew ? [STATUS.created] : []),
    ...(occupant.nick === entry.nick.resource ? [] : [STATUS.nickAssigned]),
  ];
  if (isFirst) show(parts, room, occupant, { ownStatuses });
  else showTo(parts, session, { room, occupant, showing: { ownStatuses } });
  showPicture(parts, room, session);
  welcome(parts, entry);
}

/** The rest of the order: what was said, then the subject. */
function welcome(parts: MucParts, { room, session, presence }: Entry): void {
  const back = cameBack(session, presence);
  if (back?.afterId !== undefined) return session.border!.missed(session, back.afterId);
  const wish = wishOf(presence, parts.clock.now());
  const { addressed } = parts;
  for (const message of room.history?.take(wish, room.config.historyLength) ?? []) {
    addressed.load(message.bytes, 0, message.bytes.length);
    addressed.at(message.idHigh, message.idLow);
    session.deliverLate(addressed.to(session));
  }
  give(parts, session, Buffer.from(serialize(subjectOf(room))));
}

/** Another office says that he is there already: this server has forgotten it, or has just not been able to reach him. */
function cameBack({ border }: Session, presence: Element): { readonly afterId: string | undefined } | undefined {
  const branch = border?.isOffice === true ? presence.getChild('office', NS.office) : undefined;
  if (!branch) return undefined;
  const after = String(branch.attrs['after']);
  return { afterId: /^[0-7][0-9a-f]{15}$/.test(after) ? after : undefined };
}

export function showOthers(parts: MucParts, room: Room, session: Session): void {
  const self = room.occupantOf(session);
  for (const occupant of room.occupants.values()) {
    if (occupant === self || !occupant.isShown || !occupant.isPresent) continue;
    showTo(parts, session, { room, occupant, showing: {} });
  }
}

/** XEP-0045 §7.2.15 */
export function subjectOf({ jid, subject }: Room): Element {
  const from = subject === undefined ? jid.bare : `${jid.bare}/${subject.nick}`;
  return xml(
    'message',
    { xmlns: NS.client, from, type: 'groupchat' },
    xml('subject', {}, subject?.text ?? ''),
    ...(subject
      ? [xml('delay', { xmlns: NS.delay, from: jid.bare, stamp: new Date(subject.atMs).toISOString() })]
      : []),
  );
}

/** A device that is in the room already: it has lost track, or wants another nick. */
function again(parts: MucParts, entry: Entry, occupant: Occupant): void {
  const { room, session, nick, presence } = entry;
  if (cameBack(session, presence)) return;
  if (occupant.nick !== nick.resource) return changeNick(parts, { room, session, occupant, nick, presence });
  if (occupant.entering.has(session)) return;
  occupant.devices.delete(session);
  occupant.devices.set(session, shownOf(presence));
  if (!presence.getChild('x', NS.muc)) return show(parts, room, occupant, {});
  showOthers(parts, room, session);
  const ownStatuses = room.config.isNonAnonymous ? [STATUS.nonAnonymous] : [];
  showTo(parts, session, { room, occupant, showing: { ownStatuses } satisfies Showing });
  welcome(parts, entry);
}

/** XEP-0045 §7.2.5 to §7.2.11, and the table of §7.2.17. */
function denialOf(parts: MucParts, { room, session, nick, presence }: Entry): StanzaError | undefined {
  const { config } = room;
  const affiliation = room.affiliationOf(session.account.bare);
  if (affiliation === 'outcast') return denied('forbidden', 'You are banned from this room.');
  if (room.isLocked && affiliation !== 'owner') {
    return denied('item-not-found', 'This room has not been set up yet.');
  }
  if (config.isMembersOnly && !isAtLeast(affiliation, 'member')) {
    return denied('registration-required', 'This room is for its members only; ask its owner to be let in.');
  }
  if (config.password !== undefined && affiliation !== 'owner') {
    const given = presence.getChild('x', NS.muc)?.getChildText('password');
    if (given !== config.password) return denied('not-authorized', 'This room needs its password.');
  }
  const taken = nickDenial(room, session, nick);
  if (taken) return taken;
  const most = config.maxUsers > 0 ? Math.min(config.maxUsers, parts.rules.mostOccupants) : parts.rules.mostOccupants;
  // §7.2.9: administrators and owners find room.
  if (room.occupants.size >= most && !room.occupants.has(nick.resource!) && !isAtLeast(affiliation, 'admin')) {
    return new StanzaError('service-unavailable', { type: 'wait', text: 'This room is full.' });
  }
  if ((session.stays?.size ?? 0) >= MOST_ROOMS) return denied('resource-constraint', 'You are in too many rooms.');
  return undefined;
}

function wishOf(presence: Element, now: number): HistoryWish {
  const history = presence.getChild('x', NS.muc)?.getChild('history', NS.muc);
  const number = (name: string): number | undefined => {
    const text = history?.attrs[name] as string | undefined;
    return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  };
  const seconds = number('seconds');
  const since = parseTimestamp(String(history?.attrs['since'] ?? ''));
  const from = [seconds === undefined ? undefined : now - seconds * 1000, since].filter((at) => at !== undefined);
  return {
    maxChars: number('maxchars'),
    maxStanzas: number('maxstanzas'),
    ...(from.length > 0 ? { sinceMs: Math.max(...from) } : {}),
  };
}
