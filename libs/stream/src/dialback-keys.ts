import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What a key is made for. The terms of XEP-0220 §1.2; the id is the one in the receiving server's header. */
export interface DialbackClaim {
  /** The domain that the caller speaks for. */
  readonly originating: string;
  /** The domain that was called. */
  readonly receiving: string;
  readonly streamId: string;
}

/** Less could be guessed (F-02 of security.md). */
const LEAST_SECRET_BYTES = 32;

/**
 * Keys by which a domain's servers know each other's calls: nothing is kept, whoever has the secret can tell. XEP-0185:
 * HMAC-SHA256 with separators between the parts, so that no two claims have one text.
 */
export class DialbackKeys {
  readonly #secret: string;

  /** `secret`: at least 32 random bytes, the same on every node and gateway of the domain. */
  constructor(secret: Buffer) {
    if (secret.length < LEAST_SECRET_BYTES)
      throw new Error(`a dialback secret has at least ${LEAST_SECRET_BYTES} bytes`);
    this.#secret = createHash('sha256').update(secret).digest('hex');
  }

  keyFor({ receiving, originating, streamId }: DialbackClaim): string {
    const text = `${receiving} ${originating} ${streamId}`;
    return createHmac('sha256', this.#secret).update(text).digest('hex');
  }

  /** Compares in constant time. */
  isKeyFor(claim: DialbackClaim, key: string): boolean {
    const [expected, shown] = [Buffer.from(this.keyFor(claim)), Buffer.from(key)];
    return expected.length === shown.length && timingSafeEqual(expected, shown);
  }
}
