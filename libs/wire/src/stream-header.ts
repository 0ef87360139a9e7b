import { XmlError } from './xml-error.js';
import { NS } from './namespaces.js';
import {
  type RawTag,
  type Scope,
  type StreamNamespaces,
  expandedName,
  plainNamespaces,
  readTag,
  scopeOf,
} from './tree.js';

/** What a stream header, or an `<open/>` frame, says. RFC 6120 §4.7, RFC 7395 §3.4 */
export interface StreamHeader {
  readonly to: string | undefined;
  readonly from: string | undefined;
  readonly version: string | undefined;
  readonly id: string | undefined;
  readonly lang: string | undefined;
  /**
   * What the header declares for everything inside the stream. Between servers `jabber:client` stands there for
   * `jabber:server`: the two hold the same stanzas (RFC 6120 §4.8.3), which then mean the same wherever they came from,
   * and whose bytes may go on as they are.
   */
  readonly namespaces: StreamNamespaces;
}

const NOTHING: Scope = { defaultNamespace: '', prefixes: new Map<string, string>() };

export function headerFrom(tag: RawTag, namespaces: StreamNamespaces): StreamHeader {
  const attributes = new Map(tag.attributes);
  return {
    to: attributes.get('to'),
    from: attributes.get('from'),
    version: attributes.get('version'),
    id: attributes.get('id'),
    lang: attributes.get('xml:lang'),
    namespaces,
  };
}

function demandStream(tag: RawTag, scope: Scope): void {
  const prefix = tag.name.includes(':') ? tag.name.slice(0, tag.name.indexOf(':')) : '';
  if (prefix !== '' && !scope.prefixes.has(prefix)) {
    throw new XmlError('bad-namespace-prefix', 'The prefix of the stream header is not declared.');
  }
  const { local, namespace } = expandedName(tag, scope);
  if (namespace !== NS.stream) {
    throw new XmlError('invalid-namespace', `The stream header is not in the namespace ${NS.stream}.`);
  }
  if (local !== 'stream') throw new XmlError('bad-format', 'The first element of a stream is not <stream>.');
}

/** Nearly every header declares `stream` and nothing more: all these streams share one object. */
function namespacesOf(content: string, { prefixes }: Scope): StreamNamespaces {
  const isPlain = prefixes.size === 1 && prefixes.get('stream') === NS.stream;
  return isPlain ? plainNamespaces(content) : { content, prefixes };
}

/** A header that was read, and the name of its tag. */
interface Read {
  readonly header: StreamHeader;
  readonly name: string;
}

/** Clients of one kind all say the same. Bounded: full, it begins anew. */
const readBefore = new Map<string, Read>();
const MOST_REMEMBERED = 256;
const MAX_REMEMBERED_CHARACTERS = 512;

/** The header in `text`, an open tag and nothing else. Throws `XmlError`, by RFC 6120 §4.8.1 and §4.8.2. */
export function readHeader(text: string, content: string): Read {
  const key = content + text;
  const known = readBefore.get(key);
  if (known) return known;
  const read = readNewHeader(text, content);
  // What names a person or a stream will hardly be said again.
  const isOfMany = read.header.from === undefined && read.header.id === undefined;
  if (isOfMany && key.length <= MAX_REMEMBERED_CHARACTERS) {
    if (readBefore.size >= MOST_REMEMBERED) readBefore.clear();
    readBefore.set(key, read);
  }
  return read;
}

function readNewHeader(text: string, content: string): Read {
  const tag = readTag(text, 0);
  const scope = scopeOf(tag, NOTHING);
  demandStream(tag, scope);
  if (scope.defaultNamespace !== content) {
    throw new XmlError('invalid-namespace', `The stream's default namespace is not ${content}.`);
  }
  const inside = content === NS.server ? NS.client : content;
  return { header: headerFrom(tag, namespacesOf(inside, scope)), name: tag.name };
}
