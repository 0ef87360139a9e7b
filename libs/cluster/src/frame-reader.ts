/** Length of the body and kind, before each body. */
export const FRAME_HEAD_BYTES = 5;

/** The other end announces a frame that is larger than it may be. */
export class FrameTooLarge extends Error {
  override readonly name = 'FrameTooLarge';
}

/**
 * Cuts a stream of bytes into frames: 4 bytes for the length of the body, big-endian, 1 for the kind, then the body. A
 * body that came in one piece is not copied.
 */
export class FrameReader {
  /** May be changed at any time. */
  maxBytes: number;
  readonly #head = Buffer.alloc(FRAME_HEAD_BYTES);
  #headBytes = 0;
  #kind = 0;
  #body: Buffer | undefined;
  #bodyBytes = 0;

  /** `frame`: its body is valid during the call. */
  constructor(
    maxBytes: number,
    private readonly frame: (kind: number, body: Buffer) => void,
  ) {
    this.maxBytes = maxBytes;
  }

  /** Throws FrameTooLarge, and whatever `frame` throws; the reader is of no use then. */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length || this.#isComplete;) {
      if (this.#body) at = this.#fill(this.#body, chunk, at);
      else if (this.#headBytes > 0 || chunk.length - at < FRAME_HEAD_BYTES) at = this.#headBytewise(chunk, at);
      else at = this.#begin(chunk, at, chunk);
    }
  }

  /** A body of no bytes is complete before more has come. */
  get #isComplete(): boolean {
    return this.#body !== undefined && this.#bodyBytes === this.#body.length;
  }

  #headBytewise(chunk: Buffer, from: number): number {
    const taken = Math.min(FRAME_HEAD_BYTES - this.#headBytes, chunk.length - from);
    chunk.copy(this.#head, this.#headBytes, from, from + taken);
    this.#headBytes += taken;
    if (this.#headBytes < FRAME_HEAD_BYTES) return from + taken;
    this.#headBytes = 0;
    this.#begin(this.#head, 0, chunk);
    return from + taken;
  }

  /** Returns where the next frame begins in `chunk`, when head and body both lie there. */
  #begin(head: Buffer, at: number, chunk: Buffer): number {
    const length = head.readUInt32BE(at);
    if (length > this.maxBytes) throw new FrameTooLarge(`a frame of ${length} bytes; ${this.maxBytes} is the most`);
    const kind = head[at + 4]!;
    const start = at + FRAME_HEAD_BYTES;
    if (head === chunk && chunk.length - start >= length) {
      this.frame(kind, chunk.subarray(start, start + length));
      return start + length;
    }
    this.#kind = kind;
    this.#body = Buffer.allocUnsafeSlow(length);
    this.#bodyBytes = 0;
    return start;
  }

  #fill(body: Buffer, chunk: Buffer, from: number): number {
    const taken = Math.min(body.length - this.#bodyBytes, chunk.length - from);
    chunk.copy(body, this.#bodyBytes, from, from + taken);
    this.#bodyBytes += taken;
    if (this.#bodyBytes < body.length) return from + taken;
    this.#body = undefined;
    this.frame(this.#kind, body);
    return from + taken;
  }
}
