import { copyOf, type Element, serialize, tryJid, xml } from '@interoffice/wire';
import type { Changes, Item } from '../personal-nodes.js';
import { conferenceIn, OLD, roomOf, toNew, toOld } from './conference.js';

/** All bookmarks in one element, as XEP-0048 has it; `rest` is what only that form knows: web pages and the like. */
export function collate(items: readonly Item[], rest: Element | undefined): Element {
  const rooms = items.flatMap((item) => {
    const conference = conferenceIn(item);
    return conference ? [toOld(item.id, conference)] : [];
  });
  return xml('storage', { xmlns: OLD }, ...rooms, ...(rest?.getChildElements() ?? []).map(copyOf));
}

/**
 * What is to become of the items when an older client has written the whole list: rooms that are new to it or other than
 * before, and those it leaves out (XEP-0402 §5.3.2). What cannot be an item is the `rest`.
 */
export function reconcile(items: readonly Item[], storage: Element): Changes & { readonly rest: Element } {
  const present = new Map(items.flatMap((item) => (conferenceIn(item) ? [[roomOf(item.id), item] as const] : [])));
  const { listed, rest } = sort(storage, present);
  const changed = [...listed].flatMap(([room, old]) => {
    const item = present.get(room);
    const before = item && conferenceIn(item);
    const payload = serialize(toNew(old, before));
    return before && payload === serialize(before) ? [] : [{ id: item?.id ?? room, payload }];
  });
  const removed = [...present].filter(([room]) => !listed.has(room)).map(([, { id }]) => id);
  return { items: changed, removed, rest };
}

/** Rooms by their address, the later of two with the same one; and everything else. */
function sort(
  storage: Element,
  present: ReadonlyMap<string, Item>,
): { readonly listed: ReadonlyMap<string, Element>; readonly rest: Element } {
  const listed = new Map<string, Element>();
  const rest = xml('storage', { xmlns: OLD });
  for (const child of storage.getChildElements()) {
    const address = String(child.attrs['jid'] ?? '');
    const isRoom = child.is('conference', OLD) && (tryJid(address) ?? present.get(address)) !== undefined;
    if (isRoom) listed.set(roomOf(address), child);
    else rest.cnode(copyOf(child));
  }
  return { listed, rest };
}
