import { type DialFailure, type ProxyAt, type ProxyCode, proxyFault } from '@interoffice/transport';

/** A proxy as it may be shown: without what we log in to it with. */
export type ShownProxy = Pick<ProxyAt, 'kind' | 'host' | 'port'>;

export function shownProxy({ kind, host, port }: ProxyAt): ShownProxy {
  return { kind, host, port };
}

interface About {
  /** The peer's server, behind the proxy. */
  readonly where: string;
  readonly kind: string;
  readonly said: string;
  readonly fault: string;
}

/** What became of a call at its proxy, for people. */
export function describeProxyFailure({ code, said }: DialFailure, proxy: ProxyAt, where: string): string {
  const kind = proxy.kind === 'http' ? 'HTTP' : 'SOCKS 5';
  const isSource = said === 'EADDRNOTAVAIL' || said === 'EINVAL';
  const about = { where, kind, said: said === undefined ? '' : ` (${said})`, fault: proxyFault(proxy) ?? '' };
  const text = isSource ? FROM_THERE : TEXTS[code as ProxyCode](about);
  return `The proxy ${proxy.host} port ${proxy.port} ${text}`;
}

const FROM_THERE =
  'cannot be called from the source address that is set: this machine does not have it, or it is of the other IP version.';

const TEXTS: Readonly<Record<ProxyCode, (about: About) => string>> = {
  'proxy-unreachable': ({ said }) =>
    `cannot be reached${said}: it is down, its name or port is wrong, or a firewall on the way says no.`,
  'proxy-auth-required': ({ said }) => `wants a user name and a password, and none are set${said}.`,
  'proxy-auth-refused': ({ said }) => `does not accept the user name and the password that are set for it${said}.`,
  'proxy-auth-method': ({ said }) => `wants another way of logging in than by user name and password${said}.`,
  'proxy-refused': ({ said, where }) =>
    `does not let us through to ${where}${said}. Its rules have to allow that address and port.`,
  'proxy-target-unreachable': ({ said, where }) =>
    `does not reach ${where}${said}: no server listens there, or its network has no way to it.`,
  'proxy-timeout': ({ where }) =>
    `was reached, but does not say whether it reaches ${where}: on the way there packets are dropped, or the proxy hangs.`,
  'proxy-closed': ({ said, kind }) =>
    `closed the connection without an answer${said}. It may refuse us, or be no proxy of kind ${kind}.`,
  'proxy-protocol': ({ said, kind }) =>
    `does not answer as a proxy of kind ${kind} has to${said}. Check its kind and its port.`,
  'proxy-settings': ({ fault }) => `cannot be asked. ${fault}`,
};
