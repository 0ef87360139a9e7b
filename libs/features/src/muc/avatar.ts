import { createHash } from 'node:crypto';
import { type Asked, refuse, type Reply } from '@interoffice/routing';
import { copyOf, type Element, itemNotFound, NS, notAcceptable, parseXml, serialize, xml } from '@interoffice/wire';
import { noted } from './change.js';
import { denied } from './errors.js';
import { mayKnow } from './info.js';
import type { MucParts } from './parts.js';
import type { Room } from './room.js';
import { give, giveAll, STATUS } from './show.js';

const LONGEST_VCARD = 131_072;
const UPDATE = 'vcard-temp:x:update';

/** XEP-0054 on a room. XEP-0486 §3 */
export function readVcard(room: Room, asked: Asked): Reply {
  if (!mayKnow(room, asked)) return refuse(itemNotFound('There is no such room.'), 'the room is hidden from them');
  return room.avatar ? parseXml(room.avatar.vcard, NS.vcardTemp) : xml('vCard', { xmlns: NS.vcardTemp });
}

/** An owner gives the room a picture: recorded, kept, told to who is there. XEP-0486 §3 */
export async function setVcard(parts: MucParts, room: Room, { child, session }: Asked): Promise<Reply> {
  if (room.affiliationOf(session.account.bare) !== 'owner') {
    return refuse(denied('forbidden', 'Only owners may change the picture of a room.'), 'not an owner');
  }
  const vcard = serialize(copyOf(child));
  if (vcard.length > LONGEST_VCARD) return refuse(notAcceptable('That picture is too large.'), 'vCard too large');
  const photo = child.getChild('PHOTO')?.getChildText('BINVAL')?.replaceAll(/\s/g, '');
  const hash = photo ? createHash('sha1').update(Buffer.from(photo, 'base64')).digest('hex') : undefined;
  return room.inOrder(async () => {
    const changed = xml('x', { xmlns: NS.mucUser }, xml('status', { code: String(STATUS.configChanged) }));
    const kept = xml('message', { xmlns: NS.client, from: room.jid.bare }, copyOf(changed), updateOf(hash));
    await noted(parts, { room, by: session, stanza: kept });
    await parts.records.change(room.id, { avatar: { vcard, hash } });
    room.avatar = { vcard, hash };
    giveAll(parts, room, xml('message', { xmlns: NS.client, from: room.jid.bare, type: 'groupchat' }, changed));
    giveAll(parts, room, presenceOfRoom(room));
    return undefined;
  });
}

/** The room's own presence, which says which picture it has. XEP-0153 §4 */
function presenceOfRoom({ jid, avatar }: Room): Element {
  return xml('presence', { xmlns: NS.client, from: jid.bare }, updateOf(avatar?.hash));
}

function updateOf(hash: string | undefined): Element {
  return xml('x', { xmlns: UPDATE }, xml('photo', {}, hash ?? ''));
}

/** Tells who comes in, if there is something to tell. */
export function showPicture(parts: MucParts, room: Room, session: Asked['session']): void {
  if (room.avatar?.hash !== undefined) give(parts, session, Buffer.from(serialize(presenceOfRoom(room))));
}
