import type net from 'node:net';
import tls from 'node:tls';
import type { TlsContext } from './tls-context.js';

/** What is spoken inside TLS, as ALPN names it. XEP-0368 §3 */
export type Protocol = 'xmpp-client' | 'xmpp-server';

/** One side of the TLS of connections: how a handshake is begun on one that is up, and for which protocol. */
export interface TlsSide {
  readonly protocol: Protocol;
  begin(plain: net.Socket): tls.TLSSocket;
}

export interface AnsweringParts {
  readonly context: TlsContext;
  /** Whether a name asked for by SNI is ours; the handshake fails otherwise. Without it every name is. */
  readonly isServedName?: ((name: string) => boolean) | undefined;
  readonly protocol?: Protocol | undefined;
}

/** The side that was called. A caller that offers ALPN must offer our protocol: RFC 7301 §3.2, XEP-0368 §3. */
export function answering({ context, isServedName, protocol = 'xmpp-client' }: AnsweringParts): TlsSide {
  const SNICallback = isServedName && answerOnly(isServedName, context);
  return {
    protocol,
    begin: (plain) =>
      new tls.TLSSocket(plain, {
        isServer: true,
        // Read again for each connection, so that a replaced certificate is used at once.
        secureContext: context.secure,
        ALPNProtocols: [protocol],
        // A server shows who it is; whether it is believed is decided by who knows its domain.
        requestCert: protocol === 'xmpp-server',
        rejectUnauthorized: false,
        SNICallback,
      }),
  };
}

/** a client that wants another host has lost its way, or was sent here by somebody. */
function answerOnly(isServedName: (name: string) => boolean, context: TlsContext): tls.TLSSocketOptions['SNICallback'] {
  return (name, done) => {
    if (isServedName(name)) done(null, context.secure);
    else done(new Error('The name the client asked for is not served here.'));
  };
}

/** The side that calls another server, by this name. Every certificate passes here: it is judged before anything is sent. */
export function calling(context: TlsContext, servername: string): TlsSide {
  return {
    protocol: 'xmpp-server',
    begin: (socket) =>
      tls.connect({
        socket,
        servername,
        secureContext: context.secure,
        ALPNProtocols: ['xmpp-server'],
        rejectUnauthorized: false,
        // RFC 6125 by Node takes a CN for a name; what counts is decided in libs/pki.
        checkServerIdentity: () => undefined,
      }),
  };
}

/** The peer offered protocols by ALPN and ours was not among them. */
export function isWrongProtocol(socket: tls.TLSSocket, { protocol }: TlsSide): boolean {
  return typeof socket.alpnProtocol === 'string' && socket.alpnProtocol !== protocol;
}
