import type { Done } from './writer.js';
import { giveSlab, SLAB_BYTES, takeSlab } from './slab.js';

/** Takes what an outbox has collected. */
export type Write = (bytes: Buffer, done: Done) => void;

/**
 * Collects what a connection sends, so that a turn leaves in one write. While a write is on its way the next bytes wait
 * in the slab: a peer that reads slowly holds full slabs, never one slab per stanza.
 */
export class Outbox {
  #slab: Buffer | undefined;
  #length = 0;
  #writes = 0;
  /** On their way, in order: nearly always one. */
  #first: Buffer | undefined;
  readonly #behind: Buffer[] = [];

  constructor(private readonly write: Write) {}

  /** Bytes collected and not handed over. */
  get bytes(): number {
    return this.#length;
  }

  /** Copies `source[start, end)`. */
  add(source: Buffer, start: number, end: number): void {
    const slab = this.reserve(end - start);
    source.copy(slab, this.#length, start, end);
    this.#length += end - start;
  }

  addText(text: string): void {
    const most = text.length * 3;
    const slab = this.reserve(most > SLAB_BYTES ? Buffer.byteLength(text) : most);
    this.#length += slab.write(text, this.#length);
  }

  /** Makes sure that the next `bytes` bytes leave in one piece. */
  reserve(bytes: number): Buffer {
    if (this.#slab && this.#length + bytes > this.#slab.length) this.flushNow();
    this.#slab ??= takeSlab(bytes);
    return this.#slab;
  }

  /** Hands over what was collected, at once or as soon as the write before it is done. */
  flush(): void {
    if (this.#writes === 0) this.flushNow();
  }

  /** Hands over what was collected, behind whatever is on its way. */
  flushNow(): void {
    const slab = this.#slab;
    if (!slab || this.#length === 0) return;
    const bytes = slab.subarray(0, this.#length);
    this.#slab = undefined;
    this.#length = 0;
    this.#writes++;
    if (this.#first) this.#behind.push(slab);
    else this.#first = slab;
    this.write(bytes, this.#written);
  }

  /** One for all writes of the connection: they end in the order they began. */
  readonly #written = (error?: Error | null): void => {
    const slab = this.#first;
    this.#first = this.#behind.shift();
    // After an error nobody can say whether the system still looks at the buffer.
    if (slab && !error) giveSlab(slab);
    if (--this.#writes === 0) this.flush();
  };
}
