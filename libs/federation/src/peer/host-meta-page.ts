import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import tls from 'node:tls';
import { type PeerCertificates, sentChain } from '@interoffice/pki';
import type { Clock } from '@interoffice/telemetry';
import { DialFailure, type LineAt, openLine, TLS_SETTINGS } from '@interoffice/transport';

/** Why a domain's host-meta says nothing to us. */
export interface HostMetaFault {
  readonly code: 'host-meta-unreachable' | 'host-meta-untrusted' | 'host-meta-missing' | 'host-meta-invalid';
  readonly text: string;
}

export interface PageParts extends Pick<LineAt, 'from' | 'proxy'> {
  /** Who vouches for the domain's web server: as for its XMPP server. */
  readonly certificates: PeerCertificates;
  readonly clock: Clock;
}

/** RFC 6415 §2, Appendix A */
const PATH = '/.well-known/host-meta.json';
const MOST_BYTES = 65_536;
const MOST_HEADER_BYTES = 8_192;

/**
 * A domain's host-meta, from this address: over TLS, whose certificate has to hold as that of a peer has to, and only
 * what the address itself answers, since a redirection would lead to somebody else's word. Ended by `signal`. Never rejects.
 */
export async function readPage(
  domain: string,
  at: Pick<LineAt, 'host' | 'port' | 'withinMs'>,
  parts: PageParts & { readonly signal: AbortSignal },
): Promise<{ readonly page: string } | HostMetaFault> {
  let secured: tls.TLSSocket | undefined;
  try {
    const { from, proxy, signal } = parts;
    const opened = await secure(domain, { ...at, from, proxy }, parts);
    if ('code' in opened) return opened;
    secured = opened.secured;
    return await get(domain, secured, signal);
  } catch (error) {
    return unreachable(domain, at, error as NodeJS.ErrnoException);
  } finally {
    secured?.destroy();
  }
}

/** Nothing is said before the certificate has been judged. */
async function secure(
  domain: string,
  at: LineAt,
  { certificates, clock, signal }: PageParts & { readonly signal: AbortSignal },
): Promise<{ readonly secured: tls.TLSSocket } | HostMetaFault> {
  const { secured, chain } = await shakeHands(await openLine(at), domain, signal);
  const { fault } = certificates.judge(chain, { domain, now: clock.now() });
  if (!fault) return { secured };
  secured.destroy();
  return { code: 'host-meta-untrusted', text: `The web server of ${domain} is not believed. ${fault.text}` };
}

async function shakeHands(
  socket: net.Socket,
  servername: string,
  signal: AbortSignal,
): Promise<{ readonly secured: tls.TLSSocket; readonly chain: readonly Buffer[] }> {
  const ALPNProtocols = ['http/1.1'];
  // Judged by our own rules; with authorities Node would show only the first certificate.
  const unjudged = { ca: [], rejectUnauthorized: false, checkServerIdentity: () => undefined };
  const secured = tls.connect({ ...TLS_SETTINGS, ...unjudged, socket, servername, ALPNProtocols });
  let chain: readonly Buffer[] = [];
  // In the very event: a turn later Node knows only the first.
  secured.once('secure', () => (chain = sentChain(secured)));
  try {
    await once(secured, 'secure', { signal });
    return { secured, chain };
  } catch (error) {
    secured.on('error', () => undefined).destroy();
    throw error;
  }
}

async function get(
  domain: string,
  secured: tls.TLSSocket,
  signal: AbortSignal,
): Promise<{ page: string } | HostMetaFault> {
  const request = http.request({
    createConnection: () => secured,
    host: domain,
    path: PATH,
    headers: { host: domain, accept: 'application/json', 'accept-encoding': 'identity' },
    maxHeaderSize: MOST_HEADER_BYTES,
    signal,
  });
  // Told by whoever waits; what happens to it when the page has been read, or left, concerns nobody.
  request.on('error', () => undefined).end();
  const [response] = (await once(request, 'response', { signal })) as [http.IncomingMessage];
  const { statusCode, headers } = response;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (statusCode === 200 && encoding === 'identity') return bodyOf(domain, response);
  const why = statusCode === 200 ? `its encoding ${encoding}` : `HTTP ${statusCode}; redirections are not followed`;
  return { code: 'host-meta-missing', text: `https://${domain}${PATH} is not there (${why}).` };
}

async function bodyOf(domain: string, response: http.IncomingMessage): Promise<{ page: string } | HostMetaFault> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) {
      return { code: 'host-meta-invalid', text: `https://${domain}${PATH} is longer than ${MOST_BYTES} bytes.` };
    }
    chunks.push(chunk);
  }
  return { page: Buffer.concat(chunks).toString('utf8') };
}

function unreachable(
  domain: string,
  { host, port }: Pick<LineAt, 'host' | 'port'>,
  error: NodeJS.ErrnoException,
): HostMetaFault {
  const why = error instanceof DialFailure ? error.message : error.name === 'AbortError' ? 'timeout' : error.code;
  const text = `The web server of ${domain} at ${host} port ${port} does not answer as it has to (${why ?? error.message}).`;
  return { code: 'host-meta-unreachable', text };
}
