import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/** One log-in by SCRAM-SHA-256 from the client's side, without channel binding. RFC 5802, RFC 7677 */
export class ScramClient {
  readonly #firstBare: string;
  #serverSignature: Buffer | undefined;

  constructor(
    private readonly password: string,
    private readonly nonce = randomBytes(18).toString('base64'),
  ) {
    // PostgreSQL takes the name from the start of the session; here it is empty.
    this.#firstBare = `n=,r=${this.nonce}`;
  }

  first(): string {
    return `n,,${this.#firstBare}`;
  }

  /** Answers the server's challenge; fails when it is not an answer to ours. */
  last(challenge: string): string {
    const fields = new Map(challenge.split(',').map((field) => [field[0], field.slice(2)]));
    const [nonce, salt, iterations] = [fields.get('r') ?? '', fields.get('s') ?? '', Number(fields.get('i'))];
    if (!nonce.startsWith(this.nonce) || nonce === this.nonce || !(iterations > 0 && iterations <= 1_000_000)) {
      throw new Error('The challenge of PostgreSQL is malformed.');
    }
    const salted = pbkdf2Sync(this.password.normalize('NFKC'), Buffer.from(salt, 'base64'), iterations, 32, 'sha256');
    const withoutProof = `c=biws,r=${nonce}`;
    const authMessage = `${this.#firstBare},${challenge},${withoutProof}`;
    const clientKey = hmac(salted, 'Client Key');
    const signature = hmac(createHash('sha256').update(clientKey).digest(), authMessage);
    const proof = clientKey.map((byte, i) => byte ^ signature[i]!);
    this.#serverSignature = hmac(hmac(salted, 'Server Key'), authMessage);
    return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`;
  }

  /** Checks that the server knows the password as well; fails when it does not. */
  check(final: string): void {
    const given = Buffer.from(final.slice(2), 'base64');
    const expected = this.#serverSignature;
    if (!expected || given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new Error('PostgreSQL did not prove that it knows the password: it may be another server.');
    }
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
