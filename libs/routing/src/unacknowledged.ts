import { Position } from './position.js';
import { idText } from './stanza-ids.js';

/**
 * How an entry of the journal was sent to a device: as it is, as a copy of what another device of the account sent or
 * received (XEP-0280), with the time it was sent because the device was away then (XEP-0203), or as something said in a
 * room, with the device's own address put in.
 */
export const FORMS = ['plain', 'sent copy', 'received copy', 'delayed', 'room'] as const;
export type Form = (typeof FORMS)[number];

/** Not in the journal: its bytes are kept. */
const OTHER = 255;
const SMALLEST = 16;
/** Stanzas a device may leave without acknowledgement, and bytes of those that are not in the journal. */
export const MOST_UNACKNOWLEDGED = 4096;
export const MOST_OTHER_BYTES = 1_048_576;
/** After so many stanzas an acknowledgement is asked for. */
const ASK_AFTER = 16;
const COUNTER = 2 ** 32;

/** A stanza that was sent and not acknowledged: a mark on the journal, or its bytes. */
export type Sent = { readonly id: string; readonly form: Form } | { readonly bytes: Buffer };

/**
 * What a device has been sent and has not acknowledged, in order. Messages are marks on the journal, 9 bytes each; what
 * is not in the journal keeps its bytes, within a bound. XEP-0198 §4
 */
export class Unacknowledged {
  /** Position of the latest entry of the journal that was acknowledged: all before it were too. */
  readonly acknowledgedUpTo = new Position();
  /** All stanzas since stream management was enabled; `h` is this modulo 2³². */
  #sent: number;
  #acknowledged: number;
  #asked: number;
  #otherBytes = 0;
  #high = new Uint32Array(SMALLEST);
  #low = new Uint32Array(SMALLEST);
  #form = new Uint8Array(SMALLEST);
  /** By number of the stanza. */
  readonly #others = new Map<number, Buffer>();

  /** `count`: stanzas sent and acknowledged before. */
  constructor(count = 0) {
    this.#sent = count;
    this.#acknowledged = count;
    this.#asked = count;
  }

  get sent(): number {
    return this.#sent;
  }
  get acknowledged(): number {
    return this.#acknowledged;
  }
  get size(): number {
    return this.#sent - this.#acknowledged;
  }

  /** The device takes nothing, or does not say so: its stream should end until it comes back. */
  get isFull(): boolean {
    return this.size >= MOST_UNACKNOWLEDGED || this.#otherBytes > MOST_OTHER_BYTES;
  }

  /** An entry of the journal was sent. */
  recorded(high: number, low: number, form: Form): void {
    this.#place(high, low, FORMS.indexOf(form));
  }

  /** Something else was sent; the bytes are kept as they are. */
  other(bytes: Buffer): void {
    this.#place(0, 0, OTHER);
    this.#others.set(this.#sent, bytes);
    this.#otherBytes += bytes.length;
  }

  /** True when it is time to ask for an acknowledgement; `now` asks for the first stanza as well. */
  shouldAsk(now = false): boolean {
    if (this.#asked === this.#sent || (!now && this.#sent - Math.max(this.#asked, this.#acknowledged) < ASK_AFTER))
      return false;
    this.#asked = this.#sent;
    return true;
  }

  /** The peer has handled `h` stanzas, modulo 2³². False, and nothing is changed, when it was not sent so many. XEP-0198 §6 */
  acknowledge(h: number): boolean {
    const more = (((h - this.#acknowledged) % COUNTER) + COUNTER) % COUNTER;
    if (more > this.size) return false;
    for (let number = this.#acknowledged + 1; number <= this.#acknowledged + more; number++) this.#forget(number);
    this.#acknowledged += more;
    return true;
  }

  /** What is not acknowledged, oldest first. */
  *entries(): Iterable<Sent> {
    for (let number = this.#acknowledged + 1; number <= this.#sent; number++) {
      const at = number % this.#form.length;
      const bytes = this.#others.get(number);
      if (bytes) yield { bytes };
      else {
        const id = idText(this.#high[at]!, this.#low[at]!);
        yield { id, form: FORMS[this.#form[at]!]! };
      }
    }
  }

  #place(high: number, low: number, form: number): void {
    if (this.size + 1 >= this.#form.length) this.#grow();
    const at = ++this.#sent % this.#form.length;
    this.#high[at] = high;
    this.#low[at] = low;
    this.#form[at] = form;
  }

  #forget(number: number): void {
    const at = number % this.#form.length;
    if (this.#form[at] !== OTHER) return this.acknowledgedUpTo.moveTo(this.#high[at]!, this.#low[at]!);
    this.#otherBytes -= this.#others.get(number)?.length ?? 0;
    this.#others.delete(number);
  }

  #grow(): void {
    const size = this.#form.length * 2;
    const [high, low, form] = [new Uint32Array(size), new Uint32Array(size), new Uint8Array(size)];
    for (let number = this.#acknowledged + 1; number <= this.#sent; number++) {
      const [from, to] = [number % this.#form.length, number % size];
      high[to] = this.#high[from]!;
      low[to] = this.#low[from]!;
      form[to] = this.#form[from]!;
    }
    this.#high = high;
    this.#low = low;
    this.#form = form;
  }
}
