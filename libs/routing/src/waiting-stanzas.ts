import { Position } from './position.js';

/** Bytes and stanzas that may wait for a device that is away; beyond this it cannot be resumed. */
const MOST_BYTES = 524_288;
const MOST_STANZAS = 4096;
/** Enough of a stanza to hold its start tag with the longest address. */
const START_TAG_BYTES = 4096;

interface Waiting {
  readonly bytes: Buffer;
  /** The place in the journal at which it came: messages up to there go before it. */
  readonly high: number;
  readonly low: number;
}

/**
 * Stanzas outside the journal (presence, IQs) for a device that is away, in order. Of one device's presence only the
 * latest is kept: what it said before is no longer true.
 */
export class WaitingStanzas {
  readonly #all = new Map<string | number, Waiting>();
  #bytes = 0;
  #next = 0;

  get isOverflowing(): boolean {
    return this.#bytes > MOST_BYTES || this.#all.size > MOST_STANZAS;
  }

  /** Keeps `bytes` as they are. */
  add(bytes: Buffer, at: Position): void {
    const key = presenceOf(bytes) ?? this.#next++;
    this.#remove(key);
    this.#all.set(key, { bytes, high: at.high, low: at.low });
    this.#bytes += bytes.length;
  }

  /** Takes what came up to this position, oldest first; everything when none is given. */
  *take(until?: Position): Iterable<Buffer> {
    for (const [key, { bytes, high, low }] of this.#all) {
      if (until?.isBefore(high, low)) continue;
      this.#remove(key);
      yield bytes;
    }
  }

  #remove(key: string | number): void {
    const known = this.#all.get(key);
    if (!known) return;
    this.#bytes -= known.bytes.length;
    this.#all.delete(key);
  }
}

/** Whose presence it is, when it says whether somebody is there; requests for subscription all count. */
function presenceOf(bytes: Buffer): string | undefined {
  if (bytes.toString('latin1', 0, 9) !== '<presence') return undefined;
  const head = bytes.toString('utf8', 0, Math.min(bytes.length, START_TAG_BYTES));
  const tag = head.slice(0, head.indexOf('>'));
  const type = attribute(tag, 'type');
  return type === undefined || type === 'unavailable' ? attribute(tag, 'from') : undefined;
}

/** The value of an attribute in a start tag that we wrote ourselves. */
function attribute(tag: string, name: string): string | undefined {
  for (const quote of [`'`, `"`]) {
    const start = tag.indexOf(` ${name}=${quote}`);
    if (start >= 0) return tag.slice(start + name.length + 3, tag.indexOf(quote, start + name.length + 3));
  }
  return undefined;
}
