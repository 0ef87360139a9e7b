import net from 'node:net';
import type { Scanner } from '@interoffice/wire';
import type { Accept } from './connection.js';
import type { Direct } from './direct.js';
import { SocketConnection } from './socket-connection.js';
import type { TlsContext } from './tls-context.js';
import { calling, isWrongProtocol } from './tls-side.js';

/** Where another server is called, and as whom. */
export interface DialAt {
  /** An address, not a name: who resolves has decided that it may be called. */
  readonly host: string;
  readonly port: number;
  /** `tls`: TLS from the first byte (XEP-0368). */
  readonly kind: 'tcp' | 'tls';
  /** What is asked for by SNI: the domain, in A-labels. */
  readonly servername: string;
  /** The address of ours to call from; the system's choice unless given. */
  readonly from?: string | undefined;
  /** For the connection, and once more for TLS. */
  readonly withinMs: number;
}

export interface DialParts {
  readonly scanner: Scanner;
  /** Our certificate: the caller shows it as well. */
  readonly tls: TlsContext;
  readonly direct?: Direct | undefined;
}

/** No connection came about: at which stage, and what the system or the peer said. */
export class DialFailure extends Error {
  override readonly name = 'DialFailure';

  constructor(
    readonly stage: 'connect' | 'tls',
    /** `timeout`, or the code that Node gives, such as ECONNREFUSED. */
    readonly code: string,
    cause?: Error,
  ) {
    super(`${stage}: ${code}`, { cause });
  }
}

/**
 * Calls another server. Resolves when the connection is up, inside TLS where that comes first; its certificate has then
 * not been judged. Rejects with DialFailure. `accept` makes the sink, as for connections that come in.
 */
export async function dial(at: DialAt, parts: DialParts, accept: Accept): Promise<SocketConnection> {
  const side = calling(parts.tls, at.servername);
  const { host, port, from, withinMs } = at;
  const enter = (socket: net.Socket): SocketConnection => {
    const { scanner, direct } = parts;
    return new SocketConnection(socket, at.kind, {
      scanner,
      tls: side,
      direct,
      accept,
      left: nothing,
      loggedIn: nothing,
    });
  };
  const plain = net.connect({ host, port, allowHalfOpen: true, ...(from !== undefined && { localAddress: from }) });
  await once(plain, 'connect', { stage: 'connect', withinMs, take: nothing });
  if (at.kind === 'tcp') return enter(plain);
  const secured = side.begin(plain);
  const take = (): SocketConnection | undefined => (isWrongProtocol(secured, side) ? undefined : enter(secured));
  const connection = await once(secured, 'secure', { stage: 'tls', withinMs, take });
  if (connection) return connection;
  secured.destroy();
  throw new DialFailure('tls', 'wrong-protocol');
}

const nothing = (): void => undefined;

interface Wanted<T> {
  readonly stage: DialFailure['stage'];
  readonly withinMs: number;
  /** Called in the very event: a turn later Node has forgotten the peer's chain. */
  readonly take: () => T;
}

/** Waits for the event, leaving nothing of its own on the socket; destroys it when that does not come. */
function once<T>(socket: net.Socket, event: 'connect' | 'secure', { stage, withinMs, take }: Wanted<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (code: string, cause?: Error): void => {
      leave();
      // What still happens to it concerns nobody.
      socket.on('error', nothing).destroy();
      reject(new DialFailure(stage, code, cause));
    };
    const failed = (error: NodeJS.ErrnoException): void => fail(error.code ?? error.message, error);
    const closed = (): void => fail('closed');
    const done = (): void => {
      leave();
      resolve(take());
    };
    const timer = setTimeout(() => fail('timeout'), withinMs);
    const leave = (): void => {
      clearTimeout(timer);
      socket.off('error', failed).off('close', closed).off(event, done);
    };
    socket.on('error', failed).on('close', closed).once(event, done);
  });
}
