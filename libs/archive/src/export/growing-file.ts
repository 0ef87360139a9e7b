import { closeSync, fdatasyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';

const BUFFER_BYTES = 256 * 1024;

/** A file that grows, and goes on after a kill from a size that was written down when it was safe. */
export class GrowingFile {
  readonly #fd: number;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #size: number;

  constructor(
    readonly path: string,
    size = 0,
  ) {
    this.#fd = openSync(path, size === 0 ? 'w' : 'r+');
    ftruncateSync(this.#fd, size);
    this.#size = size;
  }

  /** With what waits to be written. */
  get size(): number {
    return this.#size;
  }

  write(bytes: Buffer | string): void {
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    this.#waiting.push(buffer);
    this.#waitingBytes += buffer.length;
    this.#size += buffer.length;
    if (this.#waitingBytes >= BUFFER_BYTES) this.#flush();
  }

  /** Everything would survive a power cut then. */
  safe(): number {
    this.#flush();
    fdatasyncSync(this.#fd);
    return this.#size;
  }

  close(): void {
    this.safe();
    closeSync(this.#fd);
  }

  #flush(): void {
    if (this.#waitingBytes === 0) return;
    const bytes = Buffer.concat(this.#waiting.splice(0));
    let at = this.#size - this.#waitingBytes;
    this.#waitingBytes = 0;
    for (let done = 0; done < bytes.length;) {
      const written = writeSync(this.#fd, bytes, done, bytes.length - done, at);
      done += written;
      at += written;
    }
  }
}

/** A whole file, on the disk when this returns. */
export function writeFile(file: string, text: string): void {
  const growing = new GrowingFile(file);
  growing.write(text);
  growing.close();
}
