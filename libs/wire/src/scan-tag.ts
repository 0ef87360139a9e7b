import {
  AMPERSAND,
  ATTRIBUTE,
  HIGH,
  INCOMPLETE,
  LESS_THAN,
  LINE_SPACE,
  NAME,
  NAME_COLON,
  NAME_HIGH,
  NAME_START,
  NAMESPACE,
  PLAIN,
  QUOTE,
  isSpace,
  passCharacter,
} from './characters.js';
import { isNcName } from './names.js';
import { NS } from './namespaces.js';
import { passReference } from './references.js';
import { AT, FLAG, type ScanTables, WAIT, notWellFormed, stopAt } from './scan-state.js';
import { XmlError } from './xml-error.js';

/** An open tag, with its attributes, has at most this many bytes. */
export const MAX_TAG_BYTES = 16_384;
/** An open tag has at most this many attributes. */
export const MAX_ATTRIBUTES = 64;

const SPACE = 32;
const QUOTATION = 34;
const APOSTROPHE = 39;
const SLASH = 47;
const COLON = 58;
const EQUALS = 61;
const GREATER = 62;
const ATTRIBUTE_INTS = 3;

const XMLNS = Buffer.from('xmlns');
const XML_LANG = Buffer.from('xml:lang');
const TO = Buffer.from('to');
const FROM = Buffer.from('from');
const TYPE = Buffer.from('type');
const ID = Buffer.from('id');

/** True where a name may begin. */
export function isNameAt(buf: Uint8Array, i: number): boolean {
  return (NAME[buf[i]!]! & (NAME_START | NAME_HIGH)) !== 0;
}

export const tooLongTag = (): XmlError =>
  new XmlError('policy-violation', `A tag is longer than ${MAX_TAG_BYTES} bytes.`);

/** Reads one open tag; the fields tell about the last one. */
export class TagScanner {
  start = 0;
  nameStart = 0;
  nameEnd = 0;
  /** The value of the tag's own `xmlns`; −1 when it has none. */
  nsStart = -1;
  nsEnd = -1;
  /** The `>`, or the `/` of `/>`. */
  tagEnd = 0;
  isSelfClosed = false;

  readonly #facts: Int32Array;
  readonly #seen = new Int32Array(MAX_ATTRIBUTES * ATTRIBUTE_INTS);
  #count = 0;
  #spaceStart = 0;
  #nameStart = 0;
  #nameEnd = 0;

  constructor(tables: ScanTables) {
    this.#facts = tables.facts;
  }

