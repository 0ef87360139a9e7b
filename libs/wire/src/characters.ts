import { XmlError } from './xml-error.js';

/** Classes of bytes in names; a set of bits, so that a whole name's classes can be or-ed. 0 ends a name. */
export const NAME_START = 1;
export const NAME_MORE = 2;
export const NAME_COLON = 4;
export const NAME_HIGH = 8;

/** Classes of bytes in text and attribute values. 0 is the usual byte: the inner loops stop at anything else. */
export const PLAIN = 0;
export const LESS_THAN = 1;
export const AMPERSAND = 2;
export const BRACKET = 3;
export const ILLEGAL = 4;
export const QUOTE = 5;
export const HIGH = 6;
export const LINE_SPACE = 7;

function tableOf(classify: (byte: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_value, byte) => classify(byte));
}

const isLineSpace = (byte: number): boolean => byte === 9 || byte === 10 || byte === 13;
const isLetter = (byte: number): boolean => (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte === 95;
const isFollowing = (byte: number): boolean => (byte >= 48 && byte <= 57) || byte === 45 || byte === 46;

/** By byte, what it is in a name. Bytes from 0x80 on are looked at again as characters. */
export const NAME = tableOf((byte) => {
  if (isLetter(byte)) return NAME_START;
  if (isFollowing(byte)) return NAME_MORE;
  if (byte === 58) return NAME_COLON;
  return byte >= 128 ? NAME_HIGH : 0;
});

/** By byte, what it is in character data. */
export const TEXT = tableOf((byte) => {
  if (byte === 60) return LESS_THAN;
  if (byte === 38) return AMPERSAND;
  if (byte === 93) return BRACKET;
  if (byte >= 128) return HIGH;
  return byte < 32 && !isLineSpace(byte) ? ILLEGAL : PLAIN;
});

/** By byte, what it is in an attribute value of either quotes. */
export const ATTRIBUTE = tableOf((byte) => {
  if (byte === 34 || byte === 39) return QUOTE;
  if (isLineSpace(byte)) return LINE_SPACE;
  return byte === 93 ? PLAIN : TEXT[byte]!;
});

/** By byte, 1 when it may stand in a namespace name that everybody reads alike. */
export const NAMESPACE = tableOf((byte) =>
  byte > 32 && byte < 127 && byte !== 38 && byte !== 60 && byte !== 62 && byte !== 34 && byte !== 39 ? 1 : 0,
);

/** Returned instead of an offset: right so far, but the input ends before the end of the token. */
export const INCOMPLETE = -1;

const badCharacter = (): XmlError => new XmlError('not-well-formed', 'The bytes are not UTF-8 text that XML allows.');

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

/** The range of the second byte by the first: shuts out overlong forms, surrogates and what lies behind U+10FFFF. RFC 3629 §4 */
function isSecond(first: number, second: number): boolean {
  if (first === 0xe0) return second >= 0xa0 && second <= 0xbf;
  if (first === 0xed) return second >= 0x80 && second <= 0x9f;
  if (first === 0xf0) return second >= 0x90 && second <= 0xbf;
  if (first === 0xf4) return second >= 0x80 && second <= 0x8f;
  return isContinuation(second);
}

/**
 * The offset behind the character of two to four bytes at `i`; `INCOMPLETE` when it goes on behind `end`. Throws
 * `XmlError` for anything but UTF-8, and for U+FFFE and U+FFFF.
 */
export function passCharacter(buf: Uint8Array, i: number, end: number): number {
  const first = buf[i]!;
  const second = buf[i + 1]!;
  if (first >= 0xc2 && first <= 0xdf && isContinuation(second)) return i + 2;
  if (first < 0xc2 || first > 0xf4) throw badCharacter();
  if (i + 1 >= end) return INCOMPLETE;
  if (first <= 0xdf || !isSecond(first, second)) throw badCharacter();
  if (i + 2 >= end) return INCOMPLETE;
  const third = buf[i + 2]!;
  if (!isContinuation(third)) throw badCharacter();
  if (first < 0xf0) {
    if (first === 0xef && second === 0xbf && third >= 0xbe) throw badCharacter();
    return i + 3;
  }
  if (i + 3 >= end) return INCOMPLETE;
  if (!isContinuation(buf[i + 3]!)) throw badCharacter();
  return i + 4;
}

/** XML's white space. */
export function isSpace(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}
