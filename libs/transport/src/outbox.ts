import { giveSlab, SLAB_BYTES, takeSlab } from './slab.js';

/** Takes what an outbox has collected; calls `done` when the bytes are on their way and the buffer is free again. */
export type Write = (bytes: Buffer, done: () => void) => void;

/** Collects what a connection sends during a turn, so that it leaves in one write. */
export class Outbox {
  #slab: Buffer | undefined;
  #length = 0;

  constructor(private readonly write: Write) {}

  get bytes(): number {
    return this.#length;
  }

  /** Copies `source[start, end)`. */
  add(source: Buffer, start: number, end: number): void {
    const length = end - start;
    const slab = this.#room(length);
    source.copy(slab, this.#length, start, end);
    this.#length += length;
  }

  addText(text: string): void {
    const most = text.length * 3;
    const slab = this.#room(most > SLAB_BYTES ? Buffer.byteLength(text) : most);
    this.#length += slab.write(text, this.#length);
  }

  /** Hands over what was collected. */
  flush(): void {
    const slab = this.#slab;
    if (!slab) return;
    const bytes = slab.subarray(0, this.#length);
    this.#slab = undefined;
    this.#length = 0;
    this.write(bytes, () => giveSlab(slab));
  }

  #room(bytes: number): Buffer {
    if (this.#slab && this.#length + bytes > this.#slab.length) this.flush();
    this.#slab ??= takeSlab(bytes);
    return this.#slab;
  }
}
