import type net from 'node:net';
import tls from 'node:tls';
import { type Limits, NS, type Scanner, StreamError, StreamFramer } from '@interoffice/wire';
import {
  type Accept,
  type Connection,
  type ConnectionSink,
  END_WITHIN_MS,
  nextConnectionId,
  type TlsFacts,
} from './connection.js';
import type { Direct } from './direct.js';
import { Outflow } from './outflow.js';
import { Handle, READ_BYTES, sharedReads } from './read-buffer.js';
import { Holds } from './holds.js';
import { factsOf, factsOfServer } from './tls-facts.js';
import { isWrongProtocol, type TlsSide } from './tls-side.js';
import { StreamWriter, type Writer } from './writer.js';

export interface SocketParts {
  readonly scanner: Scanner;
  readonly tls: TlsSide;
  /** Undefined: sockets are used as Node documents them. */
  readonly direct: Direct | undefined;
  readonly accept: Accept;
  /** Called when the connection is over, and when its peer has logged in. */
  readonly left: (connection: SocketConnection) => void;
  readonly loggedIn: (connection: SocketConnection) => void;
}

/** A client or another server on TCP: plain, with STARTTLS later on, or inside TLS from the first byte. */
export class SocketConnection implements Connection {
  readonly id = nextConnectionId();
  readonly remoteAddress: string;
  readonly limits: Limits = { maxBytes: 0 };
  secure: TlsFacts | undefined;
  fault: Error | undefined;
  readonly #framer: StreamFramer;
  readonly #sink: ConnectionSink;
  readonly #outflow = new Outflow(this);
  readonly #holds = new Holds(this);
  #socket: net.Socket;
  #writer: Writer;
  #isOpen = true;
  #isEnding = false;
  #isGone = false;
  /** Its stream works on an element; reading stops when more comes meanwhile, which in a log-in nothing does. */
  #isSuspended = false;
  #readsOn = false;
  /** The peer has closed its side behind something that is not dealt with yet. */
  #hasPeerEnded = false;
  #lastTimer: NodeJS.Timeout | undefined;

