import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

export interface ScramClientOptions {
  /** `SCRAM-SHA-256` and the like; those that end in -PLUS bind to the TLS connection. */
  readonly mechanism: string;
  readonly exporter: () => Buffer | undefined;
}

const HASH: Readonly<Record<string, string>> = { '1': 'sha1', '2': 'sha256', '5': 'sha512' };

/** The client's side of one SCRAM log-in, for tests. RFC 5802. Messages are base64. */
export class ScramClient {
  readonly #hash: string;
  readonly #gs2: string;
  readonly #binding: Buffer;
  readonly #bare: string;

  constructor(
    user: string,
    private readonly password: string,
    { mechanism, exporter }: ScramClientOptions,
  ) {
    this.#hash = HASH[mechanism['SCRAM-SHA-'.length]!]!;
    const plus = mechanism.endsWith('-PLUS');
    this.#gs2 = plus ? 'p=tls-exporter,,' : 'n,,';
    this.#binding = plus ? exporter()! : Buffer.alloc(0);
    this.#bare = `n=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${randomBytes(16).toString('base64')}`;
  }

  get first(): string {
    return Buffer.from(this.#gs2 + this.#bare).toString('base64');
  }

  /** The proof that answers the server's challenge. */
  answer(challenge: string): string {
    const serverFirst = Buffer.from(challenge, 'base64').toString();
    const [, nonce, salt, iterations] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst)!;
    const bytes = createHash(this.#hash).digest().length;
    const salted = pbkdf2Sync(this.password, Buffer.from(salt!, 'base64'), Number(iterations), bytes, this.#hash);
    const clientKey = createHmac(this.#hash, salted).update('Client Key').digest();
    const binding = Buffer.concat([Buffer.from(this.#gs2), this.#binding]);
    const withoutProof = `c=${binding.toString('base64')},r=${nonce}`;
    const stored = createHash(this.#hash).update(clientKey).digest();
    const signed = `${this.#bare},${serverFirst},${withoutProof}`;
    const signature = createHmac(this.#hash, stored).update(signed).digest();
    const proof = Buffer.from(clientKey.map((byte, i) => byte ^ signature[i]!)).toString('base64');
    return Buffer.from(`${withoutProof},p=${proof}`).toString('base64');
  }
}
