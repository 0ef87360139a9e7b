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

export interface PartsOptions {
  readonly folder: string;
  readonly extension: string;
  readonly splitBytes: number;
  readonly frame: () => Frame;
  /** What `safe` gave. */
  readonly from: unknown;
  /** A part is begun; `file` holds what was written of it before, or nothing. */
  readonly begun?: (file: string, size: number) => void;
}

/** Files of one format, `messages-0001.csv` and so on, none larger than it may be unless one entry alone is. */
export class Parts {
  #file: GrowingFile;
  #part: number;

  constructor(private readonly options: PartsOptions) {
    const { part, size } = (options.from as PartsState | undefined) ?? { part: 1, size: 0 };
    this.#part = part;
    this.#removeLater();
    this.#file = this.#open(size);
  }

  /** Where the next entry begins. */
  get size(): number {
    return this.#file.size;
  }

  /** Whether so many bytes more belong into the next part. */
  isFullFor(bytes: number): boolean {
    const { frame, splitBytes } = this.options;
    const { head, tail } = frame();
    return this.#file.size > head.length && this.#file.size + bytes + tail.length > splitBytes;
  }

  write(entry: Buffer): void {
    if (this.isFullFor(entry.length)) this.next();
    this.append(entry);
  }

  /** Whether it is full or not. */
  append(bytes: Buffer): void {
    this.#file.write(bytes);
  }

  next(): void {
    this.close();
    this.#part++;
    this.#file = this.#open(0);
  }

  safe(): PartsState {
    return { part: this.#part, size: this.#file.safe() };
  }

  close(): void {
    this.#file.write(this.options.frame().tail);
    this.#file.close();
  }

  #open(size: number): GrowingFile {
    const { folder, extension, frame, begun } = this.options;
    const file = path.join(folder, partName(this.#part, extension));
    begun?.(file, size);
    const growing = new GrowingFile(file, size);
    if (size === 0) growing.write(frame().head);
    return growing;
  }

  /** Parts that were begun after what is known to be safe. */
  #removeLater(): void {
    const { folder } = this.options;
    for (const name of readdirSync(folder)) {
      if (/^messages-\d{4,}\./.test(name) && partOf(name) > this.#part) rmSync(path.join(folder, name));
    }
  }
}

function partName(part: number, extension: string): string {
  return `messages-${String(part).padStart(4, '0')}.${extension}`;
}

function partOf(name: string): number {
  return Number(/^messages-(\d+)\./.exec(name)?.[1]);
}
