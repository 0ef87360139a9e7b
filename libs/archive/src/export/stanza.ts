import { type Element, NS, parseXml } from '@interoffice/wire';

export interface Attachment {
  readonly url: string;
  readonly name: string | undefined;
}

const OOB = 'jabber:x:oob';
const SFS = 'urn:xmpp:sfs:0';
const FILE = 'urn:xmpp:file:metadata:0';
const URL_DATA = 'http://jabber.org/protocol/url-data';

/** The stanza as a tree; undefined for what is no XML any more. */
export function treeOf(stanza: string): Element | undefined {
  try {
    return parseXml(stanza, NS.client);
  } catch {
    // Said by whoever needs the tree: `content-damaged`.
    return undefined;
  }
}

/** Files the stanza links to. XEP-0066, XEP-0447 */
export function attachmentsOf(stanza: string): readonly Attachment[] {
  if (!stanza.includes(OOB) && !stanza.includes(SFS)) return [];
  const tree = treeOf(stanza);
  return tree ? attachmentsIn(tree) : [];
}

export function attachmentsIn(tree: Element): readonly Attachment[] {
  const found = new Map<string, string | undefined>();
  for (const child of tree.children) {
    if (typeof child === 'string') continue;
    const namespace = child.attrs['xmlns'] as string | undefined;
    if (child.name === 'file-sharing' && namespace === SFS) {
      const name = child.getChild('file', FILE)?.getChildText('name') ?? undefined;
      for (const url of urlsIn(child)) found.set(url, name);
    }
    if (child.name === 'x' && namespace === OOB) {
      const url = child.getChildText('url');
      if (url !== null && !found.has(url)) found.set(url, undefined);
    }
  }
  return [...found].map(([url, name]) => ({ url, name }));
}

function urlsIn(sharing: Element): string[] {
  const sources = sharing.getChild('sources', SFS);
  const targets = sources?.getChildren('url-data', URL_DATA).map((data) => data.attrs['target']) ?? [];
  return targets.filter((target): target is string => typeof target === 'string');
}
