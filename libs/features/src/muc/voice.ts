import { type Passage, refuse, type Refused, type Session, take, type Taken } from '@interoffice/routing';
import { badRequest, formElement, formIn, NS, notAcceptable, serialize, xml } from '@interoffice/wire';
import { changeRoles } from './change.js';
import { denied } from './errors.js';
import type { Occupant } from './occupant.js';
import type { MucParts } from './parts.js';
import type { Room } from './room.js';
import { give } from './show.js';

/** A visitor asks to be heard, and a moderator says yes. XEP-0045 §7.13, §8.6 */
export function receiveVoiceRequest(parts: MucParts, room: Room, p: Passage): Refused | Taken | undefined {
  const form = formIn(p.tree(), NS.mucRequest);
  if (!form) return undefined;
  const occupant = room.occupantOf(p.session);
  if (!occupant) return refuse(notAcceptable('Only who is in the room can ask for voice.'), 'not an occupant');
  const nick = form.text('muc#roomnick');
  if (nick === undefined) {
    if (form.text('muc#role') !== 'participant')
      return refuse(badRequest('Voice is what can be asked for.'), 'asks for a role');
    return take(() => askModerators(parts, room, occupant));
  }
  if (occupant.role !== 'moderator')
    return refuse(denied('forbidden', 'Only moderators give voice.'), 'not a moderator');
  const isGranted = form.flag('muc#request_allow') === true;
  const { session } = p;
  return take(() => {
    if (isGranted) grant(parts, { room, by: session, nick });
  });
}

function askModerators(parts: MucParts, room: Room, { address, nick }: Occupant): void {
  const form = formElement({
    type: 'form',
    formType: NS.mucRequest,
    title: 'Voice request',
    instructions: 'Somebody would like to be heard in this room.',
    fields: [
      { name: 'muc#role', type: 'list-single', label: 'Requested role', values: ['participant'] },
      { name: 'muc#jid', type: 'jid-single', label: 'Address', values: [address] },
      { name: 'muc#roomnick', type: 'text-single', label: 'Nick', values: [nick] },
      { name: 'muc#request_allow', type: 'boolean', label: 'Give voice to this person?', values: ['false'] },
    ],
  });
  const bytes = Buffer.from(serialize(xml('message', { xmlns: NS.client, from: room.jid.bare }, form)));
  for (const moderator of room.occupants.values()) {
    if (moderator.role !== 'moderator') continue;
    for (const session of moderator.present()) give(parts, session, bytes);
  }
}

function grant(parts: MucParts, { room, by, nick }: { room: Room; by: Session; nick: string }): void {
  const work = async (): Promise<void> => {
    const occupant = room.occupants.get(nick);
    if (occupant?.role !== 'visitor') return;
    await changeRoles(parts, { room, by, changes: [{ occupant, role: 'participant', reason: undefined }] });
  };
  room.inOrder(work).catch((error: unknown) => {
    parts.log.error('room.change.failed', { room: room.jid.bare, error: error as Error });
  });
}
