import type { TLSSocket } from 'node:tls';

/** What a peer sends beyond that is not kept; a chain is two or three long. */
const MOST_CERTIFICATES = 10;

/**
 * The certificates a peer sent, its own first, as DER; nobody has judged them. To be called in the event that ends the
 * handshake: a turn later Node knows only the first.
 */
export function sentChain(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = [];
  let next = socket.getPeerCertificate(true);
  // Empty when there is none; the last one is its own issuer.
  while (next?.raw !== undefined && chain.length < MOST_CERTIFICATES) {
    if (chain.some((known) => known.equals(next.raw))) break;
    chain.push(next.raw);
    next = next.issuerCertificate;
  }
  return chain;
}