  /** From the `<` at `at`: the offset behind the tag, or `INCOMPLETE`. Throws `XmlError`. */
  scan(buf: Buffer, at: number, end: number): number {
    this.start = at;
    this.nameStart = at + 1;
    this.nsStart = -1;
    this.nsEnd = -1;
    this.#count = 0;
    let i = at + 1;
    let kinds = 0;
    for (let kind = 0; (kind = NAME[buf[i]!]!) !== 0; i++) kinds |= kind;
    if (i >= end) return stopAt(this.#facts, { resume: at, awaited: WAIT.nameEnd, seen: end });
    this.nameEnd = i;
    if ((kinds & (NAME_COLON | NAME_HIGH)) !== 0) this.#unusualName(buf, at + 1, i);
    return this.#attributes(buf, i, end);
  }

  #stop(awaited: number, seen: number): number {
    return stopAt(this.#facts, { resume: this.start, awaited, seen });
  }

  // Long on purpose: a call per name and per value costs more than looking at their bytes.
  #attributes(buf: Buffer, from: number, end: number): number {
    for (let i = from; ;) {
      const space = i;
      let c = buf[i]!;
      while (c <= SPACE && isSpace(c)) c = buf[++i]!;
      if (c === GREATER) return this.#ended(i, i + 1);
      if (c === SLASH) return buf[i + 1] === GREATER ? this.#ended(i, i + 2) : this.#badSlash(i, end);
      if (i >= end) return this.#stop(WAIT.nonSpace, end);
      if (i === space || !isNameAt(buf, i)) throw notWellFormed('An attribute does not begin with a name.');
      const nameStart = i;
      let hash = 0;
      let kinds = 0;
      for (let kind = 0; (kind = NAME[(c = buf[i]!)]!) !== 0; i++) {
        kinds |= kind;
        hash = (Math.imul(hash, 31) + c) | 0;
      }
      const nameEnd = i;
      if (c !== EQUALS || i >= end) {
        if (i >= end) return this.#stop(WAIT.nameEnd, end);
        while (isSpace(buf[i]!)) i++;
        if (buf[i] !== EQUALS) return this.#missing(i, end);
      }
      c = buf[++i]!;
      if (c !== QUOTATION && c !== APOSTROPHE) {
        while (isSpace(buf[i]!)) i++;
        c = buf[i]!;
        if (c !== QUOTATION && c !== APOSTROPHE) return this.#missing(i, end);
      }
      const valueStart = ++i;
      while (ATTRIBUTE[buf[i]!] === PLAIN) i++;
      if (buf[i] !== c) {
        i = this.#value(buf, valueStart, end);
        if (i === INCOMPLETE) return INCOMPLETE;
      }
      this.#nameStart = nameStart;
      this.#nameEnd = nameEnd;
      this.#spaceStart = space;
      this.#demandNew(buf, hash);
      this.#taken(buf, valueStart, i);
      if ((kinds & (NAME_COLON | NAME_HIGH)) !== 0) this.#unusualAttribute(buf);
      i++;
    }
  }

