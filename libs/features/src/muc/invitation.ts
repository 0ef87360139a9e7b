import type { Account, Note, Session } from '@interoffice/routing';
import { type Element, NS, xml } from '@interoffice/wire';
import type { MucParts } from './parts.js';
import type { Room } from './room.js';

export interface Telling {
  readonly room: Room;
  /** Who wants it told. */
  readonly by: Session;
  readonly account: Account;
  /** `<invite/>` or `<decline/>`. */
  readonly payload: Element;
  readonly id?: string;
}

/**
 * Something about a room for somebody who need not be in it: recorded as between the two people, delivered like any
 * message. False, and nothing was done, when it cannot be recorded. XEP-0045 §7.8.2
 */
export function tell(parts: MucParts, telling: Telling): boolean {
  const { by, account } = telling;
  return parts.chronicle().write(noteOf(telling), authorOf(parts, by), parts.targetOf(account)) !== undefined;
}

/** As `tell`, for what follows from something that has happened: recorded and delivered as soon as that is possible. */
export function tellSoon(parts: MucParts, telling: Telling): void {
  const { by, account } = telling;
  parts.chronicle().writeSoon(noteOf(telling), authorOf(parts, by), parts.targetOf(account));
}

/** The device that answers for what is told; the service when it has gone. */
export function authorOf(parts: MucParts, by: Session): Session {
  return by.isOpen ? by : parts.self;
}

function noteOf({ room, by, account, payload, id }: Telling): Note {
  const { password } = room.config;
  const isInvitation = payload.getName() === 'invite';
  const secret = isInvitation && password !== undefined ? [xml('password', {}, password)] : [];
  const stanza = xml(
    'message',
    { xmlns: NS.client, from: room.jid.bare, to: account.bare, ...(id === undefined ? {} : { id }) },
    xml('x', { xmlns: NS.mucUser }, payload, ...secret),
  );
  return { stanza, type: 'normal', author: by.party, receiver: account.party, room: room.name };
}

/** Somebody as those may know him who are asked by way of the room. */
export function shownAs(room: Room, session: Session): string {
  const occupant = room.occupantOf(session);
  return room.config.isNonAnonymous || !occupant ? session.jid.bare : occupant.jid.toString();
}
