import { type Asked, refuse, type Reply } from '@interoffice/routing';
import {
  badRequest,
  conflict,
  type Element,
  formElement,
  formIn,
  jidMalformed,
  NS,
  notAllowed,
  tryJid,
  xml,
} from '@interoffice/wire';
import { isAtLeast } from './affiliation.js';
import { changeAffiliations } from './change.js';
import { denied } from './errors.js';
import type { MucParts } from './parts.js';
import type { Room } from './room.js';

const NICK = 'muc#register_roomnick';

/** What is asked of who wants to be a member, or what a member has registered. XEP-0045 §7.10 */
export function readRegistration(room: Room, { session }: Asked): Reply {
  const { affiliation, nick } = room.relationOf(session.account.bare);
  if (affiliation === 'outcast') return refuse(denied('forbidden', 'You are banned from this room.'), 'banned');
  if (nick !== undefined) return query(xml('registered'), xml('username', {}, nick));
  if (!mayRegister(room, affiliation)) {
    return refuse(
      notAllowed('Members of this room are chosen by its administrators; ask one of them.'),
      'members only',
    );
  }
  const form = formElement({
    type: 'form',
    formType: NS.mucRegister,
    title: `Registration with ${room.config.name || room.jid.bare}`,
    instructions: 'Choose the nick by which you want to be known here.',
    fields: [{ name: NICK, type: 'text-single', label: 'Nick', required: true }],
  });
  return query(form);
}

/** Who registers becomes a member, and the nick is his. In a members-only room that is for administrators to decide. */
export async function register(parts: MucParts, room: Room, { child, session }: Asked): Promise<Reply> {
  if (child.getChild('remove')) return unregister(parts, room, session);
  return room.inOrder(async () => {
    const { bare } = session.account;
    const relation = room.relationOf(bare);
    if (relation.affiliation === 'outcast')
      return refuse(denied('forbidden', 'You are banned from this room.'), 'banned');
    if (!mayRegister(room, relation.affiliation)) return refuse(notAllowed(), 'members only');
    const wanted = formIn(child, NS.mucRegister)?.text(NICK);
    if (wanted === undefined || wanted === '') return refuse(badRequest('The form names no nick.'), 'no nick');
    const nick = tryJid(`${room.jid.bare}/${wanted}`)?.resource;
    if (nick === undefined) return refuse(jidMalformed('That is no nick.'), 'malformed nick');
    const holder = room.reserved.get(nick) ?? room.occupants.get(nick)?.account.bare;
    if (holder !== undefined && holder !== bare)
      return refuse(conflict('Somebody else goes by that nick.'), 'nick taken');
    const affiliation = isAtLeast(relation.affiliation, 'member') ? relation.affiliation : 'member';
    const change = { jid: bare, affiliation, nick, reason: relation.reason };
    await changeAffiliations(parts, { room, by: session, changes: [change] });
    return undefined;
  });
}

/** The nick is free again, and a member is none any more; administrators and owners stay what they are. */
async function unregister(parts: MucParts, room: Room, session: Asked['session']): Promise<Reply> {
  return room.inOrder(async () => {
    const { bare } = session.account;
    const { affiliation, reason } = room.relationOf(bare);
    if (affiliation === 'outcast') return refuse(denied('forbidden', 'You are banned from this room.'), 'banned');
    room.relate(bare, { affiliation, nick: undefined, reason });
    const next = affiliation === 'member' ? 'none' : affiliation;
    await changeAffiliations(parts, {
      room,
      by: session,
      changes: [{ jid: bare, affiliation: next, nick: undefined, reason }],
    });
    return undefined;
  });
}

function mayRegister({ config }: Room, affiliation: string): boolean {
  return !config.isMembersOnly || affiliation !== 'none';
}

function query(...children: Element[]): Element {
  return xml('query', { xmlns: NS.register }, ...children);
}
