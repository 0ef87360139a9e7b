/** References of canonical XML text: the five names and numbers. XML 1.0 §4.1 */
const NAMES: Readonly<Record<string, number>> = { lt: 0x3c, gt: 0x3e, amp: 0x26, quot: 0x22, apos: 0x27 };
const AMPERSAND = 0x26;
const SEMICOLON = 0x3b;
const LONGEST_REFERENCE = 12;
/** Below this a loop is quicker than asking the runtime to copy. */
const SHORT = 40;

/**
 * Tuples in PostgreSQL's binary COPY format, written into one growing buffer. Each field is its length as int32, then
 * its value, big-endian; −1 is null. Nothing is allocated but when the buffer grows.
 */
export class Rows {
  bytes: Buffer;
  length = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  /** Makes room for `more` bytes. */
  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + more));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  /** Begins a tuple of so many fields. */
  tuple(fields: number): void {
    this.reserve(2);
    this.bytes[this.length++] = fields >>> 8;
    this.bytes[this.length++] = fields;
  }

  absent(): void {
    this.#length(-1);
  }

  int2(value: number): void {
    this.#length(2);
    this.reserve(2);
    this.bytes[this.length++] = value >>> 8;
    this.bytes[this.length++] = value;
  }

  int4(value: number): void {
    this.#length(4);
    this.#int32(value);
  }

  /** A bigint in two halves of 32 bits. */
  int8(high: number, low: number): void {
    this.#length(8);
    this.#int32(high);
    this.#int32(low);
  }

  /** A bigint from a whole number, negative ones too. */
  int8Of(value: number): void {
    const high = Math.floor(value / 0x1_0000_0000);
    // As 32-bit integers: a larger number would be an object of its own on its way into the call.
    this.int8(high | 0, (value - high * 0x1_0000_0000) | 0);
  }

  /** All of `from`, or null. */
  whole(from: Buffer | undefined): void {
    if (from === undefined) return this.absent();
    this.part(from, 0, from.length);
  }

  /** The bytes of `from` between two offsets. */
  part(from: Buffer, start: number, end: number): void {
    this.#length(end - start);
    this.#put(from, start, end);
  }

  /** Text of canonical XML between two offsets with its references resolved; null when `start` is −1. */
  text(from: Buffer, start: number, end: number): void {
    if (start < 0) return this.absent();
    const field = this.length;
    this.#length(0);
    let at = start;
    for (;;) {
      let next = at;
      while (next < end && from[next] !== AMPERSAND) next++;
      this.#put(from, at, next);
      if (next >= end) break;
      at = this.#reference(from, next, end);
    }
    this.#patch(field, this.length - field - 4);
  }

  /** A string of ASCII characters, or null. */
  ascii(value: string | undefined): void {
    if (value === undefined) return this.absent();
    this.#length(value.length);
    this.reserve(value.length);
    for (let i = 0; i < value.length; i++) this.bytes[this.length++] = value.charCodeAt(i);
  }

  /** Begins a field whose length is not known yet; returns what `close` needs. */
  open(atMost: number): number {
    this.#length(0);
    this.reserve(atMost);
    return this.length;
  }

  /** Ends the field begun at `start`. */
  close(start: number, end: number): void {
    this.length = end;
    this.#patch(start - 4, end - start);
  }

  #reference(from: Buffer, start: number, end: number): number {
    let stop = start + 1;
    while (stop < end && from[stop] !== SEMICOLON && stop - start < LONGEST_REFERENCE) stop++;
    const name = from.toString('latin1', start + 1, stop);
    const point = name.startsWith('#x')
      ? parseInt(name.slice(2), 16)
      : name.startsWith('#')
        ? +name.slice(1)
        : NAMES[name];
    // Not canonical after all: kept as it stands rather than losing the message.
    if (!(point! > 0 && point! <= 0x10_ffff) || from[stop] !== SEMICOLON) {
      this.#put(from, start, start + 1);
      return start + 1;
    }
    this.reserve(4);
    this.length += this.bytes.write(String.fromCodePoint(point!), this.length, 'utf8');
    return stop + 1;
  }

  #put(from: Buffer, start: number, end: number): void {
    const size = end - start;
    this.reserve(size);
    const { bytes } = this;
    if (size > SHORT) from.copy(bytes, this.length, start, end);
    else for (let i = start, to = this.length; i < end; i++, to++) bytes[to] = from[i]!;
    this.length += size;
  }

  #length(value: number): void {
    this.#int32(value);
  }

  #int32(value: number): void {
    this.reserve(4);
    this.#patch(this.length, value);
    this.length += 4;
  }

  #patch(at: number, value: number): void {
    const { bytes } = this;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
  }
}
