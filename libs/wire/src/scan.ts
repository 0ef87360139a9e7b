import { INCOMPLETE, NAME, isSpace } from './characters.js';
import { NS } from './namespaces.js';
import { passCdata, passDeclaration, passMarkup, passText } from './scan-content.js';
import {
  AT,
  CHILD_INTS,
  FLAG,
  MAX_CHILDREN,
  MAX_DEPTH,
  OPEN_INTS,
  ScanTables,
  WAIT,
  clearFacts,
  copyTables,
  notWellFormed,
  stopAt,
} from './scan-state.js';
import { MAX_TAG_BYTES, TagScanner, isNameAt, tooLongTag } from './scan-tag.js';
import { childElements } from './stanza.js';
import { type StreamNamespaces, plainNamespaces, toTree } from './tree.js';
import type { Vocabulary } from './vocabulary.js';
import { XmlError } from './xml-error.js';

/** What one element of a stream may cost. Exactly the limit passes; 0 allows nothing. */
export interface ScanLimits {
  /** Bytes from `<` of the open tag to `>` of the end tag. */
  maxBytes: number;
  /** Elements, the root counted; `MAX_ELEMENTS` when not given. */
  maxElements?: number | undefined;
}

/** The bound on elements where the limits name none: a tree costs many times its bytes. */
export const MAX_ELEMENTS = 16_384;

/** What the scanner has to know about the stream whose bytes it reads. */
export interface ScanContext {
  readonly limits: ScanLimits;
  readonly namespaces: StreamNamespaces;
  /** The content namespace as bytes. */
  readonly content: Buffer;
  /** The name, with its prefix, of the stream's own end tag; empty where no such tag may come. */
  readonly streamName: Buffer;
}

/** A context without a stream around it. */
export function bareContext(
  limits: ScanLimits,
  namespaces: StreamNamespaces = plainNamespaces(NS.client),
): ScanContext {
  return { limits, namespaces, content: sharedBytes(namespaces.content), streamName: sharedBytes('') };
}

/** The few names that nearly all streams have in common, as bytes: kept once, not once per connection. */
const shared = new Map<string, Buffer>();
const MOST_SHARED = 64;

/** The text's bytes; nobody may change them. */
export function sharedBytes(text: string): Buffer {
  const known = shared.get(text);
  if (known !== undefined) return known;
  const bytes = Buffer.from(text);
  if (shared.size < MOST_SHARED) shared.set(text, bytes);
  return bytes;
}

const SLASH = 47;
const LESS = 60;
const GREATER = 62;
const QUESTION = 63;

/**
 * Finds the top-level elements of a stream in its bytes, strictly, without making a tree, a string or any other object:
 * what it found is said in offsets into the buffer, valid until the next call. A process needs one; an element that is
 * not complete yet is kept by `save` and taken up by `restore`.
 *
 * Refused (by throwing `XmlError`) is what XML 1.0 and Namespaces in XML refuse, what RFC 6120 §11.1 restricts, and what
 * the limits do not allow. The buffer must be writable at `end`: the sentinel goes there.
 */
export class Scanner {
  readonly #tables = new ScanTables();
  readonly #facts = this.#tables.facts;
  readonly #open = this.#tables.open;
  readonly #kids = this.#tables.children;
  readonly #tag = new TagScanner(this.#tables);
  #closed = false;
  #isHeader = false;
  #context: ScanContext = bareContext({ maxBytes: 0 });

  constructor(readonly vocabulary: Vocabulary) {}

