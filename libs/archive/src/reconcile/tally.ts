import { FIRST_ID, formatId } from '../ids.js';
import type { Party } from '../recordable.js';

/** A stretch of the journal as it was counted before it got there. */
export interface TalliedStretch {
  /** Rows with ids above `after` up to `upTo`, 16 hexadecimal digits each. */
  readonly after: string;
  readonly upTo: string;
  /** How many rows there must be, by author: `address/device`, the stream they came over. */
  readonly streams: ReadonlyMap<string, number>;
  readonly total: number;
}

/** More streams than these in one stretch are counted together. */
const MOST_STREAMS = 200_000;
export const OTHERS = '(others)';

/**
 * Counts what was decided to be recorded where it is decided, and knows nothing of how it is recorded: what the journal
 * has is compared with it (reconciliation.ts).
 */
export class Tally {
  #after: string;
  #high = 0;
  #low = 0;
  #counts = new Map<Party, number>();
  #others = 0;

  /** `latestId`: what was in the journal before anything is counted. */
  constructor(latestId: string = FIRST_ID) {
    this.#after = latestId;
    this.#high = parseInt(latestId.slice(0, 8), 16);
    this.#low = parseInt(latestId.slice(8), 16);
  }

  /** A row of this author is about to be appended with this id; ids rise. */
  count(author: Party, idHigh: number, idLow: number): void {
    this.#high = idHigh;
    this.#low = idLow;
    const known = this.#counts.get(author);
    if (known !== undefined) this.#counts.set(author, known + 1);
    else if (this.#counts.size < MOST_STREAMS) this.#counts.set(author, 1);
    else this.#others++;
  }

  /** It was counted and was not recorded after all: PostgreSQL refused its content, and its author was told. */
  uncount(author: Party): void {
    const known = this.#counts.get(author);
    if (known === undefined) this.#others--;
    else this.#counts.set(author, known - 1);
  }

  /** Ends the stretch and begins the next one; undefined when nothing was counted. */
  cut(): TalliedStretch | undefined {
    const upTo = formatId(this.#high, this.#low);
    const after = this.#after;
    if (upTo === after) return undefined;
    const streams = new Map<string, number>();
    let total = this.#others;
    // Two sessions of one resource, one after the other, are one stream here: the journal cannot tell them apart.
    for (const [{ bare, device }, count] of this.#counts) {
      const stream = streamOf(bare.toString('utf8'), device.toString('utf8'));
      streams.set(stream, (streams.get(stream) ?? 0) + count);
      total += count;
    }
    if (this.#others > 0) streams.set(OTHERS, this.#others);
    this.#after = upTo;
    this.#counts = new Map();
    this.#others = 0;
    return { after, upTo, streams, total };
  }
}

/** How a stream is named. */
export function streamOf(address: string, device: string): string {
  return device === '' ? address : `${address}/${device}`;
}
