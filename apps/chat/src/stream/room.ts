import { childOf, NS, type XmlElement } from './frame.js';

/** The room in which something is said to all; `undefined` for everything else. */
export function roomOf(element: XmlElement): string | undefined {
  const isForRoom = element.localName === 'message' && element.getAttribute('type') === 'groupchat';
  return isForRoom ? bareOf(element.getAttribute('to')) : undefined;
}

/** Whether a room has let this device in, or out; `undefined` for everything else. XEP-0045 §7.2.2, §7.14 */
export function passageOf(element: XmlElement): { readonly room: string; readonly isIn: boolean } | undefined {
  if (element.localName !== 'presence') return undefined;
  const [x, room] = [childOf(element, 'x', NS.mucUser), bareOf(element.getAttribute('from'))];
  if (x === undefined || room === undefined || !isAboutOneself(x)) return undefined;
  return { room, isIn: element.getAttribute('type') === null };
}

function isAboutOneself(x: XmlElement): boolean {
  return [...x.children].some((child) => child.localName === 'status' && child.getAttribute('code') === '110');
}

function bareOf(jid: string | null): string | undefined {
  return jid?.split('/', 1)[0];
}
