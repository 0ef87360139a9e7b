import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { sentChain } from '@interoffice/pki';
import type { LinkEnd } from './link.js';

/** Our side of a link, PEM. */
export interface LinkIdentity {
  readonly key: string;
  /** The certificate, and what stands between it and the authority. */
  readonly certificate: string;
}

/**
 * Whether what the other end showed makes it the one we mean; what is wrong with it, or undefined. Given by the
 * application, which knows authorities, names and pins; nothing is trusted without it.
 */
export type LinkProof = (certificates: readonly Buffer[]) => { readonly text: string } | undefined;

/** What is spoken inside TLS, as ALPN names it. */
export const LINK_PROTOCOL = 'interoffice-link';

/** Both ends are ours, so nothing older than TLS 1.3 is spoken. Authorities: `LinkProof` knows them. */
export function linkContext({ key, certificate }: LinkIdentity): SecureContextOptions {
  return { key, cert: certificate, ca: [], minVersion: 'TLSv1.3' };
}

/** To be called in the event that ends the handshake: a turn later Node knows only the first certificate. */
export function distrust(socket: TLSSocket, prove: LinkProof): LinkEnd | undefined {
  if (socket.alpnProtocol !== LINK_PROTOCOL) {
    return { code: 'protocol', text: 'The other side does not speak the protocol of links: it is another service.' };
  }
  const fault = prove(sentChain(socket));
  return fault && { code: 'untrusted', text: fault.text };
}
