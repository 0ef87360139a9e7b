import { createHmac, createSecretKey, hash as digest, timingSafeEqual } from 'node:crypto';
import type { Jid } from '@interoffice/wire';
import type { Authenticator, ScramHash, ScramVerifier } from '../authenticator.js';
import { type Exchange, refused, type Step } from './exchange.js';
import { randomText } from '../random-text.js';
import { accountOf, decodeUtf8, isOwnAuthzid } from './identity.js';

/** What ties a log-in to its TLS connection. RFC 9266 and RFC 5929 */
export type ChannelBindings = Readonly<
  Partial<Record<'tls-exporter' | 'tls-server-end-point', () => Buffer | undefined>>
>;

export interface ScramOptions {
  readonly hash: ScramHash;
  /** True for the -PLUS variant of the mechanism. */
  readonly plus: boolean;
  /** True when -PLUS is offered on this stream: a client that says it could have used it was lied to. */
  readonly plusOffered: boolean;
  readonly bindings: ChannelBindings;
  readonly domain: string;
}

interface First {
  readonly gs2Header: Buffer;
  readonly binding: Buffer;
  readonly bare: string;
  readonly nonce: string;
  readonly account: Jid;
}

/** What is remembered between the client's two messages. */
interface Proving extends First {
  readonly serverFirst: string;
  readonly verifier: ScramVerifier;
}

/** The server's side of SCRAM, with and without channel binding. RFC 5802, RFC 7677. One object, one run. */
export class Scram implements Exchange {
  tried: string | undefined;
  #first: Proving | undefined;
  #finished = false;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly options: ScramOptions,
  ) {}

  async step(message: Buffer): Promise<Step> {
    const text = decodeUtf8(message);
    if (text === undefined || text.includes('\0') || this.#finished) return refused('malformed-request');
    return this.#first ? this.#clientFinal(text, this.#first) : this.#clientFirst(text);
  }

  async #clientFirst(text: string): Promise<Step> {
    const first = this.#readFirst(text);
    if ('refusal' in first) return first;
    this.tried = first.account.bare;
    const verifier = await this.authenticator.verifier(first.account, this.options.hash);
    const nonce = first.nonce + randomText(18);
    const serverFirst = `r=${nonce},s=${verifier.salt.toString('base64')},i=${verifier.iterations}`;
    this.#first = { ...first, nonce, serverFirst, verifier };
    return { challenge: Buffer.from(serverFirst) };
  }

  /** `gs2-cbind-flag "," [authzid] "," [m=…] n=user,r=nonce` */
  #readFirst(text: string): First | Extract<Step, { refusal: unknown }> {
    const no = (condition: 'malformed-request' | 'not-authorized' | 'invalid-authzid') =>
      refused(condition) as Extract<Step, { refusal: unknown }>;
    const match = /^(n|y|p=([A-Za-z0-9.-]+)),(?:a=([^,]*))?,(n=([^,]*),r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/s.exec(text);
    if (!match) return no('malformed-request');
    const [, flag, type, authzid, bare, name, nonce] = match as unknown as [
      string,
      string,
      string | undefined,
      string | undefined,
      string,
      string,
      string,
    ];
    if (bare === undefined || /[^ -~]/.test(nonce)) return no('malformed-request');
    const username = decodeName(name);
    if (username === undefined || username === '') return no('malformed-request');
    const binding = this.#binding(flag, type);
    if (!binding) return no('not-authorized');
    const account = accountOf(username, this.options.domain);
    if (!account) return no('not-authorized');
    const actingFor = authzid === undefined ? '' : decodeName(authzid);
    if (actingFor === undefined || !isOwnAuthzid(actingFor, account)) return no('invalid-authzid');
    const gs2Header = Buffer.from(text.slice(0, text.length - bare.length));
    return { gs2Header, binding, bare, nonce, account };
  }

  /** The data the client must have bound to; undefined when its flag does not fit what was offered. RFC 5802 §6 */
  #binding(flag: string, type: string | undefined): Buffer | undefined {
    const { plus, plusOffered, bindings } = this.options;
    if (type !== undefined) return plus ? bindings[type as keyof ChannelBindings]?.() : undefined;
    if (plus) return undefined;
    // "y": the client could bind and believes that we cannot. If we offered it, somebody removed the offer on the way.
    return flag === 'y' && plusOffered ? undefined : Buffer.alloc(0);
  }

  async #clientFinal(text: string, first: Proving): Promise<Step> {
    this.#finished = true;
    const match = /^(c=([A-Za-z0-9+/=]+),r=([^,]+)(?:,.*)?),p=([A-Za-z0-9+/=]+)$/s.exec(text);
    if (!match) return refused('malformed-request');
    const [, withoutProof, bound, nonce, proofText] = match as unknown as [string, string, string, string, string];
    const expected = Buffer.concat([first.gs2Header, first.binding]);
    if (!isEqual(Buffer.from(bound, 'base64'), expected) || nonce !== first.nonce) return refused('not-authorized');
    const signed = `${first.bare},${first.serverFirst},${withoutProof}`;
    if (!this.#proves(Buffer.from(proofText, 'base64'), signed, first.verifier)) return refused('not-authorized');
    const admitted = await this.authenticator.admits(first.account);
    if (!('account' in admitted)) return { refusal: admitted };
    const signature = hmac(this.options.hash, first.verifier.serverKey, signed).toString('base64');
    return { account: admitted.account, proof: 'scram', additional: Buffer.from(`v=${signature}`) };
  }

  #proves(proof: Buffer, signed: string, { storedKey }: ScramVerifier): boolean {
    const { hash } = this.options;
    const signature = hmac(hash, storedKey, signed);
    if (proof.length !== signature.length) return false;
    // ClientKey = ClientProof XOR ClientSignature; the signature's buffer is our own.
    for (let i = 0; i < proof.length; i++) signature[i]! ^= proof[i]!;
    return isEqual(digest(hash, signature, 'buffer'), storedKey);
  }
}

/** RFC 5802 §5.1: `=2C` is a comma and `=3D` an equals sign; any other `=` is an error. */
function decodeName(name: string): string | undefined {
  if (/=(?!2C|3D)/.test(name)) return undefined;
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=');
}

/** The key goes in as a key object: for bytes Node first looks, at four times the cost, whether they are one. */
function hmac(hash: ScramHash, key: Buffer, text: string): Buffer {
  return createHmac(hash, createSecretKey(key)).update(text).digest();
}

/** In constant time for equal lengths; the length itself is no secret. */
function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
