import { NS } from './namespaces.js';

interface KnownName {
  readonly bytes: Buffer;
  readonly mask: number;
}

class KnownNamespace {
  mask = 0;
  readonly bytes: Buffer;
  readonly names: KnownName[] = [];

  constructor(readonly text: string) {
    this.bytes = Buffer.from(text);
  }
}

/** Where a child's name and namespace stand in the buffer. */
export interface ChildRanges {
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly nsStart: number;
  readonly nsEnd: number;
}

const SLOTS = 128;
/** A batch's flags hold the type of the stanza above these. */
const MOST_BITS = 24;

function isAt(bytes: Buffer, buf: Uint8Array, start: number, end: number): boolean {
  if (bytes.length !== end - start) return false;
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== buf[start + at]) return false;
  return true;
}

/** Where to look first: the length and the last bytes tell namespaces apart best. A hit is always verified. */
function slotOf(buf: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 4) return length;
  return (length * 7 + buf[end - 1]! * 5 + buf[end - 3]! * 3 + buf[end - 4]!) & (SLOTS - 1);
}

/**
 * The children somebody is interested in, one bit each: what the scanner's `bits` mean. Filled once at start, before
 * the first byte is read; at most 24 bits.
 */
export class Vocabulary {
  readonly #masks = new Map<string, number>();
  readonly #slots: (KnownNamespace | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
  readonly #client: KnownNamespace;

  constructor() {
    this.#client = this.#add(NS.client);
  }

  /**
   * The mask, with one bit set, of children in this namespace; with `name`, of those with this name. Asking again gives
   * the same mask. Throws `RangeError` for the 25th.
   */
  bit(namespace: string, name?: string): number {
    const key = name === undefined ? namespace : `${namespace} ${name}`;
    const known = this.#masks.get(key);
    if (known !== undefined) return known;
    if (this.#masks.size >= MOST_BITS) throw new RangeError(`The vocabulary is full: no bit is left for ${key}`);
    const mask = 1 << this.#masks.size;
    this.#masks.set(key, mask);
    const entry = this.#find(Buffer.from(namespace)) ?? this.#add(namespace);
    if (name === undefined) entry.mask = mask;
    else entry.names.push({ bytes: Buffer.from(name), mask });
    return mask;
  }

  /** The bits of a child without an `xmlns` of its own in a stanza: every content namespace counts as jabber:client. */
  contentBits(buf: Uint8Array, nameStart: number, nameEnd: number): number {
    return this.#bits(this.#client, buf, nameStart, nameEnd);
  }

  /** The bits of a child with an `xmlns` of its own. */
  namespaceBits(buf: Uint8Array, child: ChildRanges): number {
    const entry = this.#findAt(buf, child.nsStart, child.nsEnd);
    return entry === undefined ? 0 : this.#bits(entry, buf, child.nameStart, child.nameEnd);
  }

  /** The bits of a child named in plain strings: for trees. */
  bitsOf(namespace: string, name: string): number {
    return (this.#masks.get(namespace) ?? 0) | (this.#masks.get(`${namespace} ${name}`) ?? 0);
  }

  #bits(entry: KnownNamespace, buf: Uint8Array, nameStart: number, nameEnd: number): number {
    let bits = entry.mask;
    const { names } = entry;
    for (let at = 0; at < names.length; at++) {
      const name = names[at]!;
      if (isAt(name.bytes, buf, nameStart, nameEnd)) bits |= name.mask;
    }
    return bits;
  }

  #find(bytes: Buffer): KnownNamespace | undefined {
    return this.#findAt(bytes, 0, bytes.length);
  }

  #findAt(buf: Uint8Array, start: number, end: number): KnownNamespace | undefined {
    for (let slot = slotOf(buf, start, end); ; slot = (slot + 1) & (SLOTS - 1)) {
      const entry = this.#slots[slot];
      if (entry === undefined || isAt(entry.bytes, buf, start, end)) return entry;
    }
  }

  #add(namespace: string): KnownNamespace {
    const entry = new KnownNamespace(namespace);
    let slot = slotOf(entry.bytes, 0, entry.bytes.length);
    while (this.#slots[slot] !== undefined) slot = (slot + 1) & (SLOTS - 1);
    this.#slots[slot] = entry;
    return entry;
  }
}
