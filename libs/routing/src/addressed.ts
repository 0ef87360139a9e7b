import { put } from './child-parts.js';
import type { RecordedStanza, Session } from './session.js';

/** Longer than any address with its attribute, and the stanza's name before it. */
const HEAD_ROOM = 4_096 * 6;
const SPACE = 32;
const GREATER = 62;
const SLASH = 47;

/**
 * One stanza for many devices, each of which finds its own address in it: serialised and copied once, with room before
 * it, so that a copy costs no more than its name and address. One per process, reused.
 */
export class Addressed implements RecordedStanza {
  bytes = Buffer.allocUnsafeSlow(HEAD_ROOM + 16_384);
  start = 0;
  end = 0;
  idHigh = 0;
  idLow = 0;
  readonly form = 'room';
  #name = Buffer.alloc(16);
  #nameLength = 0;

  /** The stanza, which has no `to` of its own. */
  load(bytes: Buffer, start: number, end: number): void {
    let nameEnd = start;
    while (bytes[nameEnd]! > SPACE && bytes[nameEnd] !== GREATER && bytes[nameEnd] !== SLASH) nameEnd++;
    this.#nameLength = bytes.copy(this.#name, 0, start, nameEnd);
    const size = end - nameEnd;
    if (this.bytes.length < HEAD_ROOM + size) this.bytes = Buffer.allocUnsafeSlow(HEAD_ROOM + size * 2);
    bytes.copy(this.bytes, HEAD_ROOM, nameEnd, end);
    this.end = HEAD_ROOM + size;
  }

  /** Addresses it to this device: from `start` to `end` it is what that device is to get. Returns itself. */
  to({ toAttribute }: Session): this {
    const at = HEAD_ROOM - toAttribute.length;
    put(toAttribute, 0, toAttribute.length, this.bytes, at);
    this.start = at - this.#nameLength;
    put(this.#name, 0, this.#nameLength, this.bytes, this.start);
    return this;
  }

  /** Where in the journal it stands. */
  at(idHigh: number, idLow: number): void {
    this.idHigh = idHigh;
    this.idLow = idLow;
  }
}
