// Where a stanza has been: each office that passes it on writes its name behind those before it, and whoever it is for
// takes the list out. Only what an office brings of another's is believed; of its own people nothing is.
import { type Element, NS, xml } from '@interoffice/wire';

/** Offices that may pass one stanza on. */
export const MOST_HOPS = 8;
/** What no honest list comes to. */
const MOST_TEXT = 4_096;

/** Takes the list out of a stanza: the offices that have passed it on, the first of them first. */
export function takeHops(stanza: Element): string[] {
  const lists = stanza.getChildren('relayed', NS.relay);
  stanza.children = stanza.children.filter((child) => typeof child === 'string' || !lists.includes(child));
  const written = lists.map(({ attrs }) => String(attrs['by'] ?? '')).join(' ');
  return written.slice(0, MOST_TEXT).split(' ').filter(Boolean);
}

/** Puts the list in. */
export function putHops(stanza: Element, hops: readonly string[]): void {
  stanza.cnode(xml('relayed', { xmlns: NS.relay, by: hops.join(' ') }));
}

/** Why a stanza that has come to the last of these goes no further; undefined: it may go on. */
export function whyNotOn(hops: readonly string[]): string | undefined {
  const way = hops.join(', ');
  if (hops.indexOf(hops.at(-1)!) < hops.length - 1) {
    return `It goes round in a circle: it was passed on by ${way}. The routes (via) of these offices lead to each other.`;
  }
  return hops.length > MOST_HOPS ? `It was passed on by more than ${MOST_HOPS} offices: ${way}.` : undefined;
}
