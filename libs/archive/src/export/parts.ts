import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { GrowingFile } from './growing-file.js';

/** Which part is written, and how much of it is on the disk. */
export interface PartsState {
  readonly part: number;
  readonly size: number;
}

/** What stands in a part beside its entries. */
export interface Frame {
  readonly head: Buffer;
  readonly tail: Buffer;
}

/** Files of one format, `messages-0001.csv` and so on, none larger than it may be unless one entry alone is. */
export class Parts {
  #file: GrowingFile;
  #part: number;

  constructor(
    private readonly folder: string,
    private readonly extension: string,
    private readonly frame: Frame,
    private readonly splitBytes: number,
    from: PartsState = { part: 1, size: 0 },
  ) {
    this.#part = from.part;
    this.#removeLater();
    this.#file = this.#open(from.size);
  }

  write(entry: Buffer): void {
    const { head, tail } = this.frame;
    const full = this.#file.size + entry.length + tail.length > this.splitBytes;
    if (full && this.#file.size > head.length) this.#next();
    this.#file.write(entry);
  }

  safe(): PartsState {
    return { part: this.#part, size: this.#file.safe() };
  }

  close(): void {
    this.#file.write(this.frame.tail);
    this.#file.close();
  }

  #next(): void {
    this.close();
    this.#part++;
    this.#file = this.#open(0);
  }

  #open(size: number): GrowingFile {
    const file = new GrowingFile(path.join(this.folder, partName(this.#part, this.extension)), size);
    if (size === 0) file.write(this.frame.head);
    return file;
  }

  /** Parts that were begun after what is known to be safe. */
  #removeLater(): void {
    for (const name of readdirSync(this.folder)) {
      if (/^messages-\d{4,}\./.test(name) && name > partName(this.#part, this.extension))
        rmSync(path.join(this.folder, name));
    }
  }
}

export function partName(part: number, extension: string): string {
  return `messages-${String(part).padStart(4, '0')}.${extension}`;
}
