import { AMPERSAND, BRACKET, HIGH, ILLEGAL, INCOMPLETE, LESS_THAN, PLAIN, TEXT, passCharacter } from './characters.js';
import { passReference } from './references.js';
import { AT, FLAG, WAIT, notWellFormed, stopAt } from './scan-state.js';
import { XmlError } from './xml-error.js';

const MAX_DECLARATION_BYTES = 256;
const EXCLAMATION = 33;
const MINUS = 45;
const GREATER = 62;
const QUESTION = 63;
const CLOSE_BRACKET = 93;
const CDATA_START = Buffer.from('<![CDATA[');
const DECLARATION_START = Buffer.from('<?xml');

const stop = (facts: Int32Array, i: number): number => stopAt(facts, { resume: i, awaited: WAIT.anything, seen: i });

/** `]]>` may not stand in text. XML 1.0 §2.4 */
function passBracket(buf: Uint8Array, i: number, end: number): number {
  if (i + 1 >= end) return INCOMPLETE;
  if (buf[i + 1] !== CLOSE_BRACKET) return i + 1;
  if (i + 2 >= end) return INCOMPLETE;
  if (buf[i + 2] === GREATER) throw notWellFormed('The end of CDATA stands in text.');
  return i + 1;
}

/** Passes character data from `from` on: the offset of the next `<`, or `INCOMPLETE`. */
export function passText(buf: Uint8Array, from: number, facts: Int32Array): number {
  const end = facts[AT.limit]!;
  let high = 0;
  for (let i = from; ;) {
    let kind = PLAIN;
    while ((kind = TEXT[buf[i]!]!) === PLAIN) i++;
    let next = i + 1;
    if (kind === HIGH) {
      high = FLAG.nonAscii;
      next = passCharacter(buf, i, end);
    } else if (kind === LESS_THAN) {
      facts[AT.flags]! |= high;
      return i;
    } else if (kind === AMPERSAND) next = passReference(buf, i, end);
    else if (kind === BRACKET) next = passBracket(buf, i, end);
    else if (i >= end) next = INCOMPLETE;
    else throw notWellFormed('Text has a control character.');
    if (next === INCOMPLETE) {
      facts[AT.flags]! |= high;
      return stop(facts, i);
    }
    i = next;
  }
}

/** Passes what is inside CDATA from `from` on: the offset behind its `]]>`, or `INCOMPLETE`. */
export function passCdata(buf: Uint8Array, from: number, facts: Int32Array): number {
  const end = facts[AT.limit]!;
  for (let i = from; ;) {
    const kind = TEXT[buf[i]!]!;
    let next = i + 1;
    if (kind === HIGH) {
      facts[AT.flags]! |= FLAG.nonAscii;
      next = passCharacter(buf, i, end);
    } else if (kind === BRACKET) {
      if (i + 2 >= end && (i + 1 >= end || buf[i + 1] === CLOSE_BRACKET)) return stop(facts, i);
      if (buf[i + 1] === CLOSE_BRACKET && buf[i + 2] === GREATER) return i + 3;
    } else if (kind === ILLEGAL) {
      if (i < end) throw notWellFormed('CDATA has a control character.');
      next = INCOMPLETE;
    }
    if (next === INCOMPLETE) return stop(facts, i);
    i = next;
  }
}

/**
 * What begins with `<` and is no tag: the offset behind the beginning of CDATA, or `INCOMPLETE`. Anything else is
 * `restricted-xml` (RFC 6120 §11.1) or not XML at all.
 */
export function passMarkup(buf: Uint8Array, at: number, facts: Int32Array): number {
  const end = facts[AT.limit]!;
  if (at + 1 >= end) return stop(facts, at);
  if (buf[at + 1] === QUESTION) throw new XmlError('restricted-xml', 'A stream has no processing instructions.');
  if (buf[at + 1] !== EXCLAMATION) throw notWellFormed('A < begins no tag.');
  if (buf[at + 2] === MINUS) throw new XmlError('restricted-xml', 'A stream has no comments.');
  for (let k = 2; k < CDATA_START.length; k++) {
    if (at + k >= end) return stop(facts, at);
    if (buf[at + k] === CDATA_START[k]) continue;
    throw new XmlError('restricted-xml', 'A stream has no document type declaration.');
  }
  if (facts[AT.depth] === 0) throw notWellFormed('CDATA stands outside of any element.');
  facts[AT.flags]! |= FLAG.rough;
  facts[AT.inCdata] = 1;
  return at + CDATA_START.length;
}

const DECLARATION =
  /^<\?xml\s+version\s*=\s*(["'])1\.[0-9]+\1(?:\s+encoding\s*=\s*(["'])([A-Za-z][A-Za-z0-9._-]*)\2)?(?:\s+standalone\s*=\s*(["'])(?:yes|no)\4)?\s*\?>$/;

/** Passes the XML declaration at `at`: the offset behind it, or `INCOMPLETE`. Any encoding but UTF-8 is refused: RFC 6120 §11.6. */
export function passDeclaration(buf: Buffer, at: number, end: number): number {
  for (let k = 0; k < DECLARATION_START.length && at + k < end; k++) {
    if (buf[at + k] !== DECLARATION_START[k]) {
      throw new XmlError('restricted-xml', 'A stream has no processing instructions.');
    }
  }
  const close = buf.subarray(at, Math.min(end, at + MAX_DECLARATION_BYTES)).indexOf(GREATER);
  if (close < 0 && end - at < MAX_DECLARATION_BYTES) return INCOMPLETE;
  const match = DECLARATION.exec(buf.toString('latin1', at, at + close + 1));
  if (close < 0 || !match) throw notWellFormed('The XML declaration is wrong.');
  const encoding = match[3];
  if (encoding !== undefined && encoding.toLowerCase() !== 'utf-8') {
    throw new XmlError('unsupported-encoding', 'A stream is in UTF-8.');
  }
  return at + close + 1;
}
