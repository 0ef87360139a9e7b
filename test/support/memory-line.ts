import { type Connection, type ConnectionSink, type TlsFacts } from '@interoffice/transport';
import { type Limits, type Scanner, StreamError, StreamFramer } from '@interoffice/wire';
import type { Line, LineSink } from './client.js';

/** What both ends of a line in memory agree on as its TLS: enough to bind a log-in to it. */
const TLS: TlsFacts = {
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  servername: undefined,
  exporter: () => Buffer.alloc(32, 1),
  serverEndPoint: () => Buffer.alloc(32, 2),
  peerCertificates: [],
};

export interface MemoryLineOptions {
  /** `starttls`: the client may start TLS, which then only changes what both ends believe; `direct`: it is there. */
  readonly tls?: 'none' | 'starttls' | 'direct';
  /** Where the client seems to be. */
  readonly from?: string;
}

let lastId = 0;

/**
 * A connection without a socket: what the client writes is framed by the real framer at once; what the server sends
 * arrives together at the end of the turn, as it does from one write.
 */
export class MemoryConnection implements Connection {
  readonly id = ++lastId;
  readonly remoteAddress: string;
  readonly kind: 'tcp' | 'tls';
  readonly limits: Limits = { maxBytes: 0 };
  /** The client's end. */
  readonly line: Line;
  secure: TlsFacts | undefined;
  /** How often the stream said that its peer has logged in. */
  logins = 0;
  #framer!: StreamFramer;
  #sink!: ConnectionSink;
  #isOpen = true;
  #isEnding = false;
  #isGone = false;
  #isHeld = false;
  #unread: Buffer[] = [];
  #sent: Buffer[] = [];

  constructor(
    private readonly client: LineSink,
    { tls = 'none', from = '192.0.2.1' }: MemoryLineOptions,
  ) {
    this.remoteAddress = from;
    this.kind = tls === 'direct' ? 'tls' : 'tcp';
    if (tls === 'direct') this.secure = TLS;
    this.line = {
      isFramed: false,
      write: (text) => this.write(Buffer.from(text)),
      close: () => this.#finish(),
      exporter: () => this.secure?.exporter?.(),
      ...(tls === 'starttls' ? { secure: () => Promise.resolve() } : {}),
    };
  }

  /** Puts a stream on the server's end. */
  attach(scanner: Scanner, sink: ConnectionSink): void {
    this.#sink = sink;
    this.#framer = new StreamFramer(scanner, sink, { limits: this.limits });
  }

  // The client's end.

  /** Bytes as the client sends them, wherever they are cut. */
  write(bytes: Buffer): void {
    if (this.#isHeld) this.#unread.push(bytes);
    else if (this.#isOpen && !this.#isEnding) this.#feed(bytes);
  }

  /** As when the client has closed its side of the connection, without a word. */
  abandon(): void {
    this.#sink.abandoned();
  }

  /** As when the client has not read until the bound was reached. */
  overflow(): void {
    this.#sink.overflowed();
    this.destroy();
  }

  // The server's end.

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get bufferedBytes(): number {
    return this.#sent.reduce((sum, { length }) => sum + length, 0);
  }

  /** As when the client does not read: see `choke`. */
  isChoked = false;

  send(bytes: Buffer, start: number, end: number): void {
    if (this.#isOpen) this.#queue(Buffer.from(bytes.subarray(start, end)));
  }

  sendText(text: string): void {
    if (this.#isOpen) this.#queue(Buffer.from(text));
  }

  startTls(): void {
    if (this.#framer.pendingBytes > 0) throw new StreamError('policy-violation', 'Bytes behind the request for TLS.');
    this.secure = TLS;
  }

  restart(): void {
    this.#framer.restart();
  }

  suspend(options?: { again?: boolean }): void {
    this.#framer.suspend(options);
    this.#isHeld = true;
  }

  resume(): void {
    if (!this.#isOpen || !this.#isHeld) return;
    this.#isHeld = false;
    this.#guard(() => this.#framer.resume());
    for (let next = this.#unread.shift(); next; next = this.#isHeld ? undefined : this.#unread.shift())
      this.#feed(next);
  }

  readOn(): void {
    // Nothing in memory is ever behind.
  }

  authenticated(): void {
    this.logins++;
  }

  end(last?: string): void {
    if (!this.#isOpen || this.#isEnding) return;
    if (last !== undefined) this.sendText(last);
    this.#isEnding = true;
    this.#framer.stop();
    setImmediate(() => this.#finish());
  }

  destroy(): void {
    this.#framer.stop();
    setImmediate(() => this.#finish());
  }

  #queue(bytes: Buffer): void {
    this.#sent.push(bytes);
    if (this.#sent.length === 1) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const sent = Buffer.concat(this.#sent);
    this.#sent = [];
    if (sent.length > 0) this.client.bytes(sent);
  }

  #feed(bytes: Buffer): void {
    const copy = Buffer.allocUnsafe(bytes.length + 1);
    bytes.copy(copy);
    this.#guard(() => this.#framer.feed(copy, bytes.length));
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#sink.failed(error as Error);
      if (!this.#isEnding) this.end();
    }
  }

  #finish(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#isOpen = false;
    this.#framer.stop();
    this.#flush();
    this.#sink.gone();
    this.client.closed();
  }
}
