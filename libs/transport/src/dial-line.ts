import net from 'node:net';
import { DialFailure, proxyFailure } from './dial-failure.js';
import { nothing, once } from './dial-once.js';
import { throughProxy } from './proxy.js';
import { isPlainHost, type ProxyAt, proxyFault } from './proxy-at.js';

/** Where a line shall lead, and how. */
export interface LineAt {
  /** An address, not a name: who resolves has decided that it may be called. Only a proxy may be left to resolve a name. */
  readonly host: string;
  readonly port: number;
  /** The address of ours to call from; the system's choice unless given. */
  readonly from?: string | undefined;
  /** What every byte goes through, where one is set. */
  readonly proxy?: ProxyAt | undefined;
  /** For the connection; with a proxy once more for its answer. */
  readonly withinMs: number;
}

/**
 * A TCP connection, straight or through a proxy. What comes over it from then on is the other end's, from the first byte.
 * Nobody listens to it yet, so that it has to be taken in the same turn; from a proxy it comes paused. Rejects with
 * DialFailure.
 */
export async function openLine(at: LineAt): Promise<net.Socket> {
  if (at.proxy) return openThrough(at.proxy, at);
  // A name would be resolved by the system, and lead to wherever that says. F-11
  if (net.isIP(at.host) === 0) throw new DialFailure('connect', 'not-an-address');
  const socket = connect(at, at.from);
  await once(socket, 'connect', { stage: 'connect', withinMs: at.withinMs, take: nothing });
  return socket;
}

async function openThrough(proxy: ProxyAt, to: LineAt): Promise<net.Socket> {
  if (proxyFault(proxy) !== undefined) throw proxyFailure('proxy-settings');
  if (!isPlainHost(to.host)) throw new DialFailure('connect', 'not-an-address');
  const { withinMs } = to;
  const socket = connect(proxy, to.from);
  await once(socket, 'connect', { stage: 'proxy', withinMs, take: nothing }).catch((error: DialFailure) => {
    throw proxyFailure('proxy-unreachable', error.code, error);
  });
  await throughProxy(socket, { proxy, to, withinMs });
  return socket;
}

function connect({ host, port }: Pick<LineAt, 'host' | 'port'>, from: string | undefined): net.Socket {
  return net.connect({ host, port, allowHalfOpen: true, ...(from !== undefined && { localAddress: from }) });
}
