import { Element } from '@xmpp/xml';
import type { StanzaError } from './stanza-error.js';

export type IqType = 'get' | 'set' | 'result' | 'error';
export type MessageType = 'chat' | 'error' | 'groupchat' | 'headline' | 'normal';
export type PresenceType =
  | 'available'
  | 'error'
  | 'probe'
  | 'subscribe'
  | 'subscribed'
  | 'unavailable'
  | 'unsubscribe'
  | 'unsubscribed';

const IQ_TYPES: ReadonlySet<string> = new Set<IqType>(['get', 'set', 'result', 'error']);
const MESSAGE_TYPES: ReadonlySet<string> = new Set<MessageType>(['chat', 'error', 'groupchat', 'headline', 'normal']);
const PRESENCE_TYPES: ReadonlySet<string> = new Set<Exclude<PresenceType, 'available'>>([
  'error',
  'probe',
  'subscribe',
  'subscribed',
  'unavailable',
  'unsubscribe',
  'unsubscribed',
]);

const isIqType = (type: unknown): type is IqType => typeof type === 'string' && IQ_TYPES.has(type);
const isMessageType = (type: unknown): type is MessageType => typeof type === 'string' && MESSAGE_TYPES.has(type);
const isPresenceType = (type: unknown): type is PresenceType => typeof type === 'string' && PRESENCE_TYPES.has(type);

export const isMessage = (stanza: Element): boolean => stanza.name === 'message';
export const isPresence = (stanza: Element): boolean => stanza.name === 'presence';
export const isIq = (stanza: Element): boolean => stanza.name === 'iq';

/** The IQ's type; undefined when missing or unknown, which is a bad-request. RFC 6120 §8.2.3 */
export function iqType(iq: Element): IqType | undefined {
  const type: unknown = iq.attrs['type'];
  return isIqType(type) ? type : undefined;
}

/** The message's type; missing or unknown counts as `normal`. RFC 6121 §5.2.2 */
export function messageType(message: Element): MessageType {
  const type: unknown = message.attrs['type'];
  return isMessageType(type) ? type : 'normal';
}

/** The presence's type, `available` when there is none; undefined when unknown. RFC 6121 §4.7.1 */
export function presenceType(presence: Element): PresenceType | undefined {
  const type: unknown = presence.attrs['type'];
  if (type === undefined) return 'available';
  return isPresenceType(type) ? type : undefined;
}

/** The children that are elements, in order. */
export function childElements(element: Element): Element[] {
  return element.children.filter((child): child is Element => typeof child !== 'string');
}

/** The first child element with this name and, when given, this namespace. */
export function child(element: Element, name: string, xmlns?: string): Element | undefined {
  return element.getChild(name, xmlns);
}

/** The text of the first such child; undefined when there is no such child, '' when it is empty. */
export function childText(element: Element, name: string, xmlns?: string): string | undefined {
  return element.getChild(name, xmlns)?.getText();
}

/** Takes out every child element the predicate holds for; says how many there were. Text stays. */
export function removeChildren(element: Element, unwanted: (child: Element) => boolean): number {
  const before = element.children.length;
  element.children = element.children.filter((node) => typeof node === 'string' || !unwanted(node));
  return before - element.children.length;
}

function answering(stanza: Element, type: string): Element {
  const { id, from, to, xmlns } = stanza.attrs as Record<string, string | undefined>;
  const attrs: Record<string, string> = { type };
  if (xmlns !== undefined) attrs['xmlns'] = xmlns;
  if (id !== undefined) attrs['id'] = id;
  if (from !== undefined) attrs['to'] = from;
  if (to !== undefined) attrs['from'] = to;
  return new Element(stanza.name, attrs);
}

/** The result of an IQ: addresses turned round, id kept, the one child given or none. RFC 6120 §8.2.3 */
export function reply(iq: Element, payload?: Element): Element {
  const result = answering(iq, 'result');
  if (payload) result.cnode(payload);
  return result;
}

/**
 * The error that answers a stanza: addresses turned round, id kept, the payload not sent back. Never make one for a
 * stanza that is itself an error or a result: RFC 6120 §8.3.1.
 */
export function errorReply(stanza: Element, error: StanzaError, by?: string): Element {
  const answer = answering(stanza, 'error');
  answer.cnode(error.toElement(by));
  return answer;
}
