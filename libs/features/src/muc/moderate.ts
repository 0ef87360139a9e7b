import { randomUUID } from 'node:crypto';
import type { ArchiveReader } from '@interoffice/archive';
import { type Asked, refuse, type Reply } from '@interoffice/routing';
import { badRequest, itemNotFound, NS, resourceConstraint, xml } from '@interoffice/wire';
import { denied } from './errors.js';
import { findSaid } from './originals.js';
import type { MucParts } from './parts.js';
import type { Room } from './room.js';
import { deliverTo } from './say.js';

/** A moderator takes back what somebody has said: gone for users, kept in the journal with who did it and why. XEP-0425 */
export async function moderate(parts: MucParts, room: Room, { child, session }: Asked): Promise<Reply> {
  const moderator = room.occupantOf(session);
  if (moderator?.role !== 'moderator') {
    return refuse(denied('forbidden', 'Only moderators may take back what others have said.'), 'not a moderator');
  }
  const id = String(child.attrs['id'] ?? '');
  if (!child.getChild('retract', NS.retract))
    return refuse(badRequest('Messages can be retracted.'), 'not a retraction');
  const said = await findSaid(parts.archive as ArchiveReader, room, id);
  if (!said) return refuse(itemNotFound('There is no such message in this room.'), 'no such message');
  const reason = child.getChildText('reason') ?? undefined;
  const moderated = xml(
    'moderated',
    { xmlns: NS.moderate, by: moderator.jid.toString() },
    xml('occupant-id', { xmlns: NS.occupantId, id: moderator.occupantId }),
  );
  const stanza = xml(
    'message',
    { xmlns: NS.client, from: room.jid.bare, type: 'groupchat', id: randomUUID() },
    xml('retract', { xmlns: NS.retract, id }, moderated, ...(reason === undefined ? [] : [xml('reason', {}, reason)])),
  );
  const note = {
    stanza,
    type: 'groupchat',
    author: session.party,
    receiver: room.party,
    room: room.name,
    about: id,
  } as const;
  return new Promise<Reply>((resolve) => {
    const written = parts.chronicle().write(note, session, {
      handOver: (m) => {
        deliverTo(parts, room.audience, m);
        room.history?.remove(id);
        resolve(undefined);
      },
    });
    if (written === undefined)
      resolve(refuse(resourceConstraint('Nothing can be recorded at the moment.'), 'not recorded'));
  });
}
