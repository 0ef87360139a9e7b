import { INCOMPLETE } from './characters.js';
import { XmlError } from './xml-error.js';

/** Longer than any reference a stream may have; more leading zeros than this have no honest use. */
const MAX_REFERENCE_BYTES = 16;
const SEMICOLON = 59;
const HASH = 35;
const LETTER_X = 120;

const NAMES = ['lt', 'gt', 'amp', 'quot', 'apos'].map((name) => Buffer.from(name));

function isKnownName(buf: Uint8Array, start: number, end: number): boolean {
  for (const name of NAMES) {
    if (name.length !== end - start) continue;
    let at = 0;
    while (at < name.length && name[at] === buf[start + at]) at++;
    if (at === name.length) return true;
  }
  return false;
}

function digitOf(byte: number, base: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return base === 16 && lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** XML 1.0 §2.2 */
function isCharacter(point: number): boolean {
  if (point < 32) return point === 9 || point === 10 || point === 13;
  return point <= 0xd7ff || (point >= 0xe000 && point <= 0xfffd) || (point >= 0x10000 && point <= 0x10ffff);
}

function demandCharacter(buf: Uint8Array, start: number, end: number): void {
  const isHex = buf[start] === LETTER_X;
  const base = isHex ? 16 : 10;
  let point = 0;
  const first = isHex ? start + 1 : start;
  for (let at = first; at < end; at++) {
    const digit = digitOf(buf[at]!, base);
    if (digit < 0) throw new XmlError('not-well-formed', 'A character reference is not a number.');
    point = point * base + digit;
  }
  if (first < end && isCharacter(point)) return;
  throw new XmlError('not-well-formed', 'A character reference names a character that XML does not allow.');
}

const isNameByte = (byte: number): boolean => byte > 32 && byte !== 38 && byte !== 60 && byte !== 62;

/**
 * The offset behind the reference whose `&` is at `i`; `INCOMPLETE` when it goes on behind `end`. Throws `XmlError`:
 * `restricted-xml` for any entity but the five of XML 1.0 §4.6 (RFC 6120 §11.1), `not-well-formed` for the rest.
 */
export function passReference(buf: Uint8Array, i: number, end: number): number {
  let at = i + 1;
  const limit = Math.min(end, i + MAX_REFERENCE_BYTES);
  while (at < limit && buf[at] !== SEMICOLON && isNameByte(buf[at]!)) at++;
  if (at >= limit && at === end && end < i + MAX_REFERENCE_BYTES) return INCOMPLETE;
  if (at < limit && buf[at] !== SEMICOLON) throw new XmlError('not-well-formed', 'An & begins no reference.');
  if (buf[i + 1] === HASH && at < limit) demandCharacter(buf, i + 2, at);
  else if (at >= limit || !isKnownName(buf, i + 1, at)) {
    throw new XmlError('restricted-xml', 'A stream knows no entities but the five predefined ones.');
  }
  return at + 1;
}
