import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Log } from '@interoffice/telemetry';
import type { Scanner } from '@interoffice/wire';
import { WebSocketServer } from 'ws';
import type { Accept } from './connection.js';
import './events.js';
import type { AcceptGuard } from './limits.js';
import { factsOf } from './tls-facts.js';
import { WebSocketConnection } from './websocket-connection.js';

export interface WebSocketParts {
  readonly scanner: Scanner;
  readonly guard: AcceptGuard;
  readonly accept: Accept;
  /** Whether a page of this origin may talk to us. Clients that are no browsers send none. */
  readonly isAllowedOrigin: (origin: string) => boolean;
  /** The largest message; the stream's own limit may be smaller. */
  readonly maxBytes: number;
  readonly log: Log;
}

/** Pieces a message may come in, and reads that may wait for their place: each costs far more than its bytes. */
const MOST_FRAGMENTS = 256;
const MOST_WAITING_READS = 4096;

/** XMPP over WebSocket on the https port. RFC 7395 */
export class WebSockets {
  readonly connections = new Set<WebSocketConnection>();
  readonly #server: WebSocketServer;

  constructor(private readonly parts: WebSocketParts) {
    this.#server = new WebSocketServer({
      noServer: true,
      // compression lets a few bytes become megabytes, and tells lengths to who can add text of his own.
      perMessageDeflate: false,
      maxPayload: parts.maxBytes,
      maxFragments: MOST_FRAGMENTS,
      maxBufferedChunks: MOST_WAITING_READS,
      handleProtocols: () => 'xmpp',
      clientTracking: false,
    });
  }

  /** Answers an HTTP upgrade: 403 for a foreign page, 400 without the sub-protocol `xmpp`, 429 for too many. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const remote = request.socket.remoteAddress ?? '';
    const objection = this.#objection(request, remote);
    if (objection) {
      this.parts.log.warn('connection.refused', { remote, reason: objection.reason });
      socket.end(`HTTP/1.1 ${objection.status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const { scanner, accept, guard } = this.parts;
      const connection = new WebSocketConnection(webSocket, {
        scanner,
        accept,
        socket,
        remoteAddress: remote,
        secure: socket instanceof TLSSocket ? factsOf(socket) : undefined,
        loggedIn: (here) => guard.loggedIn(remote, here),
        left: (gone) => this.#left(gone),
      });
      this.connections.add(connection);
      guard.entered(remote, connection);
    });
  }

  #objection(request: IncomingMessage, remote: string): { status: string; reason: string } | undefined {
    const { origin } = request.headers;
    if (origin !== undefined && !this.parts.isAllowedOrigin(origin)) {
      return { status: '403 Forbidden', reason: 'foreign origin' };
    }
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
    if (!offered.includes('xmpp')) return { status: '400 Bad Request', reason: 'sub-protocol xmpp not offered' };
    if (this.parts.guard.mayConnect(remote)) return undefined;
    return { status: '429 Too Many Requests', reason: 'too many connections from this address' };
  }

  #left(connection: WebSocketConnection): void {
    this.connections.delete(connection);
    this.parts.guard.left(connection.remoteAddress, connection);
  }
}
