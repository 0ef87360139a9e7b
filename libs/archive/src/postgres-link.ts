import net from 'node:net';
import tls from 'node:tls';
import type { Connection } from '@interoffice/storage';
import { message, query, type Run } from './copy-binary.js';
import { ScramClient } from './scram-client.js';

/** PostgreSQL answered with an error: it did nothing of what it was asked. */
export class Refusal extends Error {
  constructor(
    /** SQLSTATE. */
    readonly code: string,
    message: string,
    readonly isFatal: boolean,
  ) {
    super(message);
  }
}

/** The connection ended, or never came about; whether the last thing asked was done is not known. */
export class LinkLost extends Error {}

const CODE = { auth: 0x52, ready: 0x5a, error: 0x45, row: 0x44, copied: 0x64 };
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const PROTOCOL_3 = Buffer.from([0, 3, 0, 0]);
/** How PostgreSQL knows connections that write the journal. */
export const JOURNAL = 'interoffice-journal';
const CONNECT_WITHIN_MS = 2_000;
/**
 * What the tables grow by goes to the disk as it comes: left to the system it would pile up for half a minute and then go
 * all at once, and every commit of that moment would wait behind it.
 */
const WRITE_SOON = `SET backend_flush_after = '512kB'`;
/** Up to here everything goes out as one buffer; larger batches are handed over in parts without a copy. */
const ONE_WRITE = 65_536;

interface Asked {
  resolve(rows: string[][]): void;
  reject(error: Error): void;
  rows: string[][];
  copied: ((bytes: Buffer) => void) | undefined;
  refusal: Refusal | undefined;
}

/**
 * A connection of our own to PostgreSQL, for what a general driver has no words for: both COPYs of a batch and their
 * commit in one write and one answer. One thing is asked at a time. Protocol 3.0, PostgreSQL manual ch. 54.
 */
export class PostgresLink {
  #socket: net.Socket | undefined;
  #asked: Asked | undefined;
  #rest: Buffer | undefined;
  #scram: ScramClient | undefined;
  #watch: NodeJS.Timeout | undefined;
  readonly #together = Buffer.allocUnsafeSlow(ONE_WRITE);

  constructor(
    private readonly connection: Connection,
    private readonly answerWithinMs: number,
  ) {}

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** Connects and logs in (trust, or SCRAM-SHA-256; TLS as the connection says). Rejects with `LinkLost` or `Refusal`. */
  async open(): Promise<void> {
    const socket = await connect(this.connection);
    this.#socket = socket;
    this.#rest = undefined;
    socket.on('data', (data) => this.#receive(data));
    socket.on('error', (error) => this.#lose(socket, error));
    socket.on('close', () => this.#lose(socket, undefined));
    const { user, database } = this.connection;
    const parameters = `user\0${user}\0database\0${database}\0client_encoding\0UTF8\0application_name\0${JOURNAL}\0\0`;
    await this.#ask(
      (s) => s.write(message('', Buffer.concat([PROTOCOL_3, Buffer.from(parameters)]))),
      CONNECT_WITHIN_MS,
    );
    await this.query(WRITE_SOON);
  }

  /** Asks in text; the answer's rows as text, null as an empty string. */
  query(text: string): Promise<string[][]> {
    return this.#ask((socket) => socket.write(query(text)), this.answerWithinMs);
  }

  /** Asks for `COPY … TO STDOUT`; `copied` gets each message of it, a view that is valid during the call only. */
  async copyOut(text: string, copied: (bytes: Buffer) => void): Promise<void> {
    const asked = this.#ask((socket) => socket.write(query(text)), this.answerWithinMs);
    if (this.#asked) this.#asked.copied = copied;
    await asked;
  }

  /**
   * Sends prepared messages that PostgreSQL answers once; the bytes must stay as they are until then. The last of them,
   * without which nothing is committed, leaves once `before` has resolved.
   */
  async send(runs: readonly Run[], before?: Promise<unknown>): Promise<void> {
    if (!before) return void (await this.#ask((socket) => this.#write(socket, runs), this.answerWithinMs));
    const last = runs.at(-1)!;
    const asked = this.#ask((socket) => this.#write(socket, runs.slice(0, -1)), this.answerWithinMs);
    const socket = this.#socket;
    const waiting = this.#asked;
    const finish = (): void => {
      // Not when it was refused or lost meanwhile: then nothing of it was done.
      if (waiting && this.#asked === waiting && socket && this.#socket === socket) this.#finish(socket, last);
    };
    // What ends before it without success was given up: so is this.
    void before.then(finish, () => undefined);
    await asked;
  }

  /** The end of what was sent; the time for the answer counts from here. */
  #finish(socket: net.Socket, last: Run): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#lose(socket, new Error('PostgreSQL does not answer')), this.answerWithinMs);
    socket.write(last.from.subarray(last.start, last.end));
  }

  /** Says goodbye when nothing is asked, cuts otherwise. */
  close(): void {
    const socket = this.#socket;
    if (!socket) return;
    if (!this.#asked) socket.write(message('X', Buffer.alloc(0)));
    this.#lose(socket, undefined);
  }

  #ask(write: (socket: net.Socket) => void, withinMs: number): Promise<string[][]> {
    const socket = this.#socket;
    if (!socket) return Promise.reject(new LinkLost('not connected'));
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject, rows: [], copied: undefined, refusal: undefined };
      this.#watch = setTimeout(() => this.#lose(socket, new Error('PostgreSQL does not answer')), withinMs);
      write(socket);
    });
  }

  #write(socket: net.Socket, runs: readonly Run[]): void {
    let size = 0;
    for (const { start, end } of runs) size += end - start;
    if (size <= ONE_WRITE) {
      let at = 0;
      for (const { from, start, end } of runs) at += from.copy(this.#together, at, start, end);
      socket.write(this.#together.subarray(0, at));
      return;
    }
    socket.cork();
    for (const { from, start, end } of runs) socket.write(from.subarray(start, end));
    socket.uncork();
  }

  #receive(data: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, data]) : data;
    this.#rest = undefined;
    let at = 0;
    while (at + 5 <= bytes.length) {
      const end = at + 1 + bytes.readInt32BE(at + 1);
      if (end > bytes.length) break;
      this.#take(bytes[at]!, bytes.subarray(at + 5, end));
      at = end;
    }
    if (at < bytes.length) this.#rest = Buffer.from(bytes.subarray(at));
  }

  #take(code: number, body: Buffer): void {
    const asked = this.#asked;
    if (!asked) return;
    if (code === CODE.row) asked.rows.push(readRow(body));
    else if (code === CODE.copied) asked.copied?.(body);
    else if (code === CODE.error) asked.refusal = readRefusal(body);
    else if (code === CODE.auth) this.#authenticate(body);
    else if (code === CODE.ready) this.#answer(asked);
  }

