// Between servers a stanza is in the namespace of the stream, jabber:server, and names its receiver. RFC 6120 §4.8.3,
// §8.1.1.2. What goes out stands in the journal as it was delivered here: in jabber:client, and with no receiver where it
// goes to many.
import { decodeAttribute, type Element, NS, plainNamespaces, toTree } from '@interoffice/wire';

const XMLNS = Buffer.from(' xmlns=');
const PLAIN = plainNamespaces(NS.client);
const CLIENT = Buffer.from(NS.client);
const TO = Buffer.from(' to=');
const STANZA_ID = Buffer.from('<stanza-id ');
const HEX_ID = / id=['"]([0-9a-f]{16})['"]/;
const MOST_ID = 4_000;
const [SPACE, SLASH, CLOSE, QUOTE, APOSTROPHE] = [32, 47, 62, 34, 39];

/**
 * Copies a canonical stanza in a way that it can go to another server; `to`, a whole attribute with a space before it, is
 * put in where there is none. Returns the offset behind it; at most `to` longer than the stanza.
 */
export function writeOutgoing(
  from: { readonly bytes: Buffer; readonly start: number; readonly end: number },
  to: Buffer,
  target: Buffer,
  offset: number,
): number {
  const { bytes, start, end } = from;
  let at = start;
  while (bytes[at] !== SPACE && bytes[at] !== CLOSE && bytes[at] !== SLASH) at++;
  let out = offset + bytes.copy(target, offset, start, at);
  const nameEnd = out;
  let hasTo = false;
  while (bytes[at] === SPACE) {
    const next = endOfAttribute(bytes, at);
    if (isAt(bytes, at, TO)) hasTo = true;
    if (!isClientNamespace(bytes, at)) out += bytes.copy(target, out, at, next);
    at = next;
  }
  if (!hasTo) {
    target.copy(target, nameEnd + to.length, nameEnd, out);
    to.copy(target, nameEnd);
    out += to.length;
  }
  return out + bytes.copy(target, out, at, end);
}

/** A row of the journal as an element. */
export function stanzaOf(bytes: Buffer): Element {
  return toTree(bytes, 0, bytes.length, PLAIN);
}

/** The id that a room of ours or of another office has given to what was said in it, which stands behind all its author wrote. */
export function roomIdOf(stanza: Buffer): string | undefined {
  const at = stanza.lastIndexOf(STANZA_ID);
  return at < 0 ? undefined : HEX_ID.exec(stanza.toString('latin1', at, Math.min(stanza.length, at + MOST_ID)))?.[1];
}

/** The value of an attribute of the stanza itself; `name` is ` name=` with the space before it. */
export function readAttribute(
  { bytes, start }: { readonly bytes: Buffer; readonly start: number },
  name: Buffer,
): string | undefined {
  let at = start;
  while (bytes[at] !== SPACE && bytes[at] !== CLOSE && bytes[at] !== SLASH) at++;
  while (bytes[at] === SPACE) {
    const next = endOfAttribute(bytes, at);
    if (isAt(bytes, at, name)) return decodeAttribute(bytes.toString('utf8', at + name.length + 1, next - 1));
    at = next;
  }
  return undefined;
}

/** Behind its second quote. */
function endOfAttribute(bytes: Buffer, start: number): number {
  let at = start;
  while (bytes[at] !== QUOTE && bytes[at] !== APOSTROPHE) at++;
  return bytes.indexOf(bytes[at]!, at + 1) + 1;
}

function isClientNamespace(bytes: Buffer, at: number): boolean {
  return isAt(bytes, at, XMLNS) && isAt(bytes, at + XMLNS.length + 1, CLIENT);
}

function isAt(bytes: Buffer, at: number, wanted: Buffer): boolean {
  return bytes.compare(wanted, 0, wanted.length, at, Math.min(at + wanted.length, bytes.length)) === 0;
}
