import { Element } from '@xmpp/xml';
import { NS } from './namespaces.js';
import { PayloadMalformed } from './payload-malformed.js';
import { childText } from './stanza.js';

/** Which page is asked for. XEP-0059 §2 */
export interface Paging {
  readonly max?: number;
  readonly after?: string;
  /** The page before this item; '' is the last page: XEP-0059 §2.5. */
  readonly before?: string;
  readonly index?: number;
}

/** Which page was found; ids are opaque to the asker. */
export interface Page {
  readonly first?: string;
  readonly last?: string;
  /** The place of `first` among all items, from 0. */
  readonly firstIndex?: number;
  readonly count?: number;
}

function count(set: Element, name: string): number | undefined {
  const text = childText(set, name);
  if (text === undefined) return undefined;
  if (!/^[0-9]{1,9}$/.test(text)) throw new PayloadMalformed(`The <${name}/> of the page asked for is not a number.`);
  return Number(text);
}

/** The page a query asks for; {} when it asks for none. Throws `PayloadMalformed`. XEP-0059 §2 */
export function readPaging(query: Element): Paging {
  const set = query.getChild('set', NS.rsm);
  if (!set) return {};
  return {
    max: count(set, 'max'),
    after: childText(set, 'after'),
    before: childText(set, 'before'),
    index: count(set, 'index'),
  };
}

/** The `<set/>` of a request. */
export function pagingElement(paging: Paging): Element {
  const set = new Element('set', { xmlns: NS.rsm });
  if (paging.max !== undefined) set.c('max').t(String(paging.max));
  if (paging.after !== undefined) set.c('after').t(paging.after);
  if (paging.before !== undefined) {
    const before = set.c('before');
    if (paging.before !== '') before.t(paging.before);
  }
  if (paging.index !== undefined) set.c('index').t(String(paging.index));
  return set;
}

/** The `<set/>` of a result; without `first` an empty page, of which only the count is told. XEP-0059 §2.6 */
export function resultSet(page: Page): Element {
  const set = new Element('set', { xmlns: NS.rsm });
  if (page.first !== undefined) {
    set.c('first', page.firstIndex === undefined ? {} : { index: String(page.firstIndex) }).t(page.first);
    set.c('last').t(page.last ?? page.first);
  }
  if (page.count !== undefined) set.c('count').t(String(page.count));
  return set;
}
