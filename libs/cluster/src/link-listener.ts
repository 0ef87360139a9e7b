import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { Failure } from '@interoffice/telemetry';
import type { LinkEnd, TakeLink } from './link.js';
import { distrust, LINK_PROTOCOL, linkContext, type LinkIdentity, type LinkProof } from './link-trust.js';
import { LINK_TIMES, type LinkTimes, type LinkVersions, beginLink } from './tls-link.js';

/** A gateway has a link or two; more connections than this at once are somebody else's. */
const MOST_CONNECTIONS = 64;

export interface LinkListenerParts {
  readonly identity: LinkIdentity;
  readonly prove: LinkProof;
  /** A link is up. */
  readonly take: TakeLink;
  /** Somebody came and no link came about: to be counted and logged. */
  readonly refused: (end: LinkEnd, remote: string) => void;
  readonly times?: LinkTimes;
  readonly versions?: LinkVersions;
}

/** Where servers dial a gateway. The gateway itself opens nothing towards them. */
export class LinkListener {
  readonly #server: tls.Server;
  readonly #sockets = new Set<tls.TLSSocket>();

  /** Throws CERTIFICATE_UNUSABLE. */
  constructor(
    private readonly at: { readonly host: string; readonly port: number },
    private readonly parts: LinkListenerParts,
  ) {
    const times = parts.times ?? LINK_TIMES;
    this.#server = tls.createServer({
      ...usable(parts.identity),
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: [LINK_PROTOCOL],
      handshakeTimeout: times.withinMs,
    });
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#server.on('secureConnection', (socket) => this.#enter(socket, times));
    this.#server.on('tlsClientError', (error, socket) => {
      const { remoteAddress = '' } = socket;
      parts.refused({ code: 'protocol', text: `No TLS came about: ${error.message}` }, remoteAddress);
      socket.destroy();
    });
  }

  /** Resolves with the port. Rejects with PORT_BUSY. */
  listen(): Promise<number> {
    const { host, port } = this.at;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause) => {
        reject(new Failure('PORT_BUSY', `Links cannot be taken at ${host}:${port}: ${cause.message}`, { cause }));
      });
      this.#server.listen(port, host, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** Handshakes to come show the new certificate; links that are up stay. Throws CERTIFICATE_UNUSABLE and keeps the old one. */
  replace(identity: LinkIdentity): void {
    this.#server.setSecureContext(usable(identity));
  }

  /** Breaks every link that is up and takes no more. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #enter(socket: tls.TLSSocket, times: LinkTimes): void {
    const { prove, take, refused, versions } = this.parts;
    const remote = socket.remoteAddress ?? '';
    const end = distrust(socket, prove);
    if (end) {
      socket.on('error', () => undefined).destroy();
      return refused(end, remote);
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    beginLink(socket, { take, failed: (why) => refused(why, remote), times, ...(versions && { versions }) });
  }
}

function usable(identity: LinkIdentity): tls.SecureContextOptions {
  const options = linkContext(identity);
  try {
    tls.createSecureContext(options);
    return options;
  } catch (cause) {
    throw new Failure(
      'CERTIFICATE_UNUSABLE',
      `The certificate of the link cannot be used: ${(cause as Error).message}. Check the two files it was read from.`,
      { cause },
    );
  }
}
