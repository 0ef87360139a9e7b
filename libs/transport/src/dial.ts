import type net from 'node:net';
import type { Scanner } from '@interoffice/wire';
import type { Accept } from './connection.js';
import { DialFailure } from './dial-failure.js';
import { type LineAt, openLine } from './dial-line.js';
import { nothing, once } from './dial-once.js';
import type { Direct } from './direct.js';
import { SocketConnection } from './socket-connection.js';
import type { TlsContext } from './tls-context.js';
import { calling, isWrongProtocol } from './tls-side.js';

/** Where another server is called, and as whom. Its `withinMs` is for TLS, too, once more. */
export interface DialAt extends LineAt {
  /** `tls`: TLS from the first byte (XEP-0368). */
  readonly kind: 'tcp' | 'tls';
  /** What is asked for by SNI: the domain, or what a route says, in A-labels. */
  readonly servername: string;
}

export interface DialParts {
  readonly scanner: Scanner;
  /** Our certificate: the caller shows it as well. */
  readonly tls: TlsContext;
  readonly direct?: Direct | undefined;
}

/**
 * Calls another server. Resolves when the connection is up, inside TLS where that comes first; its certificate has then
 * not been judged. Rejects with DialFailure. `accept` makes the sink, as for connections that come in.
 */
export async function dial(at: DialAt, parts: DialParts, accept: Accept): Promise<SocketConnection> {
  const side = calling(parts.tls, at.servername);
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
  const plain = await openLine(at);
  if (at.kind === 'tcp') return enter(plain);
  const secured = side.begin(plain);
  const take = (): SocketConnection | undefined => (isWrongProtocol(secured, side) ? undefined : enter(secured));
  const connection = await once(secured, 'secure', { stage: 'tls', withinMs: at.withinMs, take });
  if (connection) return connection;
  secured.destroy();
  throw new DialFailure('tls', 'wrong-protocol');
}
