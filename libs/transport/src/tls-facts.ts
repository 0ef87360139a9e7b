import tls from 'node:tls';
import type { TlsFacts } from './connection.js';
import { endPointOf, type TlsContext } from './tls-context.js';

/** RFC 9266 §2 */
const EXPORTER = 'EXPORTER-Channel-Binding';
const EXPORTER_BYTES = 32;

/** XEP-0368 §3 */
export const ALPN = 'xmpp-client';

/** Our side of the TLS of clients. */
export interface TlsSide {
  readonly context: TlsContext;
  /** Whether a name asked for by SNI is ours; the handshake fails otherwise. Without it every name is. */
  readonly isServedName: ((name: string) => boolean) | undefined;
}

/** What a finished handshake was about: asked of the socket when somebody wants to know, which few connections need. */
class Handshake implements TlsFacts {
  constructor(private readonly socket: tls.TLSSocket) {}

  get protocol(): string {
    return this.socket.getProtocol() ?? '';
  }

  get cipher(): string {
    return this.socket.getCipher().name;
  }

  get servername(): string | undefined {
    const { servername } = this.socket as { servername?: unknown };
    return typeof servername === 'string' ? servername : undefined;
  }

  get exporter(): (() => Buffer) | undefined {
    if (this.protocol !== 'TLSv1.3') return undefined;
    return () => this.socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER, Buffer.alloc(0));
  }

  serverEndPoint(): Buffer {
    // Our own certificate of this very handshake: the context may hold a newer one by now.
    const certificate = this.socket.getX509Certificate();
    return certificate === undefined ? Buffer.alloc(0) : endPointOf(certificate);
  }
}

export function factsOf(socket: tls.TLSSocket): TlsFacts {
  return new Handshake(socket);
}

/** What our side asks of TLS. A client that offers ALPN must offer ours: RFC 7301 §3.2, XEP-0368 §3. */
export function serverOptions({ context, isServedName }: TlsSide): tls.TLSSocketOptions & { isServer: true } {
  return {
    isServer: true,
    // Read again for each connection, so that a replaced certificate is used at once.
    secureContext: context.secure,
    ALPNProtocols: [ALPN],
    requestCert: false,
    SNICallback: isServedName && answerOnly(isServedName, context),
  };
}

/** a client that wants another host has lost its way, or was sent here by somebody. */
function answerOnly(isServedName: (name: string) => boolean, context: TlsContext): tls.TLSSocketOptions['SNICallback'] {
  return (name, done) => {
    if (isServedName(name)) done(null, context.secure);
    else done(new Error('The name the client asked for is not served here.'));
  };
}

/** The client offered protocols by ALPN and ours was not among them. */
export function isWrongProtocol(socket: tls.TLSSocket): boolean {
  return typeof socket.alpnProtocol === 'string' && socket.alpnProtocol !== ALPN;
}
