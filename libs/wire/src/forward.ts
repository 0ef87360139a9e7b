import { Element } from '@xmpp/xml';
import { type Delay, delayElement, readDelay } from './delay.js';
import { NS } from './namespaces.js';
import { childElements } from './stanza.js';

/** A stanza inside another, with when it was sent. XEP-0297 §3 */
export interface Forwarded {
  readonly stanza: Element;
  readonly delay?: Delay;
}

/** Wraps a stanza; one without a namespace of its own is a jabber:client one: XEP-0297 §3.1. */
export function forwardedElement({ stanza, delay }: Forwarded): Element {
  const forwarded = new Element('forwarded', { xmlns: NS.forward });
  if (delay !== undefined) forwarded.cnode(delayElement(delay));
  const xmlns: unknown = stanza.attrs['xmlns'];
  if (typeof xmlns !== 'string') stanza.attrs = { xmlns: NS.client, ...stanza.attrs };
  forwarded.cnode(stanza);
  return forwarded;
}

const STANZAS: ReadonlySet<string> = new Set(['message', 'presence', 'iq']);

/** What `parent` forwards; undefined when there is nothing, or nothing that is a stanza. */
export function readForwarded(parent: Element): Forwarded | undefined {
  const forwarded = parent.getChild('forwarded', NS.forward);
  const stanza = forwarded && childElements(forwarded).find((element) => STANZAS.has(element.name));
  return forwarded && stanza ? { stanza, delay: readDelay(forwarded) } : undefined;
}
