import fs from 'node:fs';
import path from 'node:path';
import { formatId } from '../ids.js';
import { HASH_BYTES, leafHash } from './merkle.js';

/** Whose rows are in the log. */
export const SOURCES = ['journal', 'audit'] as const;
export type Source = (typeof SOURCES)[number];
/** As an entry has it. */
export const SOURCE_BYTE: Readonly<Record<Source, number>> = { journal: 1, audit: 2 };

/** Source, id, salted leaf of the row. docs/compliance/log.md */
export const ENTRY_BYTES = 41;
/** Leaves of the subtrees whose roots are kept. */
export const KEPT_LEVEL = 8;
export const KEPT_LEAVES = 2 ** KEPT_LEVEL;
/** Entries read at once where many are looked at. */
const READ_ENTRIES = 4_096;

/** One entry of the log. */
export interface Entry {
  readonly position: number;
  readonly source: Source;
  /** 16 hexadecimal digits, for both sources. */
  readonly id: string;
  readonly leaf: Buffer;
}

/**
 * The log outside the database: files of records of one length, which only grow. `entries` holds what the leaves of the
 * tree are made of, `subtrees` the roots of every complete 256 of them. Whoever owns the database owns none of them.
 */
export class LogFiles {
  readonly #entries: number;
  readonly #subtrees: number;

  private constructor(
    readonly folder: string,
    private readonly mode: 'r' | 'r+',
  ) {
    const open = (name: string): number => fs.openSync(path.join(folder, name), mode);
    this.#entries = open('entries');
    this.#subtrees = open('subtrees');
  }

  /** For the one that writes; makes what is missing. */
  static openToWrite(folder: string): LogFiles {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of ['entries', 'subtrees']) fs.closeSync(fs.openSync(path.join(folder, name), 'a', 0o600));
    return new LogFiles(folder, 'r+');
  }

  /** For everybody else; throws ENOENT when nothing was ever sealed. */
  static openToRead(folder: string): LogFiles {
    return new LogFiles(folder, 'r');
  }

  /** Whole entries in the file; those behind the latest checkpoint are not sealed yet. */
  get size(): number {
    return Math.floor(fs.fstatSync(this.#entries).size / ENTRY_BYTES);
  }

  /** Entries as they stand in the file. */
  read(start: number, end: number): Buffer {
    return readWhole(this.#entries, { start, end, record: ENTRY_BYTES });
  }

  /** The kept roots of subtrees `start` up to `end`, each of 256 leaves. */
  readSubtrees(start: number, end: number): Buffer {
    return readWhole(this.#subtrees, { start, end, record: HASH_BYTES });
  }

  /** One after the other. */
  *entries(start: number, end: number): Generator<Entry> {
    for (let from = start; from < end; from += READ_ENTRIES) {
      const to = Math.min(from + READ_ENTRIES, end);
      const bytes = this.read(from, to);
      for (let i = 0; i < to - from; i++)
        yield entryOf(bytes.subarray(i * ENTRY_BYTES, (i + 1) * ENTRY_BYTES), from + i);
    }
  }

  /** Writes entries at a position and, from there on, nothing; durable after `sync`. */
  write(entries: Buffer, position: number): void {
    fs.writeSync(this.#entries, entries, 0, entries.length, position * ENTRY_BYTES);
  }

  writeSubtree(root: Buffer, index: number): void {
    fs.writeSync(this.#subtrees, root, 0, HASH_BYTES, index * HASH_BYTES);
  }

  /** Takes away what no checkpoint covers. */
  truncate(size: number): void {
    fs.ftruncateSync(this.#entries, size * ENTRY_BYTES);
    fs.ftruncateSync(this.#subtrees, Math.floor(size / KEPT_LEAVES) * HASH_BYTES);
  }

  sync(): void {
    fs.fdatasyncSync(this.#entries);
    fs.fdatasyncSync(this.#subtrees);
  }

  close(): void {
    fs.closeSync(this.#entries);
    fs.closeSync(this.#subtrees);
  }
}

/** The bytes of an entry in their parts; views on them. */
export function entryOf(bytes: Buffer, position: number): Entry {
  return {
    position,
    source: bytes[0] === SOURCE_BYTE.audit ? 'audit' : 'journal',
    id: formatId(bytes.readUInt32BE(1), bytes.readUInt32BE(5)),
    leaf: bytes.subarray(9, ENTRY_BYTES),
  };
}

/** The hash of an entry as a leaf of the tree, from its bytes. */
export function entryHash(entries: Buffer, index: number): Buffer {
  return leafHash(entries.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES));
}

function readWhole(file: number, { start, end, record }: { start: number; end: number; record: number }): Buffer {
  const bytes = Buffer.allocUnsafe((end - start) * record);
  const read = fs.readSync(file, bytes, 0, bytes.length, start * record);
  if (read !== bytes.length) throw new RangeError(`the files of the seal end before position ${end}`);
  return bytes;
}