  #answer(asked: Asked): void {
    clearTimeout(this.#watch);
    this.#asked = undefined;
    if (asked.refusal) asked.reject(asked.refusal);
    else asked.resolve(asked.rows);
  }

  #authenticate(body: Buffer): void {
    const socket = this.#socket!;
    try {
      const kind = body.readInt32BE(0);
      if (kind === 0) return;
      if (kind === 10) {
        this.#scram = new ScramClient(this.connection.password ?? '');
        const first = Buffer.from(this.#scram.first());
        const length = Buffer.alloc(4);
        length.writeInt32BE(first.length);
        socket.write(message('p', Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), length, first])));
      } else if (kind === 11 && this.#scram) {
        socket.write(message('p', Buffer.from(this.#scram.last(body.toString('utf8', 4)))));
      } else if (kind === 12 && this.#scram) {
        this.#scram.check(body.toString('utf8', 4));
      } else throw new Error('PostgreSQL asks for a way to log in other than SCRAM-SHA-256; set that in pg_hba.conf.');
    } catch (error) {
      this.#lose(socket, error as Error);
    }
  }

  #lose(socket: net.Socket, cause: Error | undefined): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    clearTimeout(this.#watch);
    socket.destroySoon();
    if (cause) socket.destroy();
    const asked = this.#asked;
    this.#asked = undefined;
    // A refused log-in comes with a reason and then the end.
    asked?.reject(asked.refusal ?? new LinkLost(cause?.message ?? 'the connection ended', { cause }));
  }
}

async function connect(to: Connection): Promise<net.Socket> {
  const path = to.host.startsWith('/') ? { path: `${to.host}/.s.PGSQL.${to.port}` } : { host: to.host, port: to.port };
  const plain = net.connect({ ...path, noDelay: true, keepAlive: true });
  await happened(plain, 'connect');
  if (!to.tls) return plain;
  plain.write(SSL_REQUEST);
  const answer = await happened<Buffer>(plain, 'data');
  // Exactly one byte: anything behind it was not sent under TLS and could be anybody's.
  if (answer.length !== 1 || answer[0] !== 0x53) {
    plain.destroy();
    throw new LinkLost('PostgreSQL offers no TLS');
  }
  const servername = net.isIP(to.host) === 0 ? { servername: to.host } : {};
  const { ca, unverified } = to.tls;
  const secure = tls.connect({
    socket: plain,
    host: to.host,
    ...servername,
    ca,
    rejectUnauthorized: unverified !== true,
  });
  await happened(secure, 'secureConnect');
  return secure;
}

/** Waits for an event of a socket, at most `CONNECT_WITHIN_MS`; the socket is gone when it fails. */
function happened<T>(socket: net.Socket, event: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (cause?: Error): void => {
      socket.destroy();
      reject(new LinkLost(cause?.message ?? 'the connection ended', { cause }));
    };
    const late = setTimeout(() => fail(new Error('PostgreSQL does not answer')), CONNECT_WITHIN_MS);
    const failed = (error?: Error): void => {
      clearTimeout(late);
      fail(error);
    };
    socket.once('error', failed);
    socket.once('close', failed);
    socket.once(event, (value: T) => {
      clearTimeout(late);
      socket.off('error', failed);
      socket.off('close', failed);
      resolve(value);
    });
  });
}

function readRow(body: Buffer): string[] {
  const row: string[] = [];
  let at = 2;
  for (let fields = body.readInt16BE(0); fields > 0; fields--) {
    const length = body.readInt32BE(at);
    at += 4;
    row.push(length < 0 ? '' : body.toString('utf8', at, at + length));
    if (length > 0) at += length;
  }
  return row;
}

function readRefusal(body: Buffer): Refusal {
  const fields = new Map<string, string>();
  for (const field of body.toString('utf8').split('\0')) if (field !== '') fields.set(field[0]!, field.slice(1));
  const severity = fields.get('V') ?? '';
  return new Refusal(fields.get('C') ?? 'XX000', fields.get('M') ?? 'no reason given', severity !== 'ERROR');
}
