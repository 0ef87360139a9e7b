import type { FrameSink, Limits } from '@interoffice/wire';

/** What is known of a connection's TLS. */
export interface TlsFacts {
  readonly protocol: string;
  readonly cipher: string;
  readonly servername: string | undefined;
  /** Channel binding of RFC 9266; undefined below TLS 1.3, where it would not be unique. */
  readonly exporter: (() => Buffer) | undefined;
  /** Channel binding of RFC 5929 §4: the hash of our own certificate. */
  serverEndPoint(): Buffer;
  /** Of another server: what it sent, its own certificate first, as DER; empty when it sent none. Nobody has judged it. */
  readonly peerCertificates: readonly Buffer[];
}

/**
 * Bytes in, stanzas out, whatever carries them. What is sent during one turn leaves in one write. A peer that does not
 * read is not buffered without bound: its input waits first, then its sink is told to end it.
 */
export interface Connection {
  readonly id: number;
  readonly remoteAddress: string;
  readonly kind: 'tcp' | 'tls' | 'websocket';
  readonly secure: TlsFacts | undefined;
  /** What broke it, TLS included, when it was not closed. */
  readonly fault?: Error | undefined;
  readonly isOpen: boolean;
  /** Bytes sent that the peer has not taken yet. */
  readonly bufferedBytes: number;
  /** The peer has been sent much that it has not taken: whoever has more for it should wait until it has. */
  readonly isChoked: boolean;
  /** May be changed at any time. */
  readonly limits: Limits;
  /** Queues a copy of one or more complete stanzas. On WebSocket: exactly one. */
  send(bytes: Buffer, start: number, end: number): void;
  /** Queues text: a stanza, or a part of the stream's frame. On WebSocket: one message. */
  sendText(text: string): void;
  /** Starts TLS once what was sent has left. Throws when the peer has sent anything behind its request. RFC 6120 §5.4.3.3 */
  startTls(): void;
  /** A new stream header must follow. */
  restart(): void;
  /** Nothing more is presented until `resume`; with `again` the present element once more then. */
  suspend(options?: { again?: boolean }): void;
  resume(): void;
  /**
   * What the peer sends is read from now on also while it is behind: where both send much, each would wait for the other.
   * For whoever bounds what comes in by itself.
   */
  readOn(): void;
  /** The peer has logged in: the deadline for that is off. */
  authenticated(): void;
  /** Sends what is queued and `last`, then closes; cuts it off when the peer does not take it within five seconds. */
  end(last?: string): void;
  /** Cuts it off. */
  destroy(): void;
}

/** Who is told what a connection brings. After `gone`, nothing. */
export interface ConnectionSink extends FrameSink {
  /** The peer broke the rules of XML or of the limits, or the sink failed. Nothing is read any more; the connection ends when this returns. */
  failed(error: Error): void;
  /** The peer has closed its side without ending the stream: what is sent now is the last it gets. XEP-0198 §6 */
  abandoned(): void;
  /** The peer does not take what it is sent, and the bound is reached: the connection is cut off when this returns. */
  overflowed(): void;
  /** The connection is no more. Called exactly once. */
  gone(): void;
}

/** Makes the sink for a connection that has just been accepted. */
export type Accept = (connection: Connection) => ConnectionSink;

let lastId = 0;

/** A number for logs, unique in the process. */
export function nextConnectionId(): number {
  return ++lastId;
}

/** Above this, what the peer sends is not read until it takes what it was sent. */
export const PAUSE_READING_BYTES = 262_144;
/** Above this the peer is cut off. The largest page of an archive fits several times. */
export const MOST_BUFFERED_BYTES = 8_388_608;
export const END_WITHIN_MS = 5000;
