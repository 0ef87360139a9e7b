// What people send in these tests, and how they know what has come.
import { randomUUID } from 'node:crypto';
import { type Element, NS, xml } from '@interoffice/wire';
import type { TestClient } from '../../support/client.js';

/** Rooms are made on the way, at servers that are called for the first time. */
const JOINED_WITHIN_MS = 20_000;

/** No two have the same id, as clients do it: the same words again are another message. */
export function chat(to: string, text: string): Element {
  return xml('message', { to, type: 'chat', id: randomUUID() }, xml('body', {}, text));
}

export function toRoom(room: string, text: string): Element {
  return xml('message', { to: room, type: 'groupchat', id: randomUUID() }, xml('body', {}, text));
}

export function says(text: string): (element: Element) => boolean {
  return (element) => element.is('message') && element.getChildText('body') === text;
}

export function isPresence(from: string, type?: string): (element: Element) => boolean {
  return (element) =>
    element.is('presence') && String(element.attrs['from']).startsWith(from) && element.attrs['type'] === type;
}

export function isError(kind: 'message' | 'presence'): (element: Element) => boolean {
  return (element) => element.is(kind) && element.attrs['type'] === 'error';
}

/** Comes into a room and waits until it is told so, and has read the subject: behind it there is no history. */
export async function join(client: TestClient, room: string, nick: string): Promise<void> {
  client.send(xml('presence', { to: `${room}/${nick}` }, xml('x', { xmlns: NS.muc })));
  await client.next(isSelf, JOINED_WITHIN_MS);
  await client.next((element) => element.is('message') && element.getChild('subject') !== undefined, JOINED_WITHIN_MS);
}

/** XEP-0045 §7.2.2 */
function isSelf(element: Element): boolean {
  const statuses = element.getChild('x', NS.mucUser)?.getChildren('status') ?? [];
  return element.is('presence') && statuses.some(({ attrs }) => attrs['code'] === '110');
}

/** The form that makes a new room as it is. XEP-0045 §10.1.2 */
export function instant(room: string): Element {
  const form = xml('x', { xmlns: 'jabber:x:data', type: 'submit' });
  return xml('iq', { type: 'set', to: room }, xml('query', { xmlns: NS.mucOwner }, form));
}

/** The form of a question to an archive: what was exchanged with one address. XEP-0313 §4.1.1 */
export function withForm(jid: string): Element {
  const field = (name: string, value: string, type?: string): Element =>
    xml('field', { var: name, ...(type && { type }) }, xml('value', {}, value));
  return xml('x', { xmlns: 'jabber:x:data', type: 'submit' }, field('FORM_TYPE', NS.mam, 'hidden'), field('with', jid));
}
