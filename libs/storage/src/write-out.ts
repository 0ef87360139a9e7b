import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

const EVERY_MS = 1_000;
const LIST_EVERY = 10;
const ENOUGH_BYTES = 64 * 1024;
/** Below this a table is not looked at every second: most never come to it. */
const LARGE_BYTES = 1024 * 1024;
/** Tables and indexes of PostgreSQL itself have lower numbers; they hardly grow. */
const FIRST_OF_OURS = 16_384;
const SEGMENT = /^(\d+)(?:\.(\d+))?$/;

export interface WriteOutParts {
  /** The folder `base` of a cluster on this machine. */
  readonly base: string;
  /**
   * Called when the disk did not take something. The operating system says so once, to whoever asks first: PostgreSQL would
   * not hear of it with its next checkpoint, and has to make those pages again from its log.
   */
  readonly onFailed: (error: Error) => void;
  /** How a file is sent to the disk: fdatasync(2). */
  readonly datasync?: (file: FileHandle) => Promise<void>;
}

interface Seen {
  readonly file: string;
  size: number;
}

/**
 * Sends what tables and indexes have grown by to the disk, every second. PostgreSQL makes a file longer by writing zeros, and
 * the operating system keeps those until they are half a minute old, to write them in one go; after a busy half minute every
 * commit of that moment waits behind them, for 100 to 200 ms. docs/decisions/0060
 */
export class WriteOut {
  readonly #seen = new Map<number, Seen>();
  #timer: NodeJS.Timeout | undefined;
  #passes = 0;

  constructor(private readonly parts: WriteOutParts) {}

  start(): void {
    this.#timer ??= setTimeout(() => void this.#run(), EVERY_MS).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #run(): Promise<void> {
    const timer = this.#timer;
    await this.pass();
    if (this.#timer !== timer) return;
    this.#timer = undefined;
    this.start();
  }

  /** One round; gives the files that were sent. Of one that is new here nothing is known to be waiting. */
  async pass(): Promise<readonly string[]> {
    if (this.#passes++ % LIST_EVERY === 0) await this.#list();
    const sent: string[] = [];
    for (const seen of this.#seen.values()) {
      const size = await sizeOf(seen.file);
      if (size - seen.size < ENOUGH_BYTES) continue;
      seen.size = size;
      if (await this.#send(seen.file)) sent.push(seen.file);
    }
    return sent;
  }

  async #send(file: string): Promise<boolean> {
    // Dropped meanwhile.
    const handle = await open(file, 'r+').catch(() => undefined);
    if (!handle) return false;
    try {
      await (this.parts.datasync?.(handle) ?? handle.datasync());
      return true;
    } catch (error) {
      this.parts.onFailed(error as Error);
      return false;
    } finally {
      await handle.close();
    }
  }

  /** Of a table in several segments the last one grows. */
  async #list(): Promise<void> {
    const found = new Map<number, { file: string; segment: number }>();
    for (const folder of await entries(this.parts.base)) {
      for (const name of await entries(path.join(this.parts.base, folder))) {
        const [, number, segment = 0] = SEGMENT.exec(name) ?? [];
        if (number === undefined || Number(number) < FIRST_OF_OURS) continue;
        if ((found.get(Number(number))?.segment ?? -1) >= Number(segment)) continue;
        found.set(Number(number), { file: path.join(this.parts.base, folder, name), segment: Number(segment) });
      }
    }
    for (const number of this.#seen.keys()) if (!found.has(number)) this.#seen.delete(number);
    for (const [number, { file }] of found) {
      if (this.#seen.get(number)?.file === file) continue;
      const size = await sizeOf(file);
      if (size >= LARGE_BYTES) this.#seen.set(number, { file, size: this.#passes > 1 ? 0 : size });
    }
  }
}

/** None of what is not there, or no longer: tables come and go. */
async function entries(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
