import type { Session } from '@interoffice/routing';
import { NS, xml } from '@interoffice/wire';
import { expel, noted } from './change.js';
import type { MucParts } from './parts.js';
import type { Room } from './room.js';

export interface Destruction {
  readonly by: Session;
  readonly reason: string | undefined;
  /** Where people should go instead. */
  readonly alternate: string | undefined;
}

/**
 * The end of a room: recorded, kept as a tombstone if the room was to stay, then told to everybody who is there. What was
 * said stays in the journal. XEP-0045 §10.9
 */
export async function destroy(parts: MucParts, room: Room, { by, reason, alternate }: Destruction): Promise<void> {
  const element = xml(
    'destroy',
    alternate === undefined ? {} : { jid: alternate },
    ...(reason === undefined ? [] : [xml('reason', {}, reason)]),
  );
  const stanza = xml('message', { xmlns: NS.client, from: room.jid.bare }, xml('x', { xmlns: NS.mucUser }, element));
  await noted(parts, { room, by, stanza });
  const ended = { atMs: parts.clock.now(), by: by.account.bare, reason, alternate };
  const leavesTrace = room.config.isPersistent && !room.isLocked;
  if (leavesTrace) await parts.records.change(room.id, { ended });
  room.ended = ended;
  parts.log.info('room.destroyed', { room: room.jid.bare, by: by.account.bare });
  const why = { destroy: element, isForHimselfAlone: true };
  await Promise.all([...room.occupants.values()].map((occupant) => expel(parts, room, occupant, why)));
  if (!leavesTrace) parts.rooms.remove(room);
}
