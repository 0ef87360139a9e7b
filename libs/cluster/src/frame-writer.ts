import { FRAME_HEAD_BYTES } from './frame-reader.js';

const FIRST_BYTES = 16_384;
/** What a burst has made larger is given back. */
const KEPT_BYTES = 262_144;

/** Gathers frames for one write. */
export class FrameWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(kind: number, body: Buffer, start = 0, end = body.length): void {
    const size = end - start;
    this.#reserve(FRAME_HEAD_BYTES + size);
    let at = this.#bytes.writeUInt32BE(size, this.#length);
    at = this.#bytes.writeUInt8(kind, at);
    body.copy(this.#bytes, at, start, end);
    this.#length = at + size;
  }

  /** Everything added since, which is the caller's from now on. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    // The socket may hold it for long.
    this.#bytes = Buffer.allocUnsafeSlow(Math.min(KEPT_BYTES, Math.max(FIRST_BYTES, this.#length)));
    this.#length = 0;
    return taken;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
