import { Element } from '@xmpp/xml';
import { decodeAttribute, decodeCharacters } from './decode.js';
import { isNcName } from './names.js';
import { NS } from './namespaces.js';
import { XmlError } from './xml-error.js';

/** What a stream's header declares for everything inside it. RFC 6120 §4.8 */
export interface StreamNamespaces {
  /** The default namespace: that of the stanzas. */
  readonly content: string;
  /** Prefix → namespace. */
  readonly prefixes: ReadonlyMap<string, string>;
}

const STREAM_PREFIX: ReadonlyMap<string, string> = new Map([['stream', NS.stream]]);

const CLIENT_NAMESPACES: StreamNamespaces = { content: NS.client, prefixes: STREAM_PREFIX };

/** The namespaces of a stream that declares the prefix `stream` and nothing more. */
export function plainNamespaces(content: string): StreamNamespaces {
  return content === NS.client ? CLIENT_NAMESPACES : { content, prefixes: STREAM_PREFIX };
}

/** One open tag as it is written: names with their prefixes, values decoded. */
export interface RawTag {
  readonly name: string;
  readonly attributes: [name: string, value: string][];
  readonly selfClosed: boolean;
  /** Offset behind the tag. */
  readonly next: number;
}

const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 9 || code === 13;

function endOfName(text: string, from: number): number {
  for (let at = from; ; at++) {
    const code = text.charCodeAt(at);
    if (isSpace(code) || code === 62 || code === 47 || code === 61 || Number.isNaN(code)) return at;
  }
}

/** Reads the open tag at `at`, which the scanner has found well-formed. */
export function readTag(text: string, at: number): RawTag {
  let i = endOfName(text, at + 1);
  const name = text.slice(at + 1, i);
  const attributes: [string, string][] = [];
  for (;;) {
    while (isSpace(text.charCodeAt(i))) i++;
    const code = text.charCodeAt(i);
    if (code === 62) return { name, attributes, selfClosed: false, next: i + 1 };
    if (code === 47) return { name, attributes, selfClosed: true, next: i + 2 };
    const nameEnd = endOfName(text, i);
    let quote = nameEnd;
    while (text.charCodeAt(quote) !== 34 && text.charCodeAt(quote) !== 39) quote++;
    const close = text.indexOf(text[quote]!, quote + 1);
    attributes.push([text.slice(i, nameEnd), decodeAttribute(text.slice(quote + 1, close))]);
    i = close + 1;
  }
}

/** The declarations in force inside an element. `parent` outlives it. */
export interface Scope {
  readonly defaultNamespace: string;
  readonly prefixes: ReadonlyMap<string, string>;
}

interface Open {
  readonly element: Element;
  readonly namespace: string;
  readonly scope: Scope;
}

interface QualifiedName {
  readonly prefix: string;
  readonly local: string;
}

function splitName(name: string): QualifiedName {
  const colon = name.indexOf(':');
  if (colon < 0) return { prefix: '', local: name };
  const prefix = name.slice(0, colon);
  const local = name.slice(colon + 1);
  if (isNcName(prefix) && isNcName(local)) return { prefix, local };
  throw new XmlError('not-well-formed', 'A name with a colon is not a prefix and a name.');
}

/** Namespaces in XML 1.0 §3: what may be bound to what. */
function demandBindable(prefix: string, namespace: string): void {
  const isXml = prefix === 'xml';
  if (prefix === 'xmlns' || namespace === NS.xmlns || isXml !== (namespace === NS.xml)) {
    throw new XmlError('not-well-formed', 'A reserved prefix or namespace is bound to something else.');
  }
  if (prefix !== '' && namespace === '') throw new XmlError('not-well-formed', 'A prefix is bound to nothing.');
}

/** The scope inside a tag: its parent's with the tag's own declarations. Throws `XmlError` for a forbidden one. */
export function scopeOf(tag: RawTag, outer: Scope): Scope {
  let defaultNamespace = outer.defaultNamespace;
  let prefixes: Map<string, string> | undefined;
  for (const [name, value] of tag.attributes) {
    if (name === 'xmlns') {
      demandBindable('', value);
      defaultNamespace = value;
    } else if (name.startsWith('xmlns:')) {
      const { local } = splitName(name);
      demandBindable(local, value);
      prefixes ??= new Map(outer.prefixes);
      prefixes.set(local, value);
    }
  }
  if (prefixes === undefined && defaultNamespace === outer.defaultNamespace) return outer;
  return { defaultNamespace, prefixes: prefixes ?? outer.prefixes };
}

function lookUp(prefix: string, scope: Scope): string {
  if (prefix === 'xml') return NS.xml;
  const namespace = scope.prefixes.get(prefix);
  if (namespace === undefined) throw new XmlError('not-well-formed', 'A namespace prefix is not declared.');
  return namespace;
}

