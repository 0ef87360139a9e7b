import { copyOf, type Element, NS, parseXml, tryJid, xml } from '@interoffice/wire';
import type { Item } from '../personal-nodes.js';

export const OLD = 'storage:bookmarks';
const OWN_CHILDREN = ['nick', 'password'];

/** The room that a bookmark is about, in one form for each room; what is no address stands for itself. */
export function roomOf(address: string): string {
  return tryJid(address)?.bare ?? address;
}

/** The element of XEP-0402 §2 in an item; undefined for an item that holds something else. */
export function conferenceIn({ payload }: Item): Element | undefined {
  const element = parseXml(payload);
  return element.is('conference', NS.bookmarks) ? element : undefined;
}

/**
 * A bookmark as XEP-0048 has it (XEP-0402 §5.3.1). What clients keep in `<extensions/>` stands beside name and password,
 * where older clients put such things.
 */
export function toOld(room: string, conference: Element): Element {
  const { name, autojoin } = conference.attrs as Record<string, string | undefined>;
  const own = OWN_CHILDREN.map((child) => conference.getChild(child, NS.bookmarks)).filter(
    (child) => child !== undefined,
  );
  return xml(
    'conference',
    { jid: room, ...(name !== undefined && { name }), ...(autojoin !== undefined && { autojoin }) },
    ...own.map((child) => xml(child.getName(), {}, child.getText())),
    ...extensionsOf(conference).map(withNamespace),
  );
}

/**
 * What an older client has written, as XEP-0402 has it: name, nick, password and autojoin are as it says; what it does
 * not know of the present bookmark, stays.
 */
export function toNew(old: Element, present: Element | undefined): Element {
  const conference = present ? copyOf(present) : xml('conference', { xmlns: NS.bookmarks });
  const { name } = old.attrs as Record<string, string | undefined>;
  if (name !== undefined) conference.attrs['name'] = name;
  else delete conference.attrs['name'];
  if (joins(old) !== joins(conference)) conference.attrs['autojoin'] = String(joins(old));
  // Each goes before what is there. XEP-0402 §9
  for (const child of OWN_CHILDREN.toReversed()) putText(conference, child, old.getChild(child, OLD)?.getText());
  putExtensions(conference, old);
  return conference;
}

/** Child elements of `<extensions/>`, whatever they mean. */
function extensionsOf(conference: Element): Element[] {
  return conference.getChild('extensions', NS.bookmarks)?.getChildElements() ?? [];
}

/** XEP-0402 §2: a boolean, false when it is not there. */
function joins(conference: Element): boolean {
  return /^(true|1)$/.test(String(conference.attrs['autojoin'] ?? ''));
}

function putText(conference: Element, name: string, text: string | undefined): void {
  const present = conference.getChild(name, NS.bookmarks);
  if (present?.getText() === text) return;
  if (present && text !== undefined) present.children = [text];
  else if (present) conference.children = conference.children.filter((child) => child !== present);
  else if (text !== undefined) conference.children = [xml(name, {}, text), ...conference.children];
}

/** What the older client has put beside name and password replaces what had the same name, and nothing else. */
function putExtensions(conference: Element, old: Element): void {
  const given = old
    .getChildElements()
    .filter((child) => !(child.getNS() === OLD && OWN_CHILDREN.includes(child.getName())));
  if (given.length === 0) return;
  const isGiven = (present: Element): boolean => given.some((child) => child.is(present.getName(), present.getNS()));
  const kept = extensionsOf(conference).filter((present) => !isGiven(present));
  const extensions = xml('extensions', {}, ...kept.map(withNamespace), ...given.map(withNamespace));
  const former = conference.getChild('extensions', NS.bookmarks);
  conference.children = [...conference.children.filter((child) => child !== former), extensions];
}

/** The element with its namespace said, so that it means the same in another place. */
function withNamespace(element: Element): Element {
  const copy = copyOf(element);
  copy.attrs['xmlns'] = element.getNS();
  return copy;
}
