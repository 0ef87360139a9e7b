import type { ShownCertificate } from '@interoffice/pki';
import type { S2sStage } from '@interoffice/stream';
import type { DialFailure, ProxyAt } from '@interoffice/transport';
import { describeProxyFailure, type ShownProxy } from './proxy-texts.js';
import type { ResolvedTarget } from './resolve.js';

/** The stations on the way to a peer, in their order; `proxy` is one where a proxy is set, `ready` is the end of it. */
export type Stage = 'policy' | 'resolve' | 'proxy' | 'connect' | S2sStage | 'ready';

/** One try to reach a peer, as its page shows it. */
export interface Attempt {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly tookMs: number;
  /** Undefined when there was none to call. */
  readonly target: ResolvedTarget | undefined;
  /** What it went through. */
  readonly proxy?: ShownProxy | undefined;
  readonly stage: Stage;
  /** `ok`, or a stable code for what went wrong. */
  readonly code: string;
  /** What happened, on whose side, and what to do. */
  readonly text: string;
  /** What the peer showed, its own certificate first. */
  readonly chain: readonly ShownCertificate[];
}

/** How a target was reached, for people: with what is not as it would be by DNS alone. */
export function describeSuccess({ address, port, foundBy, identity }: ResolvedTarget, proxy?: ShownProxy): string {
  const through = proxy ? ` through the proxy ${proxy.host} port ${proxy.port}` : '';
  const by = foundBy === undefined ? '' : `, by ${foundBy === 'route' ? 'its route' : 'its host-meta'}`;
  const as = identity ? ` Its certificate had to name ${identity.join(' or ')}.` : '';
  return `Connected to ${address} port ${port}${through}${by}.${as}`;
}

/** What a proxy, the system, TLS or the peer's TLS said, for people. */
export function describeDialFailure(
  failure: DialFailure,
  { address, port }: ResolvedTarget,
  proxy?: ProxyAt,
): { code: string; text: string } {
  const { stage, code } = failure;
  const where = `${address} port ${port}`;
  if (stage === 'proxy' && proxy) return { code, text: describeProxyFailure(failure, proxy, where) };
  const known = stage === 'connect' ? CONNECT[code] : TLS.find(({ when }) => when.test(code));
  if (known) return { code: known.code, text: `${where} ${known.text}` };
  const what = stage === 'connect' ? 'cannot be reached' : 'did not complete the TLS handshake';
  return { code: stage === 'connect' ? 'unreachable' : 'tls-failed', text: `${where} ${what} (${code}).` };
}

interface Known {
  readonly code: string;
  readonly text: string;
}

const CONNECT: Readonly<Record<string, Known>> = {
  ECONNREFUSED: {
    code: 'refused',
    text: 'refuses connections: no server listens there, or a firewall on their side says no.',
  },
  ECONNRESET: { code: 'reset', text: 'was reached and broke the connection at once, as firewalls do.' },
  EHOSTUNREACH: {
    code: 'no-route',
    text: 'cannot be reached: there is no route to it from here. Check the network of this gateway.',
  },
  ENETUNREACH: {
    code: 'no-route',
    text: 'cannot be reached: this gateway has no route to that network (IPv6 or a missing gateway).',
  },
  EADDRNOTAVAIL: {
    code: 'no-source',
    text: 'cannot be called from the source address that is set: this machine does not have it.',
  },
  EINVAL: {
    code: 'no-source',
    text: 'cannot be called from the source address that is set: one of them is IPv4 and the other IPv6.',
  },
  'not-an-address': {
    code: 'not-an-address',
    text: 'is a name that nobody has resolved, and is not called. Only a proxy is left to resolve names.',
  },
  timeout: { code: 'timeout', text: 'does not answer: a firewall drops the packets, or the machine is down.' },
  closed: { code: 'reset', text: 'closed the connection at once.' },
};

const TLS: readonly (Known & { readonly when: RegExp })[] = [
  { when: /^timeout$/, code: 'timeout', text: 'was reached, but does not complete TLS in time.' },
  {
    when: /^closed$|ECONNRESET/,
    code: 'tls-closed',
    text: 'broke the connection during TLS: it may not accept our certificate.',
  },
  {
    when: /wrong-protocol|NO_APPLICATION_PROTOCOL/,
    code: 'wrong-protocol',
    text: 'does not speak XMPP between servers inside TLS (ALPN). The SRV record leads to another service.',
  },
  {
    when: /ALERT_UNKNOWN_CA|ALERT_BAD_CERTIFICATE|ALERT_CERTIFICATE|ALERT_UNSUPPORTED_CERTIFICATE/,
    code: 'our-certificate-refused',
    text: 'does not accept our certificate. Their side has to trust our authority, or ours has to be renewed.',
  },
  {
    when: /WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST/,
    code: 'no-tls',
    text: 'does not speak TLS from the first byte. The SRV record of _xmpps-server leads to a port without it.',
  },
  {
    when: /ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/,
    code: 'tls-too-old',
    text: 'speaks only TLS versions that are not safe any more. It needs 1.2 or 1.3.',
  },
  {
    when: /HANDSHAKE_FAILURE|NO_SHARED_CIPHER/,
    code: 'no-common-cipher',
    text: 'and we have no cipher suite in common.',
  },
];
