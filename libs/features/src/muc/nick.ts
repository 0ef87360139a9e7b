import type { Session } from '@interoffice/routing';
import { type Element, type Jid, NS, type StanzaError, xml } from '@interoffice/wire';
import { answerWith, denied } from './errors.js';
import { type Occupant, shownOf } from './occupant.js';
import type { MucParts } from './parts.js';
import { placesOf } from './places.js';
import type { Room } from './room.js';
import { itemElement, show, STATUS } from './show.js';

export interface NickChange {
  readonly room: Room;
  readonly session: Session;
  readonly occupant: Occupant;
  readonly nick: Jid;
  readonly presence: Element;
}

/** All devices of the occupant go by the new nick together. XEP-0045 §7.6 */
export function changeNick(parts: MucParts, change: NickChange): void {
  const { room, session, nick, presence } = change;
  const error = nickDenial(room, session, nick);
  if (error) return answerWith(session, presence, error);
  const stanza = xml(
    'presence',
    { xmlns: NS.client, from: session.jid.toString(), to: nick.toString() },
    xml(
      'x',
      { xmlns: NS.mucUser },
      itemElement({ nick: nick.resource }),
      xml('status', { code: String(STATUS.newNick) }),
    ),
  );
  const note = { stanza, type: 'available', author: session.party, receiver: room.party, room: room.name } as const;
  const id = parts.chronicle().write(note, session, { handOver: () => rename(parts, change) });
  if (id === undefined) {
    answerWith(
      session,
      presence,
      denied('resource-constraint', 'Nothing can be recorded at the moment; try again soon.'),
    );
  }
}

function rename(parts: MucParts, { room, session, nick, presence }: NickChange): void {
  const occupant = room.occupantOf(session);
  // Both may have been taken meanwhile.
  if (!occupant || (room.occupants.get(nick.resource!)?.account ?? session.account) !== session.account) {
    return answerWith(session, presence, denied('conflict', 'Somebody else goes by that nick in this room.'));
  }
  show(parts, room, occupant, { isLeaving: true, newNick: nick.resource, statuses: [STATUS.newNick] });
  const renamed = room.rename(occupant, nick);
  renamed.devices.delete(session);
  renamed.devices.set(session, shownOf(presence));
  for (const device of renamed.devices.keys()) {
    const places = device
      .get(placesOf)
      ?.map((place) => (place.id === room.id ? { ...place, nick: renamed.nick } : place));
    device.put(placesOf, places);
  }
  show(parts, room, renamed, {});
}

/** A nick belongs to who has it, or has registered it. XEP-0045 §7.2.8, §7.10 */
export function nickDenial(room: Room, { account }: Session, nick: Jid): StanzaError | undefined {
  const name = nick.resource!;
  const holder = room.occupants.get(name)?.account.bare ?? room.reserved.get(name);
  if (holder === undefined || holder === account.bare) return undefined;
  return denied('conflict', `Somebody else goes by ${name} in this room.`);
}
