import type { Passage, Session } from '@interoffice/routing';
import {
  copyOf,
  type Element,
  type Jid,
  notAllowed,
  NS,
  resourceConstraint,
  jidMalformed,
  xml,
} from '@interoffice/wire';
import { changeNick } from './nick.js';
import { Door, endOf } from './door.js';
import { answerWith, denied } from './errors.js';
import { join } from './join.js';
import { leave } from './leave.js';
import { shownOf } from './occupant.js';
import type { MucParts } from './parts.js';
import type { Room } from './room.js';
import { ownedBy } from './rooms.js';
import { itemElement, show, STATUS } from './show.js';

/** Presence to `room@service/nick`: coming in, being there, another nick, going. XEP-0045 §7.2, §7.6, §7.7, §7.14 */
export function presenceToOccupant(parts: MucParts, p: Passage): void | Promise<void> {
  const { session } = p;
  if (!session.isOpen) return;
  const { hosted, jid: nick } = p.target;
  const presence = copyOf(p.tree());
  if (p.type === 'unavailable' || p.type === 'error') {
    if (hosted instanceof Door) goAway(parts, hosted, { session, presence, type: p.type });
    return;
  }
  const isMuc = presence.getChild('x', NS.muc) !== undefined;
  if (!(hosted instanceof Door)) return isMuc ? create(parts, { session, nick, presence }) : notThere(session, nick);
  const { room } = hosted;
  const departure = room.departures.get(session);
  // He has just left, and comes again.
  return departure
    ? departure.then(() => arrive(parts, room, { session, nick, presence }))
    : arrive(parts, room, { session, nick, presence });
}

function arrive(parts: MucParts, room: Room, { session, nick, presence }: Wish): void | Promise<void> {
  const isMuc = presence.getChild('x', NS.muc) !== undefined;
  if (!session.isOpen) return;
  // He was the last one: the room he comes to is a new one.
  if (isMuc && parts.rooms.peek(nick) !== room) return create(parts, { session, nick, presence });
  if (room.ended) return answerWith(session, presence, endOf(room));
  const occupant = room.occupantOf(session);
  if (!occupant && !isMuc) return notThere(session, nick);
  if (!occupant || isMuc) return join(parts, { room, session, nick, presence, isNew: false });
  if (occupant.nick !== nick.resource) return changeNick(parts, { room, session, occupant, nick, presence });
  occupant.devices.delete(session);
  occupant.devices.set(session, shownOf(presence));
  show(parts, room, occupant, {});
}

/** A room cannot be entered without a nick. XEP-0045 §7.2.1 */
export function presenceToRoom(parts: MucParts, p: Passage): void {
  const presence = copyOf(p.tree());
  if (p.type === 'unavailable' && p.target.hosted instanceof Door) {
    return goAway(parts, p.target.hosted, { session: p.session, presence, type: 'unavailable' });
  }
  if (p.type === 'available')
    answerWith(p.session, presence, jidMalformed('Say under which nick you want to come in.'));
}

/** Who believes he is in a room that he is not in is told so: he has missed that he was taken out. XEP-0045 §7.2.18 */
function notThere(session: Session, nick: Jid): void {
  const codes = [STATUS.self, STATUS.kicked, STATUS.error];
  const statuses = codes.map((code) => xml('status', { code: String(code) }));
  session.send(
    xml(
      'presence',
      { xmlns: NS.client, from: nick.toString(), to: session.jid.toString(), type: 'unavailable' },
      xml('x', { xmlns: NS.mucUser }, itemElement({ affiliation: 'none', role: 'none' }), ...statuses),
    ),
  );
}

interface Going {
  readonly session: Session;
  readonly presence: Element;
  readonly type: 'unavailable' | 'error';
}

function goAway(parts: MucParts, { room }: Door, { session, presence, type }: Going): void {
  const word = presence.getChildText('status') ?? undefined;
  void leave(parts, room, session, type === 'error' ? { statuses: [STATUS.error] } : { word });
}

interface Wish {
  readonly session: Session;
  readonly nick: Jid;
  readonly presence: Element;
}

/** Nobody has come to this address before: who comes first owns it. XEP-0045 §10.1 */
async function create(parts: MucParts, wish: Wish): Promise<void> {
  const { session, nick, presence } = wish;
  const { account } = session;
  const { rooms, rules } = parts;
  if (!rules.mayCreate(account)) {
    return answerWith(session, presence, notAllowed('Rooms are made by administrators here; ask one of them.'));
  }
  if (!rooms.mayCreateAnother(account)) {
    return answerWith(session, presence, resourceConstraint('You have made many rooms just now; wait a minute.'));
  }
  const plan = {
    office: account.facts.office,
    config: rules.config,
    // §10.1.1: until its maker has said how it is to be.
    isLocked: true,
    createdBy: account.bare,
    relations: ownedBy(account.bare),
  };
  try {
    const made = await rooms.create(nick, plan);
    const room = made ?? rooms.peek(nick) ?? (await rooms.get(nick));
    if (!room) return;
    if (session.isOpen) join(parts, { room, session, nick, presence, isNew: made !== undefined });
    // Its maker has gone meanwhile, or was not let in: then there is no room.
    if (made?.occupants.size === 0) rooms.emptied(made);
  } catch (error) {
    parts.log.warn('room.save.failed', { room: nick.bare, reason: (error as Error).message });
    answerWith(session, presence, denied('resource-constraint', 'No room can be made at the moment; try again soon.'));
  }
}
