import { idText } from './stanza-ids.js';

const NOTHING = '0'.repeat(16);

/**
 * A place in the journal: everything with an id up to it lies behind. Held as two halves, so that moving it with every
 * message makes nothing.
 */
export class Position {
  high = 0;
  low = 0;

  /** `text`: 16 hexadecimal digits; left out, before everything. */
  constructor(text: string = NOTHING) {
    this.goTo(text);
  }

  get text(): string {
    return idText(this.high, this.low);
  }

  /** True when this id lies ahead. */
  isBefore(high: number, low: number): boolean {
    return high > this.high || (high === this.high && low > this.low);
  }

  /** Forward only. */
  moveTo(high: number, low: number): void {
    if (!this.isBefore(high, low)) return;
    this.high = high;
    this.low = low;
  }

  /** Forward only, by text. */
  read(text: string): void {
    if (text > this.text) this.goTo(text);
  }

  /** Anywhere. */
  goTo(text: string): void {
    this.high = Number.parseInt(text.slice(0, 8), 16);
    this.low = Number.parseInt(text.slice(8), 16);
  }
}
