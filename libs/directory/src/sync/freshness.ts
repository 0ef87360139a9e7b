/**
 * Readings of a directory overlap: everybody is read for a minute while those online are looked at every few seconds.
 * What began to be read earlier says nothing against what was read later and is written already. What is remembered here
 * ends with the last reading that is under way.
 */
export class Freshness {
  readonly #open = new Set<number>();
  /** By stable id, the number of the reading that was written last. */
  readonly #written = new Map<string, number>();
  #last = 0;

  begin(): number {
    const reading = ++this.#last;
    this.#open.add(reading);
    return reading;
  }

  end(reading: number): void {
    this.#open.delete(reading);
    if (this.#open.size === 0) this.#written.clear();
  }

  /** True when something that was read later is written of this entry. */
  isStale(reading: number, id: string): boolean {
    return (this.#written.get(id) ?? 0) > reading;
  }

  /** These entries stand in the records as this reading has them. */
  wrote(reading: number, ids: Iterable<string>): void {
    for (const id of ids) if (!this.isStale(reading, id)) this.#written.set(id, reading);
  }
}
