import { LONG_GRAMS } from './grams.js';

/** A set of 32-bit numbers, filled some hundred times a millisecond: no object and no hash per member. */
export class GramSet {
  #table = new Int32Array(8_192);
  #size = 0;
  /** A bit for each long gram. */
  readonly signature = Buffer.alloc(LONG_GRAMS / 8);

  /** Not 0, which stands for an empty place. */
  add(gram: number): void {
    if (insert(this.#table, gram) && ++this.#size * 2 > this.#table.length) this.#grow();
  }

  addLong(gram: number): void {
    this.signature[gram >>> 3]! |= 1 << (gram & 7);
  }

  /** The members, lowest first. */
  sorted(): Int32Array {
    const members = new Int32Array(this.#size);
    let count = 0;
    for (let at = 0; at < this.#table.length; at++) {
      const gram = this.#table[at]!;
      if (gram !== 0) members[count++] = gram;
    }
    return members.sort();
  }

  #grow(): void {
    const grown = new Int32Array(this.#table.length * 4);
    for (const gram of this.#table) if (gram !== 0) insert(grown, gram);
    this.#table = grown;
  }
}

/** True when it was not there. */
function insert(table: Int32Array, gram: number): boolean {
  const mask = table.length - 1;
  for (let at = (gram ^ (gram >>> 15)) & mask; ; at = (at + 1) & mask) {
    if (table[at] === gram) return false;
    if (table[at] === 0) {
      table[at] = gram;
      return true;
    }
  }
}
