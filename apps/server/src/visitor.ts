import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { NS } from '@interoffice/wire';

const NONCE = 'rehearsal';
const HASH = { 'SCRAM-SHA-256': { name: 'sha256', bytes: 32 }, 'SCRAM-SHA-1': { name: 'sha1', bytes: 20 } } as const;

interface Manner {
  readonly domain: string;
  readonly mechanism: keyof typeof HASH;
  /** Asks for roster and archive as well, once it is seen. */
  readonly isCurious: boolean;
}

const QUESTIONS = [
  `<iq type='get' id='roster'><query xmlns='${NS.roster}'/></iq>`,
  `<iq type='set' id='page'><query xmlns='${NS.mam}'><set xmlns='${NS.rsm}'><max>50</max><before/></set></query></iq>`,
];

/** A person who is not there, at the other end of a socket to this very process: logs in, is seen, and leaves. */
export class Visitor {
  #heard = '';
  #wanted = '';
  #settle: ((said: string) => void) | undefined;
  #fail: ((error: Error) => void) | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly manner: Manner,
  ) {
    socket.setEncoding('utf8').setNoDelay(true);
    socket.on('data', (text: string) => this.#hear(text));
    socket.on('error', (error) => this.#fail?.(error));
    socket.on('close', () => this.#fail?.(new Error('The server has ended the stream.')));
  }

  /** Header, SASL, header, bind, presence and the end, as RFC 6120 §9.1 and RFC 6121 §4.2 have it. Rejects when the server does not play its part. */
  async visit(name: string, password: string): Promise<void> {
    const { mechanism } = this.manner;
    await this.#open();
    const first = `n=${name},r=${NONCE}`;
    const sasl = `xmlns='${NS.sasl}'`;
    const auth = `<auth ${sasl} mechanism='${mechanism}'>${toBase64(`n,,${first}`)}</auth>`;
    const challenge = await this.#say(auth, '</challenge>');
    const response = answer(first, challenge, { password, ...HASH[mechanism] });
    await this.#say(`<response ${sasl}>${toBase64(response)}</response>`, '</success>');
    await this.#open();
    await this.#say(`<iq type='set' id='bind'><bind xmlns='${NS.bind}'/></iq>`, '</iq>');
    await this.#say('<presence/>', '<presence');
    // A server that records nothing has no archive: that is an answer, too.
    if (this.manner.isCurious) for (const question of QUESTIONS) await this.#say(question, '</iq>');
    this.#fail = undefined;
    this.socket.end('</stream:stream>');
    await once(this.socket, 'close');
  }

  async #open(): Promise<void> {
    const header = `<?xml version='1.0'?><stream:stream xmlns='${NS.client}' xmlns:stream='${NS.stream}' to='${this.manner.domain}' version='1.0'>`;
    await this.#say(header, '</stream:features>');
  }

  /** What comes until `wanted`, as text. */
  #say(text: string, wanted: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#wanted = wanted;
    this.#settle = resolve;
    this.#fail = reject;
    this.socket.write(text);
    return promise;
  }

  #hear(text: string): void {
    this.#heard += text;
    if (!this.#settle || !this.#heard.includes(this.#wanted)) return;
    const said = this.#heard;
    const settle = this.#settle;
    this.#heard = '';
    this.#settle = undefined;
    settle(said);
  }
}

interface Secret {
  readonly password: string;
  readonly name: string;
  readonly bytes: number;
}

/** RFC 5802 §3, without channel binding. */
function answer(first: string, challenge: string, secret: Secret): string {
  const [, encoded = ''] = />([^<]*)<\/challenge>/.exec(challenge) ?? [];
  const serverFirst = Buffer.from(encoded, 'base64').toString();
  const [, nonce = '', salt = '', iterations = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst) ?? [];
  const clientKey = keyOf(secret, salt, Number(iterations));
  const withoutProof = `c=${toBase64('n,,')},r=${nonce}`;
  const stored = createHash(secret.name).update(clientKey).digest();
  const signature = createHmac(secret.name, stored).update(`${first},${serverFirst},${withoutProof}`).digest();
  for (let i = 0; i < signature.length; i++) signature[i]! ^= clientKey[i]!;
  return `${withoutProof},p=${signature.toString('base64')}`;
}

function keyOf({ password, name, bytes }: Secret, salt: string, iterations: number): Buffer {
  const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), iterations, bytes, name);
  return createHmac(name, salted).update('Client Key').digest();
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}
