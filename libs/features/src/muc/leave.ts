import { idText, type Session } from '@interoffice/routing';
import { type Element, NS, xml } from '@interoffice/wire';
import type { Occupant } from './occupant.js';
import type { MucParts } from './parts.js';
import { forget, giveUp } from './places.js';
import type { Room } from './room.js';
import { itemElement, show, showTo, type Showing } from './show.js';

/** How somebody goes: by his own word, with his connection, or thrown out. */
export interface Going extends Showing {
  /** The others need not be told: they go as well. */
  readonly isForHimselfAlone?: boolean;
}

/**
 * The device leaves: recorded, then told. Who is alive answers for it himself, so that it stays in order with what he has
 * said; for who is gone the service does. Resolves when he is gone. XEP-0045 §7.14
 */
export function leave(parts: MucParts, room: Room, session: Session, going: Going = {}): Promise<void> {
  const occupant = room.occupantOf(session);
  if (!occupant || !giveUp(session, room)) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  room.departures.set(session, promise);
  const note = { stanza: noteOf(occupant, session, going), type: 'unavailable', ...partiesOf(room, session) } as const;
  const handover = {
    handOver: ({ idHigh, idLow }: { idHigh: number; idLow: number }): void => {
      depart(parts, { room, session, going, untilId: idText(idHigh, idLow) });
      resolve();
    },
  };
  const by = session.isOpen ? session : parts.self;
  if (parts.chronicle().write(note, by, handover) === undefined)
    parts.chronicle().writeSoon(note, parts.self, handover);
  return promise;
}

function partiesOf(room: Room, { party }: Session) {
  return { author: party, receiver: room.party, room: room.name };
}

function noteOf(occupant: Occupant, session: Session, { statuses = [], reason, actor }: Going): Element {
  return xml(
    'presence',
    { xmlns: NS.client, from: session.jid.toString(), to: occupant.jid.toString(), type: 'unavailable' },
    xml(
      'x',
      { xmlns: NS.mucUser },
      itemElement({ affiliation: occupant.affiliation, role: 'none', nick: occupant.nick, reason, actor }),
      ...statuses.map((code) => xml('status', { code: String(code) })),
    ),
  );
}

interface Departure {
  readonly room: Room;
  readonly session: Session;
  readonly going: Going;
  readonly untilId: string;
}

function depart(parts: MucParts, { room, session, going, untilId }: Departure): void {
  const occupant = room.occupantOf(session);
  if (!occupant) return;
  const wasPresent = !occupant.entering.has(session);
  const isLast = occupant.devices.size === 1;
  const showing = { ...going, isLeaving: true };
  if (wasPresent && isLast && going.isForHimselfAlone !== true) show(parts, room, occupant, showing);
  else if (wasPresent && session.isOpen) showTo(parts, session, { room, occupant, showing });
  room.unseat(session, occupant);
  room.departures.delete(session);
  forget(session, room, untilId);
  if (room.occupants.size === 0) parts.rooms.emptied(room);
}
