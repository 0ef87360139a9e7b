/** Ids of the journal; `undefined` stands for a stanza that has no row. */
type Sent = bigint | undefined;

/** What was sent over one stream and is not acknowledged: the oldest first. XEP-0198 §4 counts stanzas with and without a row. */
export class SentWindow {
  #entries: Sent[] = [];
  #first = 0;

  get length(): number {
    return this.#entries.length - this.#first;
  }

  /** The oldest row in it. */
  get firstRow(): bigint | undefined {
    return this.#entries.slice(this.#first).find((id) => id !== undefined);
  }

  push(id: Sent): void {
    this.#entries.push(id);
  }

  /** So many more were acknowledged: returns the rows among them. Throws a RangeError when there are fewer. */
  acknowledge(count: number): bigint[] {
    if (count > this.length) throw new RangeError(`${count} stanzas acknowledged of ${this.length}`);
    const end = this.#first + count;
    const rows = this.#entries.slice(this.#first, end).filter((id) => id !== undefined);
    this.#first = end;
    // Given back now and then, so that each costs the same.
    if (this.#first > 1_000 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    return rows;
  }

  clear(): void {
    this.#entries = [];
    this.#first = 0;
  }
}
