/**
 * Children that the stamp phase adds to a stanza, as bytes: they go in before the end tag in the same copy that
 * fills the batch. One per process, emptied for every passage.
 */
export class Additions {
  bytes = Buffer.allocUnsafeSlow(4096);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  /** Appends serialised XML: one or more complete elements with their own xmlns. */
  child(xml: Buffer): void {
    this.#ensure(xml.length);
    this.length += xml.copy(this.bytes, this.length);
  }

  /** Appends the 16 hexadecimal digits of a 64-bit id. */
  id(high: number, low: number): void {
    this.#ensure(16);
    this.length = writeHex(this.bytes, writeHex(this.bytes, this.length, high), low);
  }

  #ensure(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + more));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

function writeHex(target: Buffer, offset: number, value: number): number {
  for (let shift = 28; shift >= 0; shift -= 4) {
    const digit = (value >>> shift) & 15;
    target[offset++] = digit < 10 ? 48 + digit : 87 + digit;
  }
  return offset;
}