  constructor(
    /** A handle is read into the shared buffer. */
    accepted: net.Socket | Handle,
    readonly kind: 'tcp' | 'tls',
    private readonly parts: SocketParts,
  ) {
    this.remoteAddress = accepted.remoteAddress ?? '';
    if (accepted instanceof tls.TLSSocket) this.secure = this.#factsOf(accepted);
    const isHandle = accepted instanceof Handle;
    this.#socket = isHandle ? accepted.adopt((length) => this.#read(sharedReads, length)) : accepted;
    this.#writer = this.#writerOf(this.#socket);
    this.#sink = parts.accept(this);
    const content = parts.tls.protocol === 'xmpp-server' ? NS.server : NS.client;
    this.#framer = new StreamFramer(parts.scanner, this.#sink, { limits: this.limits, content });
    this.#listen(this.#socket, isHandle);
    if (this.#isOpen) this.#socket.resume();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** For the holds: what is paused. */
  get source(): net.Socket {
    return this.#socket;
  }

  /** For the outflow. */
  get writer(): Writer {
    return this.#writer;
  }

  get bufferedBytes(): number {
    return this.#outflow.bufferedBytes;
  }

  get isChoked(): boolean {
    return this.#outflow.isChoked;
  }

  send(bytes: Buffer, start: number, end: number): void {
    if (this.#isOpen) this.#outflow.add(bytes, start, end);
  }

  sendText(text: string): void {
    if (this.#isOpen) this.#outflow.addText(text);
  }

  startTls(): void {
    // RFC 6120 §5.3.1 forbids white space there too, but Go's library sends a line feed, and nothing is smuggled with it.
    if (!this.#framer.isPendingBlank) {
      throw new StreamError('policy-violation', 'Nothing may follow the request for TLS before TLS has begun.');
    }
    this.#outflow.flushNow();
    const plain = this.#socket;
    for (const event of ['data', 'end', 'close', 'error', 'drain']) plain.removeAllListeners(event);
    plain.on('error', () => this.destroy());
    const secured = this.parts.tls.begin(plain);
    this.#socket = secured;
    this.#writer = this.#writerOf(secured);
    this.#listen(secured, false);
    // A peer that writes before the handshake is done is read after it: the facts are known by then.
    secured.once('secure', () => {
      this.secure = this.#factsOf(secured);
      if (isWrongProtocol(secured, this.parts.tls)) this.destroy();
    });
  }

  restart(): void {
    this.#framer.restart();
  }

  suspend(options?: { again?: boolean }): void {
    this.#isSuspended = true;
    this.#framer.suspend(options);
  }

  resume(): void {
    if (!this.#isOpen || !this.#isSuspended) return;
    this.#isSuspended = false;
    this.#guard(() => this.#framer.resume());
    // Unless the next element has to wait as well: each wait would read some more, and no peer sends that little. F-10
    if (!this.#isSuspended) this.#holds.release('work');
    if (this.#hasPeerEnded) this.#peerEnded();
  }

  readOn(): void {
    this.#readsOn = true;
    this.freed();
  }

  authenticated(): void {
    this.parts.loggedIn(this);
  }

  end(last?: string): void {
    if (!this.#isOpen || this.#isEnding) return;
    if (last !== undefined) this.sendText(last);
    this.#isEnding = true;
    this.#framer.stop();
    this.#outflow.finish();
    this.#writer.end();
    // Read and thrown away, so that the peer's end is noticed.
    this.#holds.releaseAll();
    this.#lastTimer = setTimeout(() => this.destroy(), END_WITHIN_MS).unref();
  }

  destroy(): void {
    this.#isOpen = false;
    this.#framer.stop();
    this.#socket.destroy();
  }

  choked(): void {
    if (!this.#readsOn) this.#holds.hold('peer');
  }

  freed(): void {
    if (this.#isOpen) this.#holds.release('peer');
  }

  overflowed(): void {
    if (!this.#isOpen) return;
    this.#sink.overflowed();
    this.destroy();
  }

  #writerOf(socket: net.Socket): Writer {
    const drained = (): void => this.#outflow.drained();
    const { direct } = this.parts;
    if (direct) return direct.writer(socket, drained);
    socket.on('drain', drained);
    return new StreamWriter(socket);
  }

  /** `isShared`: it is read into the shared buffer already. */
  #listen(socket: net.Socket, isShared: boolean): void {
    socket.setNoDelay(true);
    if (!isShared) this.#readFrom(socket);
    // The close that follows every error tells the rest.
    socket.on('error', (error) => {
      this.fault = error;
      socket.destroy();
    });
    socket.on('close', () => this.#close());
    socket.on('end', () => this.#peerEnded());
  }

  #factsOf(socket: tls.TLSSocket): TlsFacts {
    return this.parts.tls.protocol === 'xmpp-server' ? factsOfServer(socket) : factsOf(socket);
  }

  /** The peer has closed its side: what it still gets is our end of the stream. */
  #peerEnded(): void {
    if (!this.#isOpen) return;
    this.#hasPeerEnded = true;
    // What it said before comes first.
    if (this.#isSuspended && !this.#isEnding) return;
    if (!this.#isEnding) this.#sink.abandoned();
    this.end();
  }

  #readFrom(socket: net.Socket): void {
    const { direct } = this.parts;
    if (!direct) return void socket.on('data', (chunk: Buffer) => this.#chunk(chunk));
    // What came with the end of the handshake waits in the stream.
    const early = socket.read() as Buffer | null;
    direct.readShared(socket, (length) => this.#read(sharedReads, length));
    if (early) this.#chunk(early);
  }

  #chunk(chunk: Buffer): void {
    if (chunk.length <= READ_BYTES) {
      chunk.copy(sharedReads);
      return this.#read(sharedReads, chunk.length);
    }
    const copy = Buffer.allocUnsafeSlow(chunk.length + 1);
    chunk.copy(copy);
    this.#read(copy, chunk.length);
  }

  #read(bytes: Buffer, length: number): void {
    if (length === 0 || !this.#isOpen || this.#isEnding) return;
    if (this.#isSuspended) this.#holds.hold('work');
    this.#guard(() => this.#framer.feed(bytes, length));
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#sink.failed(error as Error);
      // Nothing is read any more: a sink that leaves it open would leave it for ever.
      if (!this.#isEnding) this.end();
    }
  }

  #close(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#isOpen = false;
    clearTimeout(this.#lastTimer);
    this.#framer.stop();
    this.parts.left(this);
    this.#sink.gone();
  }
}
