import {
  type Accepted,
  type Delivering,
  type Dropped,
  hasBlocked,
  type Passage,
  refuse,
  type Refused,
} from '@interoffice/routing';
import {
  badRequest,
  escapeAttribute,
  itemNotFound,
  NS,
  notAcceptable,
  serviceUnavailable,
  type StanzaError,
} from '@interoffice/wire';
import { denied } from './errors.js';
import type { Occupant } from './occupant.js';
import type { MucParts } from './parts.js';
import type { Room } from './room.js';
import type { PrivateMessages } from './config.js';
import { deliverTo } from './say.js';

const MARK = Buffer.from(`<x xmlns='${NS.mucUser}'/>`);

/** From one occupant to another, under their nicks; recorded as between the two people. XEP-0045 §7.5 */
export function receivePrivate(parts: MucParts, room: Room, p: Passage): Refused | Dropped | Accepted {
  const author = room.occupantOf(p.session);
  if (!author) return refuse(notAcceptable('Only who is in the room can write to somebody there.'), 'not an occupant');
  if (p.type === 'groupchat')
    return refuse(badRequest('What is said to one is no groupchat.'), 'groupchat to one occupant');
  const receiver = room.occupants.get(p.target.jid.resource!);
  if (!receiver) return refuse(itemNotFound('Nobody goes by that nick in this room.'), 'no such occupant');
  const silence = silenceBetween(author, receiver);
  if (silence) return refuse(silence, 'one of the two has blocked the other');
  if (!mayWrite(room.config.privateMessages, author)) {
    return refuse(denied('forbidden', 'Private messages are switched off in this room.'), 'private messages are off');
  }
  const to = receiver.account.jid;
  p.appearAs(author.fromAttribute);
  p.room = room.name;
  p.receiver = receiver.account.party;
  p.additions.child(MARK);
  p.additions.child(author.stamp);
  p.additions.child(Buffer.from(`<stanza-id xmlns='${NS.sid}' by='${escapeAttribute(to.bare)}' id='`));
  p.additions.id(p.idHigh, p.idLow);
  p.additions.child(Buffer.from("'/>"));
  return { verdict: 'accepted', about: undefined, to: { handOver: (m) => deliver(parts, receiver, { room, m }) } };
}

/** To each of his devices in the room; whoever is away reads it in the journal. */
function deliver(parts: MucParts, receiver: Occupant, { room, m }: { room: Room; m: Delivering }): void {
  const devices = [...(room.occupants.get(receiver.nick) ?? receiver).present()];
  deliverTo(parts, devices, m);
  if (m.isRecorded && devices.length > 0) parts.delivered(receiver.account, m);
}

const ALLOWED: Readonly<Record<PrivateMessages, readonly string[]>> = {
  anyone: ['visitor', 'participant', 'moderator'],
  participants: ['participant', 'moderator'],
  moderators: ['moderator'],
  none: [],
};

function mayWrite(setting: PrivateMessages, { role }: Occupant): boolean {
  return ALLOWED[setting].includes(role);
}

/** Who has blocked somebody is not reached by way of a room either, under whatever nick. XEP-0191 §3.2, T-07 of security.md */
export function silenceBetween(author: Occupant, receiver: Occupant): StanzaError | undefined {
  const hasBlockedOne = (one: Occupant, other: Occupant): boolean =>
    hasBlocked(one.account, other.account.jid) || hasBlocked(one.account, other.jid);
  if (hasBlockedOne(receiver, author)) return serviceUnavailable();
  return hasBlockedOne(author, receiver) ? notAcceptable('You have blocked them.') : undefined;
}
