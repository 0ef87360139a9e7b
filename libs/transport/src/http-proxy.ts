import net from 'node:net';
import { type DialFailure, proxyFailure } from './dial-failure.js';
import { ask } from './proxy-answer.js';
import type { ProxyAt, ProxyTarget } from './proxy-at.js';

const END = '\r\n\r\n';
/** RFC 9112 §4 */
const STATUS_LINE = /^HTTP\/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?$/;
/** RFC 9112 §5; a line that begins with a blank, which would belong to the one before (§5.2), is none. */
const FIELD_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*$/;

/** Asks an HTTP proxy for a tunnel. RFC 9110 §9.3.6. Rejects with a DialFailure. */
export async function askHttpProxy(socket: net.Socket, proxy: ProxyAt, { host, port }: ProxyTarget): Promise<void> {
  const authority = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, ...logInOf(proxy)];
  await ask(socket, Buffer.from(lines.join('\r\n') + END), (bytes) => lengthOf(bytes, proxy));
}

function logInOf({ user, password }: ProxyAt): string[] {
  if (user === undefined) return [];
  return [`Proxy-Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`];
}

/** What a proxy says before its answer (RFC 9110 §15.2) is read over. */
function lengthOf(bytes: Buffer, proxy: ProxyAt): number | undefined {
  for (let start = 0; ;) {
    const end = bytes.indexOf(END, start);
    const text = bytes.toString('latin1', start, end < 0 ? bytes.length : end);
    if (end < 0) return isBegun(text) ? undefined : no();
    const [first = '', ...fields] = text.split('\r\n');
    const status = Number(STATUS_LINE.exec(first)?.[1] ?? no());
    if (!fields.every((field) => FIELD_LINE.test(field)) || status === 101) no();
    // Whatever its fields say of a length: RFC 9110 §9.3.6.
    if (status >= 200 && status < 300) return end + END.length;
    if (status >= 300) throw refusal(status, fields, proxy);
    start = end + END.length;
  }
}

/** Garbage need not be waited for. */
function isBegun(text: string): boolean {
  const wanted = 'HTTP/1.';
  return text.startsWith(wanted) || wanted.startsWith(text);
}

function no(): never {
  throw proxyFailure('proxy-protocol', 'no HTTP');
}

/** The proxy tried, and nobody was there. */
const UNREACHABLE: ReadonlySet<number> = new Set([502, 503, 504]);

function refusal(status: number, fields: readonly string[], { user }: ProxyAt): DialFailure {
  const said = `HTTP ${status}`;
  if (UNREACHABLE.has(status)) return proxyFailure('proxy-target-unreachable', said);
  if (status !== 407) return proxyFailure('proxy-refused', said);
  if (user === undefined) return proxyFailure('proxy-auth-required', said);
  const asked = fields.filter((field) => /^proxy-authenticate:/i.test(field));
  const isBasic = asked.length === 0 || asked.some((field) => /[:,]\s*basic(?![\w-])/i.test(field));
  return proxyFailure(isBasic ? 'proxy-auth-refused' : 'proxy-auth-method', said);
}
