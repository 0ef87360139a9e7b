import type { Duplex } from 'node:stream';
import { type Limits, MessageFramer, NS, type Scanner } from '@interoffice/wire';
import type { RawData, WebSocket } from 'ws';
import {
  type Accept,
  type Connection,
  type ConnectionSink,
  END_WITHIN_MS,
  nextConnectionId,
  type TlsFacts,
} from './connection.js';
import { headOf, MOST_HEAD_BYTES, whereNamespaceIsMissing } from './frames.js';
import { Holds } from './holds.js';
import { Outflow } from './outflow.js';
import { READ_BYTES, sharedReads } from './read-buffer.js';
import { StreamWriter, type Writer } from './writer.js';

export interface WebSocketConnectionParts {
  readonly scanner: Scanner;
  readonly accept: Accept;
  /** What carries the frames. */
  readonly socket: Duplex;
  readonly remoteAddress: string;
  readonly secure: TlsFacts | undefined;
  readonly loggedIn: (connection: WebSocketConnection) => void;
  readonly left: (connection: WebSocketConnection) => void;
}

/** Pings of a peer that are answered per second; more end the connection: each costs us a write. */
const MOST_PINGS = 10;
const PING_WINDOW_MS = 1000;

/** Codes of RFC 6455 §7.4.1. */
const NORMAL = 1000;
const UNSUPPORTED_DATA = 1003;
const POLICY_VIOLATION = 1008;

const NAMESPACE = Buffer.from(` xmlns="${NS.client}"`);

/**
 * A client on WebSocket: one stanza per message. The library reads frames and answers the control frames; what we send
 * is framed here, so that a turn's stanzas leave in one write and slow readers meet the same bounds as on TCP.
 */
export class WebSocketConnection implements Connection {
  readonly id = nextConnectionId();
  readonly kind = 'websocket';
  readonly remoteAddress: string;
  readonly limits: Limits = { maxBytes: 0 };
  readonly secure: TlsFacts | undefined;
  readonly writer: Writer;
  readonly #framer: MessageFramer;
  readonly #sink: ConnectionSink;
  readonly #outflow = new Outflow(this);
  readonly #holds: Holds;
  #isOpen = true;
  #isEnding = false;
  #readsOn = false;
  #pings = 0;
  #pingWindow: NodeJS.Timeout | undefined;
  #lastTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly webSocket: WebSocket,
    private readonly parts: WebSocketConnectionParts,
  ) {
    this.remoteAddress = parts.remoteAddress;
    this.secure = parts.secure;
    this.writer = new StreamWriter(parts.socket);
    this.#holds = new Holds({ source: webSocket });
    this.#sink = parts.accept(this);
    this.#framer = new MessageFramer(parts.scanner, this.#sink, { limits: this.limits });
    webSocket.on('message', (data, isBinary) => this.#message(data, isBinary));
    webSocket.on('ping', () => this.#pinged());
    // The close that follows every error tells the rest; the library has sent the code (1007, 1008, 1009).
    webSocket.on('error', () => this.#framer.stop());
    webSocket.on('close', () => this.#close());
    parts.socket.on('drain', () => this.#outflow.drained());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get bufferedBytes(): number {
    return this.#outflow.bufferedBytes;
  }

  get isChoked(): boolean {
    return this.#outflow.isChoked;
  }

  send(bytes: Buffer, start: number, end: number): void {
    if (!this.#isOpen) return;
    const at = whereNamespaceIsMissing(bytes, start, end);
    const length = end - start + (at < 0 ? 0 : NAMESPACE.length);
    const head = headOf(length);
    this.#outflow.reserve(length + MOST_HEAD_BYTES);
    this.#outflow.add(head.bytes, 0, head.length);
    if (at >= 0) {
      this.#outflow.add(bytes, start, at);
      this.#outflow.add(NAMESPACE, 0, NAMESPACE.length);
    }
    this.#outflow.add(bytes, at < 0 ? start : at, end);
  }

  sendText(text: string): void {
    const bytes = Buffer.from(text);
    this.send(bytes, 0, bytes.length);
  }

  startTls(): void {
    throw new Error('WebSocket runs inside TLS already: RFC 7395 §3.2');
  }

  restart(): void {
    this.#framer.restart();
  }

  suspend(options?: { again?: boolean }): void {
    this.#framer.suspend(options);
    this.#holds.hold('work');
  }

  resume(): void {
    if (!this.#isOpen || !this.#holds.isHeld('work')) return;
    this.#holds.release('work');
    this.#guard(() => this.#framer.resume());
  }

  readOn(): void {
    this.#readsOn = true;
    this.freed();
  }

  authenticated(): void {
    this.parts.loggedIn(this);
  }

  end(last?: string): void {
    if (last !== undefined && !this.#isEnding) this.sendText(last);
    this.#end(NORMAL);
  }

  destroy(): void {
    this.#isOpen = false;
    this.#framer.stop();
    this.webSocket.terminate();
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

  #end(code: number, reason?: string): void {
    if (!this.#isOpen || this.#isEnding) return;
    this.#isEnding = true;
    this.#framer.stop();
    this.#outflow.finish();
    this.webSocket.close(code, reason);
    // Read and thrown away, so that the peer's answer is noticed.
    this.#holds.releaseAll();
    this.#lastTimer = setTimeout(() => this.destroy(), END_WITHIN_MS).unref();
  }

  #message(data: RawData, isBinary: boolean): void {
    if (!this.#isOpen || this.#isEnding) return;
    // RFC 7395 §3.2: text only. The library gives a Buffer, as it was not told otherwise.
    if (isBinary || !Buffer.isBuffer(data)) return this.#end(UNSUPPORTED_DATA, 'XMPP is text');
    const { length } = data;
    const bytes = length <= READ_BYTES ? sharedReads : Buffer.allocUnsafeSlow(length + 1);
    data.copy(bytes);
    this.#guard(() => this.#framer.feedMessage(bytes, length));
  }

  #pinged(): void {
    this.#pingWindow ??= setTimeout(() => {
      this.#pingWindow = undefined;
      this.#pings = 0;
    }, PING_WINDOW_MS).unref();
    if (++this.#pings > MOST_PINGS) this.#end(POLICY_VIOLATION, 'too many pings');
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#sink.failed(error as Error);
      // Nothing is read any more: a sink that leaves it open would leave it for ever.
      this.end();
    }
  }

  #close(): void {
    this.#isOpen = false;
    clearTimeout(this.#lastTimer);
    clearTimeout(this.#pingWindow);
    this.#framer.stop();
    this.parts.left(this);
    this.#sink.gone();
  }
}
