import { isIP } from 'node:net';

/** A proxy that calls go through. What we log in with goes to it in the clear, as all that is said with it does. */
export interface ProxyAt {
  /** `http`: by CONNECT, RFC 9110 §9.3.6. `socks5`: RFC 1928. */
  readonly kind: 'http' | 'socks5';
  /** A name or an address. It is set by whoever runs this server, so that any may be called, this machine's own as well. */
  readonly host: string;
  readonly port: number;
  /** What we log in with, where it asks for that: Basic (RFC 7617), or RFC 1929. Both or none. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** Where a proxy shall lead. */
export interface ProxyTarget {
  /** An address, or a name that the proxy resolves. */
  readonly host: string;
  readonly port: number;
}

/** RFC 1929 §2 counts the bytes of each in one. */
const LONGEST = 255;

/** Why nothing can be asked of a proxy that is set like this, for whoever set it; never with what was set. Undefined: it can. */
export function proxyFault({ user, password }: ProxyAt): string | undefined {
  if ((user === undefined) !== (password === undefined)) return 'A proxy needs a user name and a password, or neither.';
  for (const text of [user, password]) {
    if (text === undefined) continue;
    const bytes = Buffer.byteLength(text);
    if (bytes === 0 || bytes > LONGEST) return `User name and password of a proxy have 1 to ${LONGEST} bytes each.`;
  }
  // RFC 7617 §2: the first colon ends the user name.
  return user?.includes(':') === true ? 'The user name of a proxy holds no colon.' : undefined;
}

/** An address or a name, and nothing else: what stands here is written into a request. */
export function isPlainHost(host: string): boolean {
  return /^[\w.-]{1,253}$/.test(host) || (isIP(host) !== 0 && !host.includes('%'));
}