  /** The whole element: first byte, and the byte behind its last. */
  get start(): number {
    return this.#facts[AT.start]!;
  }
  get end(): number {
    return this.#facts[AT.end]!;
  }
  get nameStart(): number {
    return this.#facts[AT.nameStart]!;
  }
  get nameEnd(): number {
    return this.#facts[AT.nameEnd]!;
  }
  /** The `>` of the open tag, or the `/` when there is nothing but an open tag. */
  get tagEnd(): number {
    return this.#facts[AT.tagEnd]!;
  }
  get selfClosed(): boolean {
    return this.#facts[AT.selfClosed] === 1;
  }
  /** The `<` of the end tag; `tagEnd` when self-closed. */
  get endTag(): number {
    return this.#facts[AT.endTag]!;
  }
  get toStart(): number {
    return this.#facts[AT.toStart]!;
  }
  get toEnd(): number {
    return this.#facts[AT.toEnd]!;
  }
  /** The whole attribute with the white space before it. */
  get toAttribute(): number {
    return this.#facts[AT.toAttribute]!;
  }
  get toAttributeEnd(): number {
    return this.#facts[AT.toAttributeEnd]!;
  }
  get fromStart(): number {
    return this.#facts[AT.fromStart]!;
  }
  get fromEnd(): number {
    return this.#facts[AT.fromEnd]!;
  }
  /** The whole attribute with the white space before it: what has to be cut to take it out. */
  get fromAttribute(): number {
    return this.#facts[AT.fromAttribute]!;
  }
  get fromAttributeEnd(): number {
    return this.#facts[AT.fromAttributeEnd]!;
  }
  get typeStart(): number {
    return this.#facts[AT.typeStart]!;
  }
  get typeEnd(): number {
    return this.#facts[AT.typeEnd]!;
  }
  get idStart(): number {
    return this.#facts[AT.idStart]!;
  }
  get idEnd(): number {
    return this.#facts[AT.idEnd]!;
  }
  get langStart(): number {
    return this.#facts[AT.langStart]!;
  }
  get langEnd(): number {
    return this.#facts[AT.langEnd]!;
  }
  get xmlnsStart(): number {
    return this.#facts[AT.xmlnsStart]!;
  }
  get xmlnsEnd(): number {
    return this.#facts[AT.xmlnsEnd]!;
  }
  /** How many child elements are indexed: at most 32; with more, `canonical` is false. */
  get children(): number {
    return Math.min(this.#facts[AT.children]!, MAX_CHILDREN);
  }
  /** The vocabulary's bits of all child elements, also of those that are not indexed. */
  get bits(): number {
    return this.#facts[AT.bits]!;
  }
  get nonAscii(): boolean {
    return (this.#facts[AT.flags]! & FLAG.nonAscii) !== 0;
  }
  /**
   * True when every conforming parser, and this scanner's readers of raw bytes, see the same in these bytes, also
   * behind another stream header: no prefix but `xml:lang`, no CDATA, no reference or line end in the root's
   * attributes, plain namespace names, at most 32 children, the root in the content namespace.
   */
  get canonical(): boolean {
    return (this.#facts[AT.flags]! & ~FLAG.nonAscii) === 0;
  }
  /** True when the last call met the stream's own end tag instead of an element. */
  get closed(): boolean {
    return this.#closed;
  }
  /** The namespaces around the element: what `toTree` needs to know besides the bytes. */
  get namespaces(): StreamNamespaces {
    return this.#context.namespaces;
  }
  /** True while an element has begun and not ended. */
  get isInside(): boolean {
    return this.#facts[AT.inside] === 1;
  }

  childStart(i: number): number {
    return this.#kids[i * CHILD_INTS]!;
  }
  childEnd(i: number): number {
    return this.#kids[i * CHILD_INTS + 1]!;
  }
  childNameStart(i: number): number {
    return this.#kids[i * CHILD_INTS + 2]!;
  }
  childNameEnd(i: number): number {
    return this.#kids[i * CHILD_INTS + 3]!;
  }
  /** The value of the child's own `xmlns`; −1 when it has none. */
  childNsStart(i: number): number {
    return this.#kids[i * CHILD_INTS + 4]!;
  }
  childNsEnd(i: number): number {
    return this.#kids[i * CHILD_INTS + 5]!;
  }
  /** The `>` of the child's open tag, or the `/` of `/>`. */
  childTagEnd(i: number): number {
    return this.#kids[i * CHILD_INTS + 6]!;
  }
  /** The `<` of the child's end tag; `childTagEnd` when self-closed. Its content lies between `childTagEnd + 1` and here. */
  childEndTag(i: number): number {
    return this.#kids[i * CHILD_INTS + 7]!;
  }

  /** The stream that the next bytes belong to; forgets an element that was not complete. */
  enter(context: ScanContext): void {
    this.#context = context;
    this.#facts[AT.inside] = 0;
  }

  /** Keeps the incomplete element, as if its bytes began at offset 0. */
  save(tables: ScanTables): void {
    copyTables(this.#tables, tables, 0);
  }

  /** Goes on with an element kept by `save`, whose bytes begin at offset 0 now. */
  restore(tables: ScanTables): void {
    copyTables(tables, this.#tables, 0);
  }

  /**
   * Looks for the next element, from `from` on or, inside one, from where the last call stopped. Returns the offset
   * behind it; `INCOMPLETE` when it has not ended before `end`, and `start` says from where on the bytes must be kept.
   */
  next(buf: Buffer, from: number, end: number): number {
    buf[end] = 0;
    this.#closed = false;
    this.#isHeader = false;
    const facts = this.#facts;
    facts[AT.limit] = end;
    if (facts[AT.inside] !== 0) {
      return this.#hasArrived(buf, end) ? this.#elementFrom(buf, facts[AT.resume]!, end) : this.#suspend(end);
    }
    const start = this.#begin(buf, from, end);
    return start === INCOMPLETE ? INCOMPLETE : this.#elementFrom(buf, start, end);
  }

  /**
   * Looks for a stream header: an XML declaration or none, and an open tag, which then stands from `nameStart - 1` to
   * `end`. Returns the offset behind it; `INCOMPLETE` as `next` does, but nothing is remembered: call it again with all
   * bytes from `start` on.
   */
  openStream(buf: Buffer, from: number, end: number): number {
    buf[end] = 0;
    const facts = this.#facts;
    facts[AT.limit] = end;
    const start = this.#begin(buf, from, end);
    facts[AT.inside] = 0;
    if (start === INCOMPLETE) return INCOMPLETE;
    const i = this.#header(buf, start, end);
    this.#demandSize(i === INCOMPLETE ? end : i);
    facts[AT.end] = i;
    return i;
  }

  #header(buf: Buffer, start: number, end: number): number {
    let i = buf[start + 1] === QUESTION ? passDeclaration(buf, start, end) : start;
    if (i === INCOMPLETE) return INCOMPLETE;
    while (isSpace(buf[i]!)) i++;
    if (i >= end) return INCOMPLETE;
    if (buf[i] !== LESS) throw notWellFormed('Text stands where the stream header belongs.');
    if (!isNameAt(buf, i + 1)) {
      passMarkup(buf, i, this.#facts);
      return INCOMPLETE;
    }
    const tag = i;
    this.#isHeader = true;
    i = this.#openTag(buf, i, end);
    if (i === INCOMPLETE && end - tag > MAX_TAG_BYTES) throw tooLongTag();
    if (i !== INCOMPLETE && this.selfClosed) throw notWellFormed('The stream header closes itself.');
    return i;
  }

  #demandSize(end: number): void {
    const bytes = end - this.#facts[AT.start]!;
    if (bytes > this.#context.limits.maxBytes) throw new XmlError('policy-violation', 'The element is too big.');
  }

  #begin(buf: Buffer, from: number, end: number): number {
    const facts = this.#facts;
    let i = from;
    while (isSpace(buf[i]!)) i++;
    facts[AT.start] = i;
    if (i >= end) return INCOMPLETE;
    if (buf[i] !== LESS) throw notWellFormed('Text stands between elements.');
    clearFacts(facts);
    facts[AT.maxElements] = this.#context.limits.maxElements ?? MAX_ELEMENTS;
    return i;
  }

  #elementFrom(buf: Buffer, from: number, end: number): number {
    const facts = this.#facts;
    for (let i = from; ;) {
      if (facts[AT.depth] !== 0) {
        i = this.#content(buf, i);
        if (i === INCOMPLETE) return this.#suspend(end);
      }
      const tag = i;
      if (buf[i + 1] === SLASH) i = this.#endTag(buf, i, end);
      else if (isNameAt(buf, i + 1)) i = this.#openTag(buf, i, end);
      else i = passMarkup(buf, i, facts);
      if (i === INCOMPLETE) return this.#suspend(end);
      if (facts[AT.depth] === 0) return this.#finish(buf, tag, i);
    }
  }

  /** Character data up to the next `<`. */
  #content(buf: Buffer, from: number): number {
    let i = from;
    if (this.#facts[AT.inCdata] !== 0) {
      i = passCdata(buf, i, this.#facts);
      if (i === INCOMPLETE) return INCOMPLETE;
      this.#facts[AT.inCdata] = 0;
    }
    return passText(buf, i, this.#facts);
  }

  #finish(buf: Buffer, tag: number, end: number): number {
    const facts = this.#facts;
    facts[AT.inside] = 0;
    facts[AT.end] = end;
    facts[AT.endTag] = facts[AT.selfClosed] === 1 ? facts[AT.tagEnd]! : tag;
    this.#demandSize(end);
    if ((facts[AT.flags]! & FLAG.qualified) !== 0) this.#resolve(buf);
    return end;
  }

  /** The slow way, for prefixes and strange namespace names: the tree's rules decide, and tell the children's names. */
  #resolve(buf: Buffer): void {
    const { content } = this.namespaces;
    const root = toTree(buf, this.start, this.end, this.namespaces);
    for (const child of childElements(root)) {
      const own: unknown = child.attrs['xmlns'] ?? root.attrs['xmlns'];
      this.#facts[AT.bits]! |= this.vocabulary.bitsOf(own === content ? NS.client : String(own), child.name);
    }
  }

  #suspend(end: number): number {
    const facts = this.#facts;
    this.#demandSize(end);
    if (facts[AT.awaited] !== WAIT.anything && end - facts[AT.resume]! > MAX_TAG_BYTES) throw tooLongTag();
    return INCOMPLETE;
  }

  /** a tag that arrives byte by byte is looked at again only when the byte it waits for is there. */
  #hasArrived(buf: Buffer, end: number): boolean {
    const facts = this.#facts;
    const awaited = facts[AT.awaited]!;
    if (awaited === WAIT.anything) return true;
    let i = facts[AT.seen]!;
    if (awaited === WAIT.nameEnd) while (i < end && NAME[buf[i]!] !== 0) i++;
    else if (awaited === WAIT.nonSpace) while (i < end && isSpace(buf[i]!)) i++;
    else while (i < end && buf[i] !== awaited) i++;
    facts[AT.seen] = i;
    return i < end;
  }

