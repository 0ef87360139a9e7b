import { domainToASCII } from 'node:url';
import type { ResolvedTarget } from '@interoffice/federation/peer';
import { SERVERS } from '@interoffice/stream';
import { Failure } from '@interoffice/telemetry';
import { type Connection, type ConnectionSink, dial, DialFailure, type DialParts } from '@interoffice/transport';
import { type Element, NS, type Scanner, serialize, toTree, xml } from '@interoffice/wire';

const MOST_BYTES = 16_384;

/**
 * What a server shows as its certificate, DER, its own first, when it is called as other servers call it: TLS from the
 * first byte, or STARTTLS. Nothing is said of who we are, nobody judges it, and the connection is closed at once. Rejects
 * with NOT_SEEN and why.
 */
export async function shownChain(
  domain: string,
  { address, port, kind, servername = domain }: ResolvedTarget,
  { withinMs, from, ...parts }: DialParts & { readonly withinMs: number; readonly from?: string | undefined },
): Promise<readonly Buffer[]> {
  const notSeen = (why: string): Failure => new Failure('NOT_SEEN', `${address} port ${port}: ${why}`);
  const { promise, resolve, reject } = Promise.withResolvers<readonly Buffer[]>();
  let opened: Connection | undefined;
  const late = setTimeout(() => reject(notSeen('no certificate was shown in time')), withinMs);
  try {
    const at = { host: address, port, kind, servername: domainToASCII(servername), from, withinMs };
    opened = await dial(at, parts, (connection) => {
      const refuse = (why: string): void => reject(notSeen(why));
      return new Looking(connection, { domain: domainToASCII(domain), seen: resolve, refuse });
    });
    if (opened.secure) resolve(opened.secure.peerCertificates);
    else opened.sendText(SERVERS.header({ from: undefined, to: domainToASCII(domain) }));
    return await promise;
  } catch (error) {
    throw error instanceof DialFailure ? notSeen(error.code) : error;
  } finally {
    clearTimeout(late);
    opened?.destroy();
  }
}

interface LookingParts {
  readonly domain: string;
  readonly seen: (chain: readonly Buffer[]) => void;
  readonly refuse: (why: string) => void;
}

/** A stream that goes as far as STARTTLS and the header behind it. */
class Looking implements ConnectionSink {
  constructor(
    private readonly connection: Connection,
    private readonly parts: LookingParts,
  ) {
    connection.limits.maxBytes = MOST_BYTES;
  }

  opened(): void {
    // The answer to the header behind the handshake: what the handshake has shown is there now.
    const { secure } = this.connection;
    if (secure) this.parts.seen(secure.peerCertificates);
  }

  element(bytes: Buffer, scan: Scanner): void {
    if (this.connection.secure) return;
    this.#take(toTree(bytes, scan.start, scan.end, scan.namespaces));
  }

  closed(): void {
    this.parts.refuse('it closed the stream');
  }

  abandoned(): void {
    this.parts.refuse('it closed the connection');
  }

  failed(error: Error): void {
    this.parts.refuse(error.message);
  }

  overflowed(): void {
    this.parts.refuse('it does not read');
  }

  gone(): void {
    this.parts.refuse('the connection was closed');
  }

  #take(element: Element): void {
    if (element.is('features', NS.stream)) {
      if (!element.getChild('starttls', NS.tls)) return this.parts.refuse('it offers no TLS');
      this.connection.sendText(serialize(xml('starttls', { xmlns: NS.tls }), NS.server));
      return;
    }
    if (!element.is('proceed', NS.tls)) return this.parts.refuse('it refuses TLS');
    this.connection.startTls();
    this.connection.restart();
    this.connection.sendText(SERVERS.header({ from: undefined, to: this.parts.domain }));
  }
}
