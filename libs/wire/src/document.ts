import type { Element } from '@xmpp/xml';
import { INCOMPLETE, isSpace } from './characters.js';
import { notWellFormed } from './scan-state.js';
import { Scanner, bareContext } from './scan.js';
import { toTree } from './tree.js';
import { Vocabulary } from './vocabulary.js';

const scanner = new Scanner(new Vocabulary());

/**
 * Reads one element from text or bytes that hold nothing else, as strictly as a stream is read: stored XML, tests. Where
 * it names no namespace, it is in `contentNamespace` (none unless given). Throws `XmlError`.
 */
export function parseXml(xml: string | Uint8Array, contentNamespace = ''): Element {
  if (typeof xml === 'string' && !xml.isWellFormed()) throw notWellFormed('The text has half a character.');
  const bytes = typeof xml === 'string' ? Buffer.from(xml) : xml;
  const end = bytes.length;
  const buf = Buffer.allocUnsafe(end + 1);
  buf.set(bytes);
  const namespaces = { content: contentNamespace, prefixes: new Map<string, string>() };
  scanner.enter(bareContext({ maxBytes: end }, namespaces));
  let i = scanner.next(buf, 0, end);
  if (i === INCOMPLETE) throw notWellFormed('The document does not end.');
  while (i < end && isSpace(buf[i]!)) i++;
  if (i < end) throw notWellFormed('Something stands behind the document.');
  return toTree(buf, scanner.start, scanner.end, namespaces);
}