  #badSlash(i: number, end: number): number {
    if (i + 1 < end) throw notWellFormed('A / stands inside a tag.');
    return this.#stop(GREATER, i);
  }

  #ended(tagEnd: number, i: number): number {
    if (i - this.start > MAX_TAG_BYTES) throw tooLongTag();
    this.tagEnd = tagEnd;
    this.isSelfClosed = i - tagEnd === 2;
    return i;
  }

  /** Notes the value of an attribute that somebody asks for by name. */
  #taken(buf: Buffer, valueStart: number, valueEnd: number): void {
    const length = this.#nameEnd - this.#nameStart;
    if (length === XMLNS.length && this.#isNamed(buf, XMLNS)) this.#namespaceDeclared(buf, valueStart, valueEnd);
    if (this.#facts[AT.depth] === 0) this.#rootAttribute(buf, valueStart, valueEnd);
  }

  #unusualAttribute(buf: Buffer): void {
    if (!this.#isNamed(buf, XML_LANG)) this.#unusualName(buf, this.#nameStart, this.#nameEnd);
  }

  #missing(i: number, end: number): number {
    if (i >= end) return this.#stop(WAIT.nonSpace, end);
    throw notWellFormed('An attribute has no value in quotes.');
  }

  #isNamed(buf: Buffer, name: Buffer): boolean {
    const start = this.#nameStart;
    if (this.#nameEnd - start !== name.length) return false;
    for (let k = 0; k < name.length; k++) if (buf[start + k] !== name[k]) return false;
    return true;
  }

  /** From behind the opening quote to the closing one. */
  #value(buf: Buffer, start: number, end: number): number {
    const quote = buf[start - 1]!;
    let flags = 0;
    for (let i = start; ;) {
      let kind = PLAIN;
      while ((kind = ATTRIBUTE[buf[i]!]!) === PLAIN) i++;
      let next = i + 1;
      if (kind === QUOTE) {
        if (buf[i] === quote) return this.#valueEnded(flags, i);
      } else if (kind === LINE_SPACE) flags |= FLAG.rough;
      else if (kind === HIGH) {
        flags |= FLAG.nonAscii;
        next = passCharacter(buf, i, end);
      } else if (kind === AMPERSAND) {
        flags |= FLAG.rough;
        next = passReference(buf, i, end);
      } else if (kind === LESS_THAN) throw notWellFormed('A < stands inside an attribute.');
      else if (i >= end) next = INCOMPLETE;
      else throw notWellFormed('An attribute has a control character.');
      if (next === INCOMPLETE) return this.#stop(quote, i);
      i = next;
    }
  }

  #valueEnded(flags: number, i: number): number {
    const facts = this.#facts;
    // Deeper attributes are nobody's raw reading: the parser at the other end decodes them.
    facts[AT.flags]! |= facts[AT.depth] === 0 ? flags : flags & FLAG.nonAscii;
    return i;
  }

  #demandNew(buf: Buffer, hash: number): void {
    const seen = this.#seen;
    const length = this.#nameEnd - this.#nameStart;
    const free = this.#count * ATTRIBUTE_INTS;
    for (let k = 0; k < free; k += ATTRIBUTE_INTS) {
      if (seen[k] !== hash || seen[k + 2] !== length) continue;
      if (isSame(buf, seen[k + 1]!, { start: this.#nameStart, length })) {
        throw notWellFormed('An attribute is there twice.');
      }
    }
    if (this.#count >= MAX_ATTRIBUTES) throw new XmlError('policy-violation', 'A tag has too many attributes.');
    seen[free] = hash;
    seen[free + 1] = this.#nameStart;
    seen[free + 2] = length;
    this.#count++;
  }

  #namespaceDeclared(buf: Buffer, start: number, end: number): void {
    this.nsStart = start;
    this.nsEnd = end;
    let i = start;
    while (i < end && NAMESPACE[buf[i]!] === 1) i++;
    const length = end - start;
    // As long as one of the two reserved names: the tree's rules have to look at it.
    if (i < end || length === 0 || length === NS.xml.length || length === NS.xmlns.length) {
      this.#facts[AT.flags]! |= FLAG.qualified;
    }
  }

  #rootAttribute(buf: Buffer, valueStart: number, valueEnd: number): void {
    const entry = this.#entry(buf);
    if (entry < 0) return;
    const facts = this.#facts;
    facts[entry] = valueStart;
    facts[entry + 1] = valueEnd;
    if (entry !== AT.fromStart && entry !== AT.toStart) return;
    // Behind the value stands the whole attribute: what has to be cut to take it out.
    facts[entry + 2] = this.#spaceStart;
    facts[entry + 3] = valueEnd + 1;
  }

  /** Where the root's attribute is told, −1 when nobody asks for it. */
  #entry(buf: Buffer): number {
    const first = buf[this.#nameStart];
    if (first === TO[0]) return this.#isNamed(buf, TO) ? AT.toStart : this.#isNamed(buf, TYPE) ? AT.typeStart : -1;
    if (first === FROM[0]) return this.#isNamed(buf, FROM) ? AT.fromStart : -1;
    if (first === ID[0]) return this.#isNamed(buf, ID) ? AT.idStart : -1;
    return first === XML_LANG[0] && this.#isNamed(buf, XML_LANG) ? AT.langStart : -1;
  }

  /** Names with a colon are left to the tree's rules; those with other letters are checked here. */
  #unusualName(buf: Buffer, start: number, end: number): void {
    let flags = 0;
    for (let i = start; i < end;) {
      const byte = buf[i]!;
      if (byte === COLON) flags |= FLAG.qualified;
      else if (byte >= 128) flags |= FLAG.nonAscii;
      i = byte < 128 ? i + 1 : passCharacter(buf, i, end);
      if (i === INCOMPLETE) throw notWellFormed('A name is not UTF-8.');
    }
    this.#facts[AT.flags]! |= flags;
    if ((flags & FLAG.qualified) !== 0 || isNcName(buf.toString('utf8', start, end))) return;
    throw notWellFormed('A name has a character no name may have.');
  }
}

function isSame(buf: Uint8Array, known: number, name: { start: number; length: number }): boolean {
  for (let k = 0; k < name.length; k++) if (buf[known + k] !== buf[name.start + k]) return false;
  return true;
}
