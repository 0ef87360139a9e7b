/** As much of the DOM's Element as is read here. */
export interface XmlElement {
  readonly localName: string;
  readonly namespaceURI: string | null;
  readonly children: Iterable<XmlElement>;
  readonly textContent: string | null;
  getAttribute(name: string): string | null;
}

/** One frame of the stream (RFC 7395 §3.3): one whole element. `text` is what came or goes, byte for byte. */
export interface Frame {
  readonly text: string;
  readonly element: XmlElement;
}

/** What came is not one well-formed element. */
export class Unreadable extends Error {}

/** Reads a frame; throws Unreadable. */
export type Parse = (text: string) => XmlElement;

export const NS = {
  framing: 'urn:ietf:params:xml:ns:xmpp-framing',
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  sm: 'urn:xmpp:sm:3',
  sid: 'urn:xmpp:sid:0',
  chatStates: 'http://jabber.org/protocol/chatstates',
  chatMarkers: 'urn:xmpp:chat-markers:0',
  receipts: 'urn:xmpp:receipts',
  hints: 'urn:xmpp:hints',
  mucUser: 'http://jabber.org/protocol/muc#user',
} as const;

export function isStanza({ localName }: XmlElement): boolean {
  return localName === 'message' || localName === 'presence' || localName === 'iq';
}

export function childOf(element: XmlElement, name: string, namespace: string): XmlElement | undefined {
  for (const child of element.children) {
    if (child.localName === name && child.namespaceURI === namespace) return child;
  }
  return undefined;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text fit for an attribute in either kind of quotes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}
