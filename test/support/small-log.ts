import { createHash } from 'node:crypto';
import type { Database } from '@interoffice/storage';

interface LogRow {
  readonly id: string;
  readonly leaf: Buffer;
}

const sha256 = (...parts: readonly Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const ZERO = Buffer.of(0);
const ONE = Buffer.of(1);

/** The leaf hash of a row of the journal in the sealed log. */
export function entryHash({ id, leaf }: LogRow): Buffer {
  return sha256(ZERO, ONE, Buffer.from(id, 'hex'), leaf);
}

/** Where a tree of so many leaves is divided: the largest power of two below. RFC 6962 §2.1 */
function half(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1));
}

/** A log in memory over the rows of a journal, up to `upTo`: what the sealed log is to an export, written a second time. */
export class SmallLog {
  #entries: readonly LogRow[] = [];

  static async of(database: Database, upTo?: string): Promise<SmallLog> {
    const log = new SmallLog();
    const text = `SELECT lpad(to_hex(id), 16, '0') AS id, leaf FROM journal ORDER BY id`;
    const rows = await database.query<LogRow>('reader', text);
    log.#entries = rows.filter(({ id }) => upTo === undefined || id <= upTo);
    return log;
  }

  get root(): Buffer {
    return this.#hash(0, this.#entries.length);
  }

  cut(): { note: string; size: number; lastId: string } {
    const note = `small.example\n${this.#entries.length}\n${this.root.toString('base64')}\n`;
    return { note, size: this.#entries.length, lastId: this.#entries.at(-1)!.id };
  }

  keys(): string {
    return '[]\n';
  }

  cursor(): { positionOf(id: string): number | undefined } {
    const positions = new Map(this.#entries.map(({ id }, position) => [id, position]));
    return { positionOf: (id) => positions.get(id) };
  }

  async writeProof(
    positions: Iterable<number>,
    size: number,
    write: (bytes: Buffer) => void | Promise<void>,
  ): Promise<void> {
    const known = new Set(positions);
    const walk = async (low: number, high: number): Promise<void> => {
      if (![...known].some((position) => position >= low && position < high)) {
        await write(this.#hash(low, high));
        return;
      }
      if (high - low === 1) return;
      const middle = low + half(high - low);
      await walk(low, middle);
      await walk(middle, high);
    };
    await walk(0, size);
  }

  #hash(low: number, high: number): Buffer {
    if (high - low === 1) return entryHash(this.#entries[low]!);
    const middle = low + half(high - low);
    return sha256(ONE, this.#hash(low, middle), this.#hash(middle, high));
  }
}

/** The root that records at their positions and a proof lead to. Throws where the proof is too short or too long. */
export function rootFrom(records: ReadonlyMap<number, LogRow>, size: number, proof: Buffer): Buffer {
  let at = 0;
  const walk = (low: number, high: number): Buffer => {
    const isShown = [...records.keys()].some((position) => position >= low && position < high);
    if (!isShown) {
      at += 32;
      if (at > proof.length) throw new Error('the proof is too short');
      return proof.subarray(at - 32, at);
    }
    if (high - low === 1) return entryHash(records.get(low)!);
    const middle = low + half(high - low);
    return sha256(ONE, walk(low, middle), walk(middle, high));
  };
  const root = walk(0, size);
  if (at !== proof.length) throw new Error('the proof is too long');
  return root;
}
