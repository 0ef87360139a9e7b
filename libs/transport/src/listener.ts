import net from 'node:net';
import { Failure, type Log } from '@interoffice/telemetry';
import type { Scanner } from '@interoffice/wire';
import type { Accept } from './connection.js';
import type { Direct } from './direct.js';
import './events.js';
import type { AcceptGuard, Guarded } from './limits.js';
import { type Handle, takeHandles } from './read-buffer.js';
import { SocketConnection, type SocketParts } from './socket-connection.js';
import type { TlsContext } from './tls-context.js';
import { answering, isWrongProtocol, type Protocol, type TlsSide } from './tls-side.js';

export interface ListenerParts {
  readonly scanner: Scanner;
  readonly tls: TlsContext;
  readonly guard: AcceptGuard;
  /** Read plaintext into the shared buffer: only where the self-test of read-buffer.ts has passed. */
  readonly sharedBuffer: boolean;
  /** Read and write past Node's streams; undefined where its self-test has not passed. */
  readonly direct?: Direct | undefined;
  readonly log: Log;
  /** Who calls here; clients unless said. */
  readonly protocol?: Protocol;
  /** Whether a name that a client asks for by SNI is ours; without it every name is taken. */
  readonly isServedName?: (name: string) => boolean;
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
const BACKLOG = 4096;

/** A port on which clients, or other servers, are accepted. */
export class Listener {
  readonly connections = new Set<SocketConnection>();
  readonly #server: net.Server;
  readonly #socketParts: SocketParts;
  readonly #side: TlsSide;
  readonly #handshakes = new WeakMap<SocketConnection, Guarded>();
  #isEmpty: (() => void) | undefined;

  constructor(
    private readonly at: ListenAt,
    private readonly parts: ListenerParts,
    accept: Accept,
  ) {
    const { scanner, guard } = parts;
    this.#side = answering({ context: parts.tls, isServedName: parts.isServedName, protocol: parts.protocol });
    this.#socketParts = {
      scanner,
      accept,
      tls: this.#side,
      direct: parts.direct,
      left: (connection) => this.#left(connection),
      loggedIn: (connection) => guard.loggedIn(connection.remoteAddress, this.#guarded(connection)),
    };
    // Half-open, so that a peer that has said its last still gets our end of the stream.
    const options = { pauseOnConnect: true, allowHalfOpen: true };
    this.#server = net.createServer(options, (socket) => this.#accepted(socket));
  }

  /** The port, once connections are accepted. Rejects with PORT_BUSY when somebody else listens there. */
  async listen(): Promise<number> {
    const { host, port } = this.at;
    await new Promise<void>((resolve, reject) => {
      const refuse = (cause: NodeJS.ErrnoException): void => reject(this.#busy(cause));
      this.#server.once('error', refuse);
      this.#server.listen({ host, port, backlog: BACKLOG }, () => {
        this.#server.off('error', refuse);
        this.#server.on('error', (error) => {
          this.parts.log.error('listener.failed', { setting: this.at.setting, error });
        });
        resolve();
      });
    });
    if (this.at.kind === 'tcp' && this.parts.sharedBuffer)
      takeHandles(this.#server, (handle) => this.#enterPlain(handle));
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** No new connections from now on; those that are up stay. Resolves when the last of them is gone. */
  close(): Promise<void> {
    this.#server.close();
    if (this.connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#isEmpty = resolve;
    });
  }

  #busy(cause: NodeJS.ErrnoException): Failure {
    const { host, port, setting } = this.at;
    const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : cause.message;
    const what = cause.code === 'EADDRINUSE' ? 'Stop it, or choose' : 'Choose';
    return new Failure('PORT_BUSY', `Cannot listen on ${host}:${port}: ${why}. ${what} another port with ${setting}.`, {
      cause,
    });
  }

  #accepted(socket: net.Socket): void {
    socket.on('error', () => socket.destroy());
    if (this.at.kind === 'tcp') this.#enterPlain(socket);
    else if (this.#mayConnect(socket.remoteAddress)) this.#handshake(socket);
    else socket.destroy();
  }

  #enterPlain(accepted: net.Socket | Handle): void {
    if (this.#mayConnect(accepted.remoteAddress)) {
      const connection = this.#enter(accepted, 'tcp');
      this.parts.guard.entered(connection.remoteAddress, connection);
    } else if (accepted instanceof net.Socket) accepted.destroy();
    else accepted.close();
  }

  #mayConnect(address = ''): boolean {
    const { guard, log } = this.parts;
    if (guard.mayConnect(address)) return true;
    log.warn('connection.refused', { remote: address, reason: 'too many connections from this address' });
    return false;
  }

  #handshake(plain: net.Socket): void {
    const { guard } = this.parts;
    const address = plain.remoteAddress ?? '';
    const socket = this.#side.begin(plain);
    // Counted from now on: a handshake that never ends is a connection, too.
    const entry = { destroy: () => socket.destroy() };
    guard.entered(address, entry);
    const leave = (): void => guard.left(address, entry);
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_WITHIN_MS).unref();
    // Half-open, it would stay until the timer although nothing can become of it.
    const brokenOff = (): void => void socket.destroy();
    socket.on('error', brokenOff).once('end', brokenOff);
    socket.once('close', leave).once('close', () => clearTimeout(timer));
    socket.once('secure', () => {
      clearTimeout(timer);
      socket.off('end', brokenOff);
      if (isWrongProtocol(socket, this.#side)) socket.destroy();
      else {
        socket.off('close', leave);
        this.#handshakes.set(this.#enter(socket, 'tls'), entry);
      }
    });
    plain.resume();
  }

  #enter(accepted: net.Socket | Handle, kind: 'tcp' | 'tls'): SocketConnection {
    const connection = new SocketConnection(accepted, kind, this.#socketParts);
    this.connections.add(connection);
    return connection;
  }

  /** The guard knows a TLS connection since its handshake began. */
  #guarded(connection: SocketConnection): Guarded {
    return this.#handshakes.get(connection) ?? connection;
  }

  #left(connection: SocketConnection): void {
    this.connections.delete(connection);
    this.parts.guard.left(connection.remoteAddress, this.#guarded(connection));
    if (this.connections.size === 0) this.#isEmpty?.();
  }
}