  #endTag(buf: Buffer, at: number, end: number): number {
    const facts = this.#facts;
    const depth = facts[AT.depth]!;
    if (depth === 0) return this.#closeStream(buf, at, end);
    const entry = (depth - 1) * OPEN_INTS;
    const nameEnd = this.#open[entry + 1]!;
    let name = this.#open[entry]!;
    let i = at + 2;
    while (name < nameEnd && buf[name] === buf[i]) {
      name++;
      i++;
    }
    if (name === nameEnd) while (isSpace(buf[i]!)) i++;
    if (name < nameEnd || buf[i] !== GREATER) {
      if (i >= end) return stopAt(facts, { resume: at, awaited: GREATER, seen: end });
      throw notWellFormed('An end tag does not match its open tag.');
    }
    if (i + 1 - at > MAX_TAG_BYTES) throw tooLongTag();
    facts[AT.depth] = depth - 1;
    if (depth === 2) this.#childEnded(at, i + 1);
    return i + 1;
  }

  #closeStream(buf: Buffer, at: number, end: number): number {
    const name = this.#context.streamName;
    let i = at + 2;
    let k = 0;
    while (k < name.length && buf[i] === name[k]) {
      k++;
      i++;
    }
    if (k === name.length) while (isSpace(buf[i]!)) i++;
    if (name.length > 0 && i >= end) return stopAt(this.#facts, { resume: at, awaited: GREATER, seen: end });
    if (name.length === 0 || k < name.length || buf[i] !== GREATER) throw notWellFormed('An end tag closes nothing.');
    this.#closed = true;
    return i + 1;
  }

  #openTag(buf: Buffer, at: number, end: number): number {
    const facts = this.#facts;
    const tag = this.#tag;
    const i = tag.scan(buf, at, end);
    if (i === INCOMPLETE) return INCOMPLETE;
    const depth = facts[AT.depth]!;
    this.#count(depth);
    if (depth === 0) this.#rootOpened(buf);
    else if (depth === 1) this.#childOpened(buf);
    if (tag.isSelfClosed) {
      if (depth === 1) this.#childEnded(tag.tagEnd, i);
      return i;
    }
    this.#open[depth * OPEN_INTS] = tag.nameStart;
    this.#open[depth * OPEN_INTS + 1] = tag.nameEnd;
    facts[AT.depth] = depth + 1;
    return i;
  }

  #count(depth: number): void {
    if (depth >= MAX_DEPTH) throw new XmlError('policy-violation', 'Elements are nested too deeply.');
    const elements = this.#facts[AT.elements]! + 1;
    this.#facts[AT.elements] = elements;
    if (elements > this.#facts[AT.maxElements]!) {
      throw new XmlError('policy-violation', 'The element has too many elements inside.');
    }
  }

  #rootOpened(buf: Buffer): void {
    const facts = this.#facts;
    const tag = this.#tag;
    facts[AT.nameStart] = tag.nameStart;
    facts[AT.nameEnd] = tag.nameEnd;
    facts[AT.tagEnd] = tag.tagEnd;
    facts[AT.selfClosed] = tag.isSelfClosed ? 1 : 0;
    facts[AT.xmlnsStart] = tag.nsStart;
    facts[AT.xmlnsEnd] = tag.nsEnd;
    if (tag.nsStart >= 0 && !this.#isInContent(buf)) facts[AT.flags]! |= FLAG.foreign;
    if ((facts[AT.flags]! & FLAG.qualified) !== 0) this.#demandNoHeader(buf);
  }

  /** a second stream header would otherwise wait for its end tag like any element. */
  #demandNoHeader(buf: Buffer): void {
    const name = buf.subarray(this.#tag.nameStart, this.#tag.nameEnd);
    if (this.#isHeader || !this.#context.streamName.equals(name)) return;
    throw new XmlError('bad-format', 'A stream header stands inside the stream.');
  }

  /** True when the tag names the stream's content namespace. */
  #isInContent(buf: Buffer): boolean {
    const { content } = this.#context;
    const { nsStart, nsEnd } = this.#tag;
    if (nsEnd - nsStart !== content.length) return false;
    for (let k = 0; k < content.length; k++) if (buf[nsStart + k] !== content[k]) return false;
    return true;
  }

  #childOpened(buf: Buffer): void {
    const facts = this.#facts;
    const tag = this.#tag;
    const index = facts[AT.children]!;
    facts[AT.children] = index + 1;
    facts[AT.bits]! |= this.#childBits(buf);
    if (index >= MAX_CHILDREN) {
      facts[AT.flags]! |= FLAG.rough;
      return;
    }
    const kids = this.#kids;
    const at = index * CHILD_INTS;
    kids[at] = tag.start;
    kids[at + 2] = tag.nameStart;
    kids[at + 3] = tag.nameEnd;
    kids[at + 4] = tag.nsStart;
    kids[at + 5] = tag.nsEnd;
    kids[at + 6] = tag.tagEnd;
  }

  #childBits(buf: Buffer): number {
    const tag = this.#tag;
    if (tag.nsStart >= 0 && !this.#isInContent(buf)) return this.vocabulary.namespaceBits(buf, tag);
    if (tag.nsStart < 0 && (this.#facts[AT.flags]! & FLAG.foreign) !== 0) return 0;
    return this.vocabulary.contentBits(buf, tag.nameStart, tag.nameEnd);
  }

  #childEnded(endTag: number, end: number): void {
    const index = this.#facts[AT.children]! - 1;
    if (index >= MAX_CHILDREN) return;
    this.#kids[index * CHILD_INTS + 1] = end;
    this.#kids[index * CHILD_INTS + 7] = endTag;
  }
}
