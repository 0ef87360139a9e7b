import { setTimeout as wait } from 'node:timers/promises';
import type { Session } from '@interoffice/routing';
import { describeError } from '@interoffice/telemetry';
import { type Jid, NS, parseJid, toTree, xml } from '@interoffice/wire';
import { showOthers } from './join.js';
import { shownOf } from './occupant.js';
import type { MucParts } from './parts.js';
import { ROOM_RECORD } from './record-names.js';
import { type KeptPlace, placesOf } from './places.js';
import { nickDenial } from './nick.js';
import type { Room } from './room.js';
import { itemElement, show, showTo, STATUS } from './show.js';

const AGAIN_MS = 500;

/**
 * A device from before a restart of the server is among its account's sessions again, detached: it is where it was. What
 * was said since then it reads when it resumes.
 */
export function comeBack(parts: MucParts, session: Session): void {
  for (const place of session.get(placesOf) ?? []) {
    (session.stays ??= new Map()).set(-place.id, { afterId: place.afterId, untilId: undefined });
    // What is said until he sits again must not be taken for none of his business.
    const behind = session.behind!;
    behind.awaited++;
    void keepTrying(parts, session, place).finally(() => behind.awaited--);
  }
}

/** The database may be away just now. */
async function keepTrying(parts: MucParts, session: Session, place: KeptPlace): Promise<void> {
  while (session.isOpen) {
    try {
      return await sitDown(parts, session, place);
    } catch (error) {
      parts.log.warn('room.change.failed', { room: place.room, reason: describeError(error) });
      await wait(AGAIN_MS, undefined, { ref: false });
    }
  }
}

async function sitDown(parts: MucParts, session: Session, place: KeptPlace): Promise<void> {
  const jid = parseJid(place.room);
  const room = await parts.rooms.get(jid);
  const nick = jid.withResource(place.nick);
  if (!session.isOpen) return;
  if (!room || room.id !== place.id || room.ended || isUnwelcome(room, session, nick))
    return sendAway(parts, session, place);
  const occupant = room.place(session.account, nick);
  const { presence } = session;
  record(parts, { room, session, place, address: nick });
  occupant.devices.set(session, presence ? shownOf(toTree(presence.bytes, 0, presence.bytes.length, NS.client)) : []);
  room.seat(session, occupant);
  room.changed();
  show(parts, room, occupant, {});
  // It has resumed already: who is there now may not be who was there then.
  if (session.stream) showOthers(parts, room, session);
}

/** The journal has it that he was there all the while: what was said meanwhile is his to read. */
function record(parts: MucParts, back: { room: Room; session: Session; place: KeptPlace; address: Jid }): void {
  const { room, session, place, address } = back;
  const stanza = xml(
    'presence',
    { xmlns: NS.client, from: session.jid.toString(), to: address.toString() },
    xml(
      'x',
      { xmlns: NS.mucUser },
      itemElement({ affiliation: room.affiliationOf(session.account.bare), nick: place.nick }),
    ),
    xml('resumed', { xmlns: ROOM_RECORD, since: place.afterId }),
  );
  const note = { stanza, type: 'available', author: session.party, receiver: room.party, room: room.name } as const;
  parts.chronicle().writeSoon(note, parts.self, { handOver: () => undefined });
}

/**
 * The server has begun anew: who was in a room has left it by now, unless a later row says that he has resumed. Written
 * where there are rooms.
 */
export async function recordStart(parts: MucParts): Promise<void> {
  if (!(await parts.records.areThere())) return;
  const from = parts.domain;
  const stanza = xml(
    'presence',
    { xmlns: NS.client, from, type: 'unavailable' },
    xml('started', { xmlns: ROOM_RECORD }),
  );
  const { party } = parts.self;
  const note = { stanza, type: 'unavailable', author: party, receiver: party, room: Buffer.from(from) } as const;
  parts.chronicle().writeSoon(note, parts.self, { handOver: () => undefined });
}

function isUnwelcome(room: Room, session: Session, nick: Jid): boolean {
  const affiliation = room.affiliationOf(session.account.bare);
  if (affiliation === 'outcast' || (room.config.isMembersOnly && affiliation === 'none')) return true;
  return nickDenial(room, session, nick) !== undefined;
}

/** He is told when he resumes: it waits among the rest. */
function sendAway({ log }: MucParts, session: Session, { id, room, nick }: KeptPlace): void {
  session.stays?.delete(-id);
  const others = (session.get(placesOf) ?? []).filter((place) => place.id !== id);
  session.put(placesOf, others.length > 0 ? others : undefined);
  log.debug('room.change.failed', { room, reason: 'somebody could not go back to where he was' });
  session.send(
    xml(
      'presence',
      { xmlns: NS.client, from: `${room}/${nick}`, to: session.jid.toString(), type: 'unavailable' },
      xml(
        'x',
        { xmlns: NS.mucUser },
        itemElement({ affiliation: 'none', role: 'none' }),
        xml('status', { code: String(STATUS.self) }),
        xml('status', { code: String(STATUS.shutDown) }),
      ),
    ),
  );
}

/** It has resumed after a restart: who is there now may not be who was there then. */
export function showAgain(parts: MucParts, session: Session): void {
  for (const { room: bare } of session.get(placesOf) ?? []) {
    const room = parts.rooms.peek(parseJid(bare));
    const occupant = room?.occupantOf(session);
    if (!room || !occupant) continue;
    showOthers(parts, room, session);
    showTo(parts, session, { room, occupant, showing: {} });
  }
}
