import fs from 'node:fs';
import path from 'node:path';
import { type Checkpoint, openCheckpoint } from './checkpoint.js';
import { entryHash, type Entry, KEPT_LEAVES, LogFiles, type Source } from './log-files.js';
import { CompactRange, consistencyProof, HASH_BYTES, nodeHash, proofOf, splitOf } from './merkle.js';

/** The file with the latest signed checkpoint. */
export const CHECKPOINT_FILE = 'checkpoint';
/** The file with the history of keys. */
export const KEYS_FILE = 'keys.json';

/** A signed checkpoint. */
export interface SignedCheckpoint extends Checkpoint {
  /** With its signatures. */
  readonly note: string;
}

/**
 * The sealed log as its files have it, read only: safe in any process or thread beside the one that writes. It trusts the
 * files; whoever verifies goes over every entry (verify-log.ts).
 */
export class SealedLog {
  readonly #files: LogFiles;

  /** Undefined when nothing was ever sealed. */
  static open(folder: string): SealedLog | undefined {
    return fs.existsSync(path.join(folder, CHECKPOINT_FILE)) ? new SealedLog(folder) : undefined;
  }

  private constructor(private readonly folder: string) {
    this.#files = LogFiles.openToRead(folder);
  }

  /** The latest that was signed. Throws when the file holds none. */
  latest(): SignedCheckpoint {
    const note = fs.readFileSync(path.join(this.folder, CHECKPOINT_FILE), 'utf8');
    const checkpoint = openCheckpoint(note);
    if (!checkpoint) throw new Error(`${CHECKPOINT_FILE} holds no checkpoint`);
    return { ...checkpoint, note };
  }

  /** The history of keys as it is published: JSON. */
  keys(): string {
    return fs.readFileSync(path.join(this.folder, KEYS_FILE), 'utf8');
  }

  entries(start: number, end: number): Generator<Entry> {
    return this.#files.entries(start, end);
  }

  /** The id of the last row of this source among the first `size`; undefined when there is none. */
  lastId(source: Source, size = this.latest().size): string | undefined {
    for (let end = size; end > 0; end -= KEPT_LEAVES) {
      const entries = [...this.entries(Math.max(0, end - KEPT_LEAVES), end)];
      const last = entries.findLast((entry) => entry.source === source);
      if (last) return last.id;
    }
    return undefined;
  }

  /** Finds positions; asked for in ascending order it goes through the log once. */
  cursor(source: Source = 'journal', size = this.latest().size): LogCursor {
    return new LogCursor((start, end) => [...this.entries(start, end)], { source, size });
  }

  /** The hashes that, with the leaves at these ascending positions, give the root of the first `size`. */
  async writeProof(
    positions: AsyncIterable<number> | Iterable<number>,
    size: number,
    write: (bytes: Buffer) => void | Promise<void>,
  ): Promise<void> {
    for await (const node of proofOf(positions, size, this.subtree)) await write(node);
  }

  /** Shows that the first `from` leaves are the beginning of the first `size`. */
  consistency(from: number, size: number): Buffer[] {
    return consistencyProof(from, size, this.subtree);
  }

  /** The root over the leaves from `start` up to `end`, a stretch as a tree is divided. */
  readonly subtree = (start: number, end: number): Buffer => {
    const count = end - start;
    if (count <= KEPT_LEAVES) return rootOf(this.#files.read(start, end), count);
    if (count % KEPT_LEAVES === 0 && start % KEPT_LEAVES === 0) return this.#ofKept(start, end);
    const middle = start + splitOf(count);
    return nodeHash(this.subtree(start, middle), this.subtree(middle, end));
  };

  #ofKept(start: number, end: number): Buffer {
    const roots = this.#files.readSubtrees(start / KEPT_LEAVES, end / KEPT_LEAVES);
    const range = new CompactRange();
    for (let at = 0; at < roots.length; at += HASH_BYTES) range.add(roots.subarray(at, at + HASH_BYTES));
    return range.root;
  }

  close(): void {
    this.#files.close();
  }
}

/** The root over so many entries. */
function rootOf(entries: Buffer, count: number): Buffer {
  const range = new CompactRange();
  for (let i = 0; i < count; i++) range.add(entryHash(entries, i));
  return range.root;
}

const WINDOW = 1_024;

/** Finds the position of rows of one source: by halving, or onwards from where it is. */
export class LogCursor {
  #window: readonly Entry[] = [];
  #index = 0;

  constructor(
    private readonly read: (start: number, end: number) => readonly Entry[],
    private readonly of: { readonly source: Source; readonly size: number },
  ) {}

  /** Undefined when the row is not in the log. */
  positionOf(id: string): number | undefined {
    const isBehind = this.#window.some((entry) => entry.source === this.of.source && entry.id < id);
    if (!isBehind) this.#seek(id);
    for (;;) {
      for (; this.#index < this.#window.length; this.#index++) {
        const entry = this.#window[this.#index]!;
        if (entry.source !== this.of.source || entry.id < id) continue;
        return entry.id === id ? entry.position : undefined;
      }
      if (!this.#onwards()) return undefined;
    }
  }

  #onwards(): boolean {
    const start = (this.#window.at(-1)?.position ?? -1) + 1;
    return this.#load(start);
  }

  #load(start: number): boolean {
    this.#window = start < this.of.size ? this.read(start, Math.min(start + WINDOW, this.of.size)) : [];
    this.#index = 0;
    return this.#window.length > 0;
  }

  /** To the last position whose row of this source, or the next one there is, comes before `id` or is it. */
  #seek(id: string): void {
    let [low, high] = [0, this.of.size];
    while (high - low > WINDOW) {
      const middle = Math.floor((low + high) / 2);
      const found = this.#firstFrom(middle, high);
      if (found === undefined || found > id) high = middle;
      else low = middle;
    }
    this.#load(low);
  }

  #firstFrom(start: number, end: number): string | undefined {
    for (let from = start; from < end; from += WINDOW) {
      const found = this.read(from, Math.min(from + WINDOW, end)).find(({ source }) => source === this.of.source);
      if (found) return found.id;
    }
    return undefined;
  }
}
