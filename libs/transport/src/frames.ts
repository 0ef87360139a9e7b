const TEXT_FRAME = 0x81;
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;
const MOST_IN_TWO_BYTES = 0xffff;

/** The longest head of a frame of ours. */
export const MOST_HEAD_BYTES = 10;

const head = Buffer.alloc(MOST_HEAD_BYTES);

/** The head of a whole, unmasked text frame (RFC 6455 §5.2): valid until the next call. */
export function headOf(length: number): { readonly bytes: Buffer; readonly length: number } {
  head[0] = TEXT_FRAME;
  if (length < TWO_BYTES) {
    head[1] = length;
    return { bytes: head, length: 2 };
  }
  if (length <= MOST_IN_TWO_BYTES) {
    head[1] = TWO_BYTES;
    head.writeUInt16BE(length, 2);
    return { bytes: head, length: 4 };
  }
  head[1] = EIGHT_BYTES;
  head.writeUInt32BE(0, 2);
  head.writeUInt32BE(length, 6);
  return { bytes: head, length: MOST_HEAD_BYTES };
}

const isSpace = (byte: number | undefined): boolean => byte === 32 || byte === 10 || byte === 13 || byte === 9;
const isNameEnd = (byte: number | undefined): boolean => isSpace(byte) || byte === 62 || byte === 47;
const COLON = 58;
const GREATER = 62;
const QUOTATION = 34;
const APOSTROPHE = 39;
const EQUALS = 61;
const XMLNS = Buffer.from('xmlns');

function isXmlnsAt(bytes: Buffer, at: number): boolean {
  for (let i = 0; i < XMLNS.length; i++) if (bytes[at + i] !== XMLNS[i]) return false;
  let next = at + XMLNS.length;
  while (isSpace(bytes[next])) next++;
  return bytes[next] === EQUALS;
}

/**
 * A stanza on TCP is in the namespace of its stream; a frame stands alone and has to say it (RFC 7395 §3.3.3). The
 * offset in `bytes[start, end)`, behind the root's name, where it has to be said; −1 when it is said, or the name has a
 * prefix.
 */
export function whereNamespaceIsMissing(bytes: Buffer, start: number, end: number): number {
  let nameEnd = start + 1;
  for (; nameEnd < end && !isNameEnd(bytes[nameEnd]); nameEnd++) if (bytes[nameEnd] === COLON) return -1;
  for (let i = nameEnd; i < end && bytes[i] !== GREATER; i++) {
    const byte = bytes[i];
    if (byte === QUOTATION || byte === APOSTROPHE) i = bytes.indexOf(byte, i + 1);
    else if (isSpace(byte) && isXmlnsAt(bytes, i + 1)) return -1;
    if (i < 0) return -1;
  }
  return nameEnd;
}
