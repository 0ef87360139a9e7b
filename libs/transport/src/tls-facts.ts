import type tls from 'node:tls';
import { sentChain } from '@interoffice/pki';
import type { TlsFacts } from './connection.js';
import { endPointOf } from './tls-context.js';

/** RFC 9266 §2 */
const EXPORTER = 'EXPORTER-Channel-Binding';
const EXPORTER_BYTES = 32;

/** What a finished handshake was about: asked of the socket when somebody wants to know, which few connections need. */
class Handshake implements TlsFacts {
  constructor(
    private readonly socket: tls.TLSSocket,
    readonly peerCertificates: readonly Buffer[],
  ) {}

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

const NONE: readonly Buffer[] = [];

export function factsOf(socket: tls.TLSSocket): TlsFacts {
  return new Handshake(socket, NONE);
}

/** Of another server. To be called when the handshake has just ended: a turn later Node knows only the first certificate. */
export function factsOfServer(socket: tls.TLSSocket): TlsFacts {
  return new Handshake(socket, sentChain(socket));
}
