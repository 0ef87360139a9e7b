import net from 'node:net';
import tls from 'node:tls';
import { Failure, type Log } from '@interoffice/telemetry';
import type { Scanner } from '@interoffice/wire';
import type { Accept } from './connection.js';
import './events.js';
import type { AcceptGuard } from './limits.js';
import { isWrongProtocol, SocketConnection, type SocketParts } from './socket-connection.js';
import { serverOptions } from './tls-facts.js';
import type { TlsContext } from './tls-context.js';

export interface ListenerParts {
  readonly scanner: Scanner;
  readonly tls: TlsContext;
  readonly guard: AcceptGuard;
  readonly sharedBuffer: boolean;
  readonly log: Log;
}

export interface ListenAt {
  readonly host: string;
  readonly port: number;
  /** `tls`: TLS from the first byte (XEP-0368). */
  readonly kind: 'tcp' | 'tls';
  /** The setting that moves it elsewhere, for the error when the port is taken. */
  readonly setting: string;
}

/** A handshake that takes longer is cut off. */
const HANDSHAKE_WITHIN_MS = 10_000;

/** A port on which clients are accepted. */
export class Listener {
  readonly connections = new Set<SocketConnection>();
  readonly #server: net.Server;
  readonly #socketParts: SocketParts;

  constructor(
    private readonly at: ListenAt,
    private readonly parts: ListenerParts,
    accept: Accept,
  ) {
    const { scanner, sharedBuffer } = parts;
    this.#socketParts = {
      scanner,
      sharedBuffer,
      accept,
      tls: parts.tls,
      left: (connection) => {
        this.connections.delete(connection);
        parts.guard.left(connection);
      },
      loggedIn: (connection) => parts.guard.loggedIn(connection),
    };
    this.#server = net.createServer({ pauseOnConnect: true }, (socket) => this.#accepted(socket));
  }

  /** Rejects with PORT_BUSY when somebody else listens there. */
  async listen(): Promise<number> {
    const { host, port, setting } = this.at;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : cause.message;
        reject(new Failure('PORT_BUSY', `Cannot listen on ${host}:${port}: ${why}. Stop it, or choose another port with ${setting}.`, { cause }));
      });
      this.#server.listen({ host, port, backlog: 4096 }, resolve);
    });
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** No new connections; those that are up stay. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #accepted(socket: net.Socket): void {
    socket.on('error', () => socket.destroy());
    const address = socket.remoteAddress ?? '';
    if (!this.parts.guard.mayConnect(address)) {
      this.parts.log.warn('connection.refused', { remote: address, reason: 'too many connections from this address' });
      socket.destroy();
    } else if (this.at.kind === 'tcp') this.#enter(socket, 'tcp');
    else this.#handshake(socket);
  }

  #handshake(plain: net.Socket): void {
    const socket = new tls.TLSSocket(plain, serverOptions(this.parts.tls));
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_WITHIN_MS).unref();
    socket.on('error', () => socket.destroy());
    socket.once('close', () => clearTimeout(timer));
    socket.once('secure', () => {
      clearTimeout(timer);
      if (isWrongProtocol(socket)) return socket.destroy();
      this.#enter(socket, 'tls');
    });
    plain.resume();
  }

  #enter(socket: net.Socket, kind: 'tcp' | 'tls'): void {
    socket.removeAllListeners('error');
    const connection = new SocketConnection(socket, kind, this.#socketParts);
    this.connections.add(connection);
    this.parts.guard.entered(connection);
  }
}

