import { hash, randomFillSync } from 'node:crypto';

export const SALT_BYTES = 16;
export const LEAF_BYTES = 32;
/** First byte behind the salt: the version of the canonical form (docs/compliance/canonical-form.md). */
export const FORM = 1;

const SALTS_PER_REFILL = 2_048;
const LARGEST_KEPT_VIEW = 4_096;

/**
 * Salts and leaf hashes. Both cost no object per message but the hash's 32 characters: views on the input are kept by
 * length, since making one costs more memory than the whole rest of the lane.
 */
export class Leaves {
  readonly #salts = Buffer.allocUnsafeSlow(SALTS_PER_REFILL * SALT_BYTES);
  #used = this.#salts.length;
  #input = Buffer.allocUnsafeSlow(LARGEST_KEPT_VIEW);
  readonly #views: Buffer[] = [];
  #length = 0;

  /** Sixteen bytes from the system's generator, never given twice; written to `target`. */
  salt(target: Buffer, offset: number): void {
    if (this.#used === this.#salts.length) {
      randomFillSync(this.#salts);
      this.#used = 0;
    }
    this.#salts.copy(target, offset, this.#used, this.#used + SALT_BYTES);
    // A salt is spent once: what has been given away is not kept.
    this.#salts.fill(0, this.#used, this.#used + SALT_BYTES);
    this.#used += SALT_BYTES;
  }

  /** Begins a leaf with its salt. */
  begin(from: Buffer, salt: number): void {
    this.#length = 0;
    this.add(from, salt, salt + SALT_BYTES);
    this.#input[this.#length++] = FORM;
  }

  /** Adds bytes of the canonical form. */
  add(from: Buffer, start: number, end: number): void {
    const size = end - start;
    if (this.#length + size + 1 > this.#input.length) this.#grow(size);
    from.copy(this.#input, this.#length, start, end);
    this.#length += size;
  }

  /** Writes the SHA-256 of what was added. */
  end(target: Buffer, offset: number): void {
    target.write(hash('sha256', this.#view(), 'binary'), offset, LEAF_BYTES, 'latin1');
  }

  #view(): Buffer {
    const length = this.#length;
    if (length > LARGEST_KEPT_VIEW) return this.#input.subarray(0, length);
    return (this.#views[length] ??= this.#input.subarray(0, length));
  }

  #grow(size: number): void {
    const grown = Buffer.allocUnsafeSlow((this.#length + size) * 2);
    this.#input.copy(grown, 0, 0, this.#length);
    this.#input = grown;
    this.#views.length = 0;
  }
}
