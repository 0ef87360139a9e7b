import type { MessageKey } from './message-key.js';

/** Numbers of a message: its id and its content. */
const NUMBERS = 3;
const FIRST = 64;
/** Chains of the index: a message is found among four or so. */
const CHAINS = 256;

/**
 * Messages of an account that are not among its latest any more, in a ring that grows with what is sent: adding one
 * touches one line of memory. They are looked at after an unclean end alone, so the index is made then: until the
 * account is in doubt no message pays for it.
 */
export class EarlierMessages {
  #ring = new Int32Array(FIRST * NUMBERS);
  #capacity = FIRST;
  /** Messages added so far; the place of the n-th, counted from 1, is (n - 1) modulo the capacity. */
  #count = 0;
  /** By the last bits of the id: the latest message with them. */
  #heads: Int32Array<ArrayBuffer> | undefined;
  /** By place: the one before it with the same bits. What has been overwritten since ends a chain. */
  #previous: Int32Array<ArrayBuffer> | undefined;

  constructor(private readonly most: number) {}

  add(id: number, content: number, moreContent: number): void {
    if (this.#count === this.#capacity && this.#capacity < this.most) this.#grow();
    const place = this.#count++ % this.#capacity;
    const at = place * NUMBERS;
    this.#ring[at] = id;
    this.#ring[at + 1] = content;
    this.#ring[at + 2] = moreContent;
    if (this.#heads) this.#link(id, place, this.#count);
  }

  /** `same`: this very message. `reused`: another one with its id. */
  find(key: MessageKey): 'same' | 'reused' | undefined {
    if (!this.#heads) this.#index();
    const oldest = this.#count - this.#capacity;
    let found: 'reused' | undefined;
    for (let n = this.#heads![key.id & (CHAINS - 1)]!; n > 0 && n > oldest;) {
      const place = (n - 1) % this.#capacity;
      const at = place * NUMBERS;
      if (this.#ring[at] === (key.id | 0)) {
        if (this.#ring[at + 1] === key.content && this.#ring[at + 2] === key.moreContent) return 'same';
        found = 'reused';
      }
      n = this.#previous![place]!;
    }
    return found;
  }

  #index(): void {
    this.#heads = new Int32Array(CHAINS);
    this.#previous = new Int32Array(this.#capacity);
    for (let n = Math.max(1, this.#count - this.#capacity + 1); n <= this.#count; n++) {
      const place = (n - 1) % this.#capacity;
      this.#link(this.#ring[place * NUMBERS]!, place, n);
    }
  }

  #link(id: number, place: number, n: number): void {
    const chain = id & (CHAINS - 1);
    this.#previous![place] = this.#heads![chain]!;
    this.#heads![chain] = n;
  }

  /** Nothing has been overwritten yet: what is there keeps its place. */
  #grow(): void {
    this.#capacity = Math.min(this.#capacity * 2, this.most);
    this.#ring = enlarged(this.#ring, this.#capacity * NUMBERS);
    if (this.#previous) this.#previous = enlarged(this.#previous, this.#capacity);
  }
}

function enlarged(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}
