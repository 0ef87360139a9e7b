import type net from 'node:net';
import { DialFailure, proxyFailure } from './dial-failure.js';
import { nothing } from './dial-once.js';
import { askHttpProxy } from './http-proxy.js';
import type { ProxyAt, ProxyTarget } from './proxy-at.js';
import { askSocksProxy } from './socks-proxy.js';

interface Passage {
  readonly proxy: ProxyAt;
  readonly to: ProxyTarget;
  /** For all that is said with the proxy. */
  readonly withinMs: number;
}

/**
 * Makes a connection to a proxy one to where it shall lead. When this resolves the next byte is the other end's. Rejects
 * with DialFailure of stage `proxy`; the socket is destroyed then.
 */
export async function throughProxy(socket: net.Socket, { proxy, to, withinMs }: Passage): Promise<void> {
  const late = setTimeout(() => socket.destroy(proxyFailure('proxy-timeout')), withinMs);
  try {
    await (proxy.kind === 'http' ? askHttpProxy : askSocksProxy)(socket, proxy, to);
  } catch (error) {
    // What still happens to it concerns nobody.
    socket.on('error', nothing).destroy();
    throw error instanceof DialFailure ? error : brokenOff(error as NodeJS.ErrnoException);
  } finally {
    clearTimeout(late);
  }
}

function brokenOff(error: NodeJS.ErrnoException): DialFailure {
  return proxyFailure('proxy-closed', error.code, error);
}
