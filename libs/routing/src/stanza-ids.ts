import type { Clock } from '@interoffice/telemetry';

/** Ids count milliseconds from here; 42 bits of them last until the year 2163. */
const EPOCH_MS = Date.UTC(2024, 0, 1);
const SEQUENCES_PER_MS = 4096;
const NODES = 1024;

/** When an id was given, in ms since 1970: the time of its row. */
export function momentOf({ idHigh, idLow }: { readonly idHigh: number; readonly idLow: number }): number {
  return EPOCH_MS + idHigh * 1024 + (idLow >>> 22);
}

/**
 * The one id of a message: journal, stanza-id and MAM. 64 bits: 42 of time, 12 of sequence, 10 of the node, so ids of a
 * process rise strictly and two nodes never give the same. Held as two unsigned halves: nothing is allocated.
 */
export class StanzaIds {
  high = 0;
  low = 0;
  /** The moment the last id was given, in ms since 1970: rises even when the clock is set back. */
  atMs = 0;
  #sequence = 0;

  constructor(
    private readonly clock: Clock,
    private readonly node = 0,
  ) {
    if (!Number.isInteger(node) || node < 0 || node >= NODES) throw new RangeError('A node number is 0 to 1023.');
  }

  /** What was given before this process began, by whatever clock: the next id is later. 16 hexadecimal digits. */
  startAfter(id: string): void {
    const ms = Number(BigInt(`0x${id}`) >> 22n) + EPOCH_MS;
    if (ms < this.atMs) return;
    this.atMs = ms;
    this.#sequence = SEQUENCES_PER_MS - 1;
  }

  /** Moves on to the next id: read `high`, `low` and `atMs` afterwards. */
  next(): void {
    const now = this.clock.now();
    if (now > this.atMs) {
      this.atMs = now;
      this.#sequence = 0;
    } else if (++this.#sequence === SEQUENCES_PER_MS) {
      // More than 4096 in one millisecond, or the clock was set back: borrow from the future, order matters more.
      this.atMs++;
      this.#sequence = 0;
    }
    const ms = this.atMs - EPOCH_MS;
    // time << 22 | sequence << 10 | node, in two halves: the low one takes 10 bits of time.
    this.high = Math.floor(ms / 1024) >>> 0;
    this.low = (((ms % 1024) << 22) | (this.#sequence << 10) | this.node) >>> 0;
  }

  /** The id as it appears on the wire: 16 lower-case hexadecimal digits. */
  get text(): string {
    return idText(this.high, this.low);
  }
}

/** An id given in two halves of 32 bits, as it appears on the wire: 16 lower-case hexadecimal digits. */
export function idText(high: number, low: number): string {
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}
