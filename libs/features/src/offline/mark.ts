const NOTHING = '0'.repeat(16);

/**
 * Up to which message of the journal one account has been served. Held as two halves, so that moving it with every
 * message that is delivered makes nothing.
 */
export class Mark {
  #high = 0;
  #low = 0;

  /** `text`: 16 hexadecimal digits; left out, nothing has been delivered yet. */
  constructor(text: string = NOTHING) {
    this.#set(text);
  }

  get text(): string {
    return this.#high.toString(16).padStart(8, '0') + this.#low.toString(16).padStart(8, '0');
  }

  /** Forward only. */
  moveTo(high: number, low: number): void {
    if (high < this.#high || (high === this.#high && low <= this.#low)) return;
    this.#high = high;
    this.#low = low;
  }

  /** Forward only, by text. */
  read(text: string): void {
    if (text > this.text) this.#set(text);
  }

  /** What was read since could not be delivered: it waits again. */
  goBack(text: string): void {
    this.#set(text);
  }

  #set(text: string): void {
    this.#high = Number.parseInt(text.slice(0, 8), 16);
    this.#low = Number.parseInt(text.slice(8), 16);
  }
}
