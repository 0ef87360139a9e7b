import tls from 'node:tls';
import type { TlsFacts } from './connection.js';
import type { TlsContext } from './tls-context.js';

/** RFC 9266 §2 */
const EXPORTER = 'EXPORTER-Channel-Binding';

export const ALPN = 'xmpp-client';

export function factsOf(socket: tls.TLSSocket, context: TlsContext): TlsFacts {
  const { endPoint } = context;
  const protocol = socket.getProtocol() ?? '';
  return {
    protocol,
    cipher: socket.getCipher().name,
    servername: typeof (socket as { servername?: unknown }).servername === 'string' ? (socket as { servername?: string }).servername : undefined,
    exporter: () => (protocol === 'TLSv1.3' ? socket.exportKeyingMaterial(32, EXPORTER, Buffer.alloc(0)) : undefined),
    serverEndPoint: () => endPoint,
  };
}

/** What our side of a client connection asks of TLS. A client that offers ALPN must offer ours: RFC 7301 §3.2, XEP-0368 §3. */
export function serverOptions(context: TlsContext): tls.TLSSocketOptions & { isServer: true } {
  return {
    isServer: true,
    // Read again for each connection, so that a replaced certificate is used at once.
    secureContext: context.secure,
    ALPNProtocols: [ALPN],
    requestCert: false,
  };
}
