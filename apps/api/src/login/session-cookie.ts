import type { IncomingHttpHeaders } from 'node:http';

/** `__Host-`: only this host, only over TLS, for all paths (RFC 6265bis §4.1.3.2). */
const NAME = '__Host-interoffice';

/** The header that gives a browser its session. Nothing on another site can send it along. */
export function sessionCookie(token: string): string {
  return `${NAME}=${token}; Path=/; Secure; HttpOnly; SameSite=Strict`;
}

/** The header that takes it away. */
export function endedCookie(): string {
  return `${NAME}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0`;
}

/** The token a request brings, as a bearer token or else in the cookie. */
export function sessionToken(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer ([\w-]{1,200})$/i.exec(headers.authorization ?? '')?.[1];
  return bearer ?? cookieToken(headers);
}

/** The token in the cookie. Two cookies of the name are as good as none: one of them is not ours. */
export function cookieToken(headers: IncomingHttpHeaders): string | undefined {
  const values = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${NAME}=`))
    .map((pair) => pair.slice(NAME.length + 1));
  return values.length === 1 && values[0] !== '' ? values[0] : undefined;
}