/** The element's own name and namespace. */
export function expandedName(tag: RawTag, scope: Scope): { local: string; namespace: string } {
  const { prefix, local } = splitName(tag.name);
  if (prefix === '') return { local, namespace: scope.defaultNamespace };
  if (prefix === 'xmlns') throw new XmlError('not-well-formed', 'An element has the prefix xmlns.');
  return { local, namespace: lookUp(prefix, scope) };
}

/** A plain assignment of this one name would set the prototype instead of an attribute. */
function setAttribute(attrs: Record<string, string>, name: string, value: string): void {
  if (name === '__proto__') {
    Object.defineProperty(attrs, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    attrs[name] = value;
  }
}

/** Keeps a prefix where an attribute uses it, declared on the same element. Namespaces in XML 1.0 §6.3 for duplicates. */
function copyAttributes(tag: RawTag, scope: Scope, attrs: Record<string, string>): void {
  let seen: Set<string> | undefined;
  for (const [name, value] of tag.attributes) {
    if (name === 'xmlns' || name.startsWith('xmlns:')) continue;
    const { prefix, local } = splitName(name);
    if (prefix !== '' && prefix !== 'xml') {
      const namespace = lookUp(prefix, scope);
      const expanded = `${namespace} ${local}`;
      seen ??= new Set();
      if (seen.has(expanded)) throw new XmlError('not-well-formed', 'An attribute is there twice.');
      seen.add(expanded);
      setAttribute(attrs, `xmlns:${prefix}`, namespace);
    }
    setAttribute(attrs, name, value);
  }
}

const CDATA_START = '<![CDATA[';

/** Builds one tree from text the scanner has found well-formed. Iterative: depth costs no stack. */
class TreeBuilder {
  readonly #open: Open[] = [];
  #text = '';

  constructor(
    readonly text: string,
    readonly outer: Scope,
  ) {}

  build(): Element {
    for (let at = 0; ;) {
      const tag = this.text.indexOf('<', at);
      if (tag > at) this.#text += decodeCharacters(this.text.slice(at, tag));
      if (this.text.charCodeAt(tag + 1) === 33) {
        at = this.#cdata(tag);
      } else if (this.text.charCodeAt(tag + 1) === 47) {
        const closed = this.#close();
        if (closed) return closed;
        at = this.text.indexOf('>', tag) + 1;
      } else {
        const raw = readTag(this.text, tag);
        const element = this.#openElement(raw);
        if (raw.selfClosed && this.#open.length === 0) return element;
        at = raw.next;
      }
    }
  }

  #cdata(at: number): number {
    const close = this.text.indexOf(']]>', at);
    this.#text += this.text.slice(at + CDATA_START.length, close).replace(/\r\n?/g, '\n');
    return close + ']]>'.length;
  }

  #flush(parent: Element): void {
    if (this.#text !== '') parent.children.push(this.#text);
    this.#text = '';
  }

  #openElement(tag: RawTag): Element {
    const parent = this.#open.at(-1);
    const scope = scopeOf(tag, parent?.scope ?? this.outer);
    const { local, namespace } = expandedName(tag, scope);
    const element = new Element(local);
    const attrs: Record<string, string> = {};
    if (parent?.namespace !== namespace) attrs['xmlns'] = namespace;
    copyAttributes(tag, scope, attrs);
    element.attrs = attrs;
    if (parent) {
      this.#flush(parent.element);
      parent.element.cnode(element);
    }
    if (!tag.selfClosed) this.#open.push({ element, namespace, scope });
    return element;
  }

  /** Returns the root when it was the root that closed. */
  #close(): Element | undefined {
    const closed = this.#open.pop();
    if (closed) this.#flush(closed.element);
    return this.#open.length === 0 ? closed?.element : undefined;
  }
}

/**
 * The element in `buf[start, end)`, whose bytes the scanner has passed, as a tree of its own: nothing in it points into
 * the buffer. Namespace prefixes are gone: every element has its plain name, and an explicit `xmlns` where its namespace
 * differs from its parent's; the root always has one. A prefixed attribute keeps its prefix, declared on the same
 * element. Neighbouring text, references and CDATA are one string. Throws `XmlError` when a prefix is not declared or
 * declared against the rules of Namespaces in XML 1.0.
 */
export function toTree(
  buf: Buffer,
  start: number,
  end: number,
  namespaces: StreamNamespaces | string = CLIENT_NAMESPACES,
): Element {
  const around = typeof namespaces === 'string' ? plainNamespaces(namespaces) : namespaces;
  const scope = { defaultNamespace: around.content, prefixes: around.prefixes };
  return new TreeBuilder(buf.toString('utf8', start, end), scope).build();
}
