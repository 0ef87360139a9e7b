import type net from 'node:net';
import tls from 'node:tls';
import { type Limits, type Scanner, StreamError, StreamFramer } from '@interoffice/wire';
import {
  type Accept,
  type Connection,
  type ConnectionSink,
  END_WITHIN_MS,
  MOST_BUFFERED_BYTES,
  nextConnectionId,
  PAUSE_READING_BYTES,
  type TlsFacts,
} from './connection.js';
import { Outbox } from './outbox.js';
import { adopt, READ_BYTES, sharedReads } from './read-buffer.js';
import { factsOf, serverOptions } from './tls-facts.js';
import type { TlsContext } from './tls-context.js';
import { flushAtEndOfTurn } from './turn.js';

export interface SocketParts {
  readonly scanner: Scanner;
  readonly tls: TlsContext;
  readonly accept: Accept;
  /** Read plaintext into the shared buffer: only where the self-test of read-buffer.ts has passed. */
  readonly sharedBuffer: boolean;
  /** Called when the connection is over, and when its peer has logged in. */
  readonly left: (connection: SocketConnection) => void;
  readonly loggedIn: (connection: SocketConnection) => void;
}

/** A client on TCP: plain, with STARTTLS later on, or inside TLS from the first byte. */
export class SocketConnection implements Connection {
  readonly id = nextConnectionId();
  readonly remoteAddress: string;
  readonly limits: Limits;
  secure: TlsFacts | undefined;
  readonly #framer: StreamFramer;
  readonly #sink: ConnectionSink;
  readonly #outbox = new Outbox((bytes, done) => this.#write(bytes, done));
  #socket: net.Socket;
  #isDirty = false;
  #isOpen = true;
  #isEnding = false;
  #isGone = false;
  /** Reading stops for as many reasons as this counts: the stream works, the peer does not take what it was sent. */
  #holds = 0;
  #isSuspended = false;
  #isChoked = false;

  constructor(
    accepted: net.Socket,
    readonly kind: 'tcp' | 'tls',
    private readonly parts: SocketParts,
  ) {
    this.remoteAddress = accepted.remoteAddress ?? '';
    this.limits = { maxBytes: 0 };
    if (kind === 'tls') this.secure = factsOf(accepted as tls.TLSSocket, parts.tls);
    const adopted = kind === 'tcp' && parts.sharedBuffer ? adopt(accepted, (length) => this.#read(sharedReads, length)) : undefined;
    this.#socket = adopted ?? accepted;
    this.#sink = parts.accept(this);
    this.#framer = new StreamFramer(parts.scanner, this.#sink, { limits: this.limits });
    this.#listen(this.#socket, adopted === undefined);
    this.#socket.resume();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength + this.#outbox.bytes;
  }

  send(bytes: Buffer, start: number, end: number): void {
    if (!this.#isOpen || this.#isEnding) return;
    this.#outbox.add(bytes, start, end);
    this.#markDirty();
  }

  sendText(text: string): void {
    if (!this.#isOpen || this.#isEnding) return;
    this.#outbox.addText(text);
    this.#markDirty();
  }

  startTls(): void {
    if (this.#framer.pendingBytes > 0) {
      throw new StreamError('policy-violation', 'Nothing may follow the request for TLS before TLS has begun.');
    }
    this.#outbox.flush();
    const plain = this.#socket;
    plain.removeAllListeners('data').removeAllListeners('close').removeAllListeners('error').removeAllListeners('drain');
    plain.on('error', () => this.destroy());
    const secured = new tls.TLSSocket(plain, serverOptions(this.parts.tls));
    this.#socket = secured;
    secured.setNoDelay(true);
    this.#listen(secured, true);
    // A peer that writes before the handshake is done is read after it: the facts are known by then.
    secured.once('secure', () => {
      this.secure = factsOf(secured, this.parts.tls);
      if (isWrongProtocol(secured)) this.destroy();
    });
  }

  restart(): void {
    this.#framer.restart();
  }

  suspend(options?: { again?: boolean }): void {
    this.#framer.suspend(options);
    if (this.#isSuspended) return;
    this.#isSuspended = true;
    this.#hold();
  }

  resume(): void {
    if (!this.#isSuspended || !this.#isOpen) return;
    this.#isSuspended = false;
    this.#release();
    this.#guard(() => this.#framer.resume());
  }

  authenticated(): void {
    this.parts.loggedIn(this);
  }

  end(last?: string): void {
    if (!this.#isOpen || this.#isEnding) return;
    if (last !== undefined) this.sendText(last);
    this.#isEnding = true;
    this.#framer.stop();
    this.#outbox.flush();
    this.#socket.end();
    setTimeout(() => this.destroy(), END_WITHIN_MS).unref();
  }

  destroy(): void {
    this.#isOpen = false;
    this.#framer.stop();
    this.#socket.destroy();
  }

  flush(): void {
    this.#isDirty = false;
    if (this.#isOpen) this.#outbox.flush();
  }

  #listen(socket: net.Socket, byEvents: boolean): void {
    socket.setNoDelay(true);
    if (byEvents) socket.on('data', (chunk: Buffer) => this.#chunk(chunk));
    socket.on('drain', () => this.#drained());
    // The close that follows every error tells the rest.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#close());
    socket.on('end', () => this.#peerEnded());
  }

  /** The peer has closed its side: what it still gets is our end of the stream. */
  #peerEnded(): void {
    if (!this.#isEnding) this.#sink.closed();
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
    if (length > 0 && this.#isOpen && !this.#isEnding) this.#guard(() => this.#framer.feed(bytes, length));
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#sink.failed(error as Error);
    }
  }

  #markDirty(): void {
    if (this.#isDirty) return;
    this.#isDirty = true;
    flushAtEndOfTurn(this);
  }

  #write(bytes: Buffer, done: () => void): void {
    this.#socket.write(bytes, done);
    const { writableLength } = this.#socket;
    if (writableLength > MOST_BUFFERED_BYTES) return this.#sink.overflowed();
    if (writableLength > PAUSE_READING_BYTES && !this.#isChoked) {
      this.#isChoked = true;
      this.#hold();
    }
  }

  #drained(): void {
    if (!this.#isChoked) return;
    this.#isChoked = false;
    this.#release();
  }

  #hold(): void {
    if (this.#holds++ === 0) this.#socket.pause();
  }

  #release(): void {
    if (--this.#holds === 0 && this.#isOpen) this.#socket.resume();
  }

  #close(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#isOpen = false;
    this.#framer.stop();
    this.parts.left(this);
    this.#sink.gone();
  }
}

/** The client offered protocols by ALPN and ours was not among them. */
export function isWrongProtocol(socket: tls.TLSSocket): boolean {
  return socket.alpnProtocol !== false && socket.alpnProtocol !== 'xmpp-client';
}
