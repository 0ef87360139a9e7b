import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Log } from '@interoffice/telemetry';
import { type Limits, MessageFramer, type Scanner } from '@interoffice/wire';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
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
import './events.js';
import type { AcceptGuard } from './limits.js';
import { factsOf } from './tls-facts.js';
import type { TlsContext } from './tls-context.js';
import { flushAtEndOfTurn } from './turn.js';

export interface WebSocketParts {
  readonly scanner: Scanner;
  readonly tls: TlsContext;
  readonly guard: AcceptGuard;
  readonly accept: Accept;
  /** Whether a page of this origin may talk to us. Clients that are no browsers send none. */
  readonly isAllowedOrigin: (origin: string) => boolean;
  /** The largest message; the stream's own limit may be smaller. */
  readonly maxBytes: number;
  readonly log: Log;
}

/** Pings of a peer that are answered per second; more close it: each costs us a write. */
const MOST_PINGS_PER_S = 10;
const PING_WINDOW_MS = 1000;

/** XMPP over WebSocket on the https port. RFC 7395 */
export class WebSockets {
  readonly connections = new Set<WebSocketConnection>();
  readonly #server: WebSocketServer;

  constructor(private readonly parts: WebSocketParts) {
    this.#server = new WebSocketServer({
      noServer: true,
      // Compression lets a few bytes become megabytes, and tells lengths to who can add text of his own.
      perMessageDeflate: false,
      maxPayload: parts.maxBytes,
      // Fragments are joined by ws within maxPayload; UTF-8 is checked there too (close 1007).
      skipUTF8Validation: false,
      handleProtocols: () => 'xmpp',
      clientTracking: false,
    });
  }

  /** Answers an HTTP upgrade: 403 for a foreign page, 400 without the sub-protocol `xmpp`, 429 for too many. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { origin } = request.headers;
    const address = request.socket.remoteAddress ?? '';
    if (origin !== undefined && !this.parts.isAllowedOrigin(origin)) return this.#refuse(socket, '403 Forbidden', { address, reason: 'foreign origin' });
    const offered = String(request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes('xmpp')) return this.#refuse(socket, '400 Bad Request', { address, reason: 'sub-protocol xmpp not offered' });
    if (!this.parts.guard.mayConnect(address)) return this.#refuse(socket, '429 Too Many Requests', { address, reason: 'too many connections from this address' });
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const secure = factsOf(request.socket as TLSSocket, this.parts.tls);
      const connection = new WebSocketConnection(webSocket, { ...this.parts, remoteAddress: address, secure, left: (gone) => this.#left(gone) });
      this.connections.add(connection);
      this.parts.guard.entered(connection);
    });
  }

  #left(connection: WebSocketConnection): void {
    this.connections.delete(connection);
    this.parts.guard.left(connection);
  }

  #refuse(socket: Duplex, status: string, { address, reason }: { address: string; reason: string }): void {
    this.parts.log.warn('connection.refused', { remote: address, reason });
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }
}

interface OneWebSocket extends WebSocketParts {
  readonly remoteAddress: string;
  readonly secure: TlsFacts;
  readonly left: (connection: WebSocketConnection) => void;
}

/** A client on WebSocket: one stanza per message. */
export class WebSocketConnection implements Connection {
  readonly id = nextConnectionId();
  readonly kind = 'websocket';
  readonly remoteAddress: string;
  readonly limits: Limits;
  readonly secure: TlsFacts;
  readonly #framer: MessageFramer;
  readonly #sink: ConnectionSink;
  #outgoing: Buffer[] = [];
  #isOpen = true;
  #isEnding = false;
  #isSuspended = false;
  #pings = 0;
  #pingsSince = 0;

  constructor(
    private readonly socket: WebSocket,
    private readonly parts: OneWebSocket,
  ) {
    this.remoteAddress = parts.remoteAddress;
    this.secure = parts.secure;
    this.limits = { maxBytes: 0 };
    this.#sink = parts.accept(this);
    this.#framer = new MessageFramer(parts.scanner, this.#sink, { limits: this.limits });
    socket.on('message', (data, isBinary) => this.#message(data, isBinary));
    socket.on('ping', () => this.#pinged());
    // 1007, 1009 and the like: ws has sent the close frame already.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#close());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get bufferedBytes(): number {
    return this.socket.bufferedAmount;
  }

  send(bytes: Buffer, start: number, end: number): void {
    this.#queue(Buffer.from(bytes.subarray(start, end)));
  }

  sendText(text: string): void {
    this.#queue(Buffer.from(text));
  }

  startTls(): void {
    throw new Error('WebSocket runs inside TLS already: RFC 7395 §3.2');
  }

  restart(): void {
    this.#framer.restart();
  }

  suspend(options?: { again?: boolean }): void {
    this.#isSuspended = true;
    this.#framer.suspend(options);
    this.socket.pause();
  }

  resume(): void {
    if (!this.#isSuspended || !this.#isOpen) return;
    this.#isSuspended = false;
    this.socket.resume();
    this.#guard(() => this.#framer.resume());
  }

  authenticated(): void {
    this.parts.guard.loggedIn(this);
  }

  /** Several messages in one string are not possible here: `last` is one. */
  end(last?: string): void {
    if (!this.#isOpen || this.#isEnding) return;
    if (last !== undefined) this.sendText(last);
    this.flush();
    this.#isEnding = true;
    this.#framer.stop();
    this.socket.close(1000);
    setTimeout(() => this.destroy(), END_WITHIN_MS).unref();
  }

  destroy(): void {
    this.#isOpen = false;
    this.#framer.stop();
    this.socket.terminate();
  }

  flush(): void {
    const outgoing = this.#outgoing;
    this.#outgoing = [];
    if (!this.#isOpen) return;
    for (const message of outgoing) this.socket.send(message, { binary: false });
    const { bufferedAmount } = this.socket;
    if (bufferedAmount > MOST_BUFFERED_BYTES) this.#sink.overflowed();
    else if (bufferedAmount > PAUSE_READING_BYTES && !this.#isSuspended) this.#readLater();
  }

  /** Reads on once the peer has taken what it was sent. */
  #readLater(): void {
    this.socket.pause();
    const look = (): void => {
      if (!this.#isOpen || this.#isSuspended) return;
      if (this.socket.bufferedAmount > PAUSE_READING_BYTES) setTimeout(look, 50).unref();
      else this.socket.resume();
    };
    setTimeout(look, 50).unref();
  }

  #queue(message: Buffer): void {
    if (!this.#isOpen || this.#isEnding) return;
    if (this.#outgoing.push(message) === 1) flushAtEndOfTurn(this);
  }

  #message(data: RawData, isBinary: boolean): void {
    if (!this.#isOpen || this.#isEnding) return;
    // RFC 7395 §3.2: text only.
    if (isBinary) return this.socket.close(1003, 'XMPP is text');
    const bytes = data as Buffer;
    const copy = Buffer.allocUnsafe(bytes.length + 1);
    bytes.copy(copy);
    this.#guard(() => this.#framer.feedMessage(copy, bytes.length));
  }

  #pinged(): void {
    const now = performance.now();
    if (now - this.#pingsSince > PING_WINDOW_MS) {
      this.#pingsSince = now;
      this.#pings = 0;
    }
    if (++this.#pings > MOST_PINGS_PER_S) this.socket.close(1008, 'too many pings');
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#sink.failed(error as Error);
    }
  }

  #close(): void {
    this.#isOpen = false;
    this.#framer.stop();
    this.parts.left(this);
    this.#sink.gone();
  }
}
