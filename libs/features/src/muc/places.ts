import { type Session, survivingFacet } from '@interoffice/routing';
import type { Room } from './room.js';

/** A room a device is in, as it is kept for when the device comes back after a restart of the server. */
export interface KeptPlace {
  readonly id: number;
  readonly room: string;
  readonly nick: string;
  readonly afterId: string;
}

export const placesOf = survivingFacet<readonly KeptPlace[]>('muc.places');

/** From here on what is said in the room is for the device, whether it is there or comes back. */
export function remember(session: Session, room: Room, place: { nick: string; afterId: string }): void {
  const { nick, afterId } = place;
  (session.stays ??= new Map()).set(room.party.accountId, { afterId, untilId: undefined });
  const others = (session.get(placesOf) ?? []).filter(({ id }) => id !== room.id);
  session.put(placesOf, [...others, { id: room.id, room: room.jid.bare, nick, afterId }]);
}

/** The device is on its way out of the room. False: it was before, or has never been in. */
export function giveUp(session: Session, room: Room): boolean {
  const places = session.get(placesOf) ?? [];
  const others = places.filter(({ id }) => id !== room.id);
  session.put(placesOf, others.length > 0 ? others : undefined);
  return others.length < places.length;
}

/** What is said in the room from here on is not for this device; what was said before still is, if it has not got it yet. */
export function forget(session: Session, room: Room, untilId: string): void {
  const number = room.party.accountId;
  const stay = session.stays?.get(number);
  if (stay && session.behind) session.stays!.set(number, { ...stay, untilId });
  else session.stays?.delete(number);
}
