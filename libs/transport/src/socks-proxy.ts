import net from 'node:net';
import { type DialFailure, type ProxyCode, proxyFailure } from './dial-failure.js';
import { ask } from './proxy-answer.js';
import type { ProxyAt, ProxyTarget } from './proxy-at.js';

const VERSION = 5;
/** RFC 1928 §3 */
const METHOD = { none: 0, password: 2, unacceptable: 0xff } as const;
/** RFC 1929 §2 */
const PASSWORD_VERSION = 1;
const CONNECT = 1;
/** RFC 1928 §5 */
const KIND = { ipv4: 1, name: 3, ipv6: 4 } as const;

/** Asks a SOCKS 5 proxy for a connection, after logging in where it wants that. RFC 1928, RFC 1929. Rejects with a DialFailure. */
export async function askSocksProxy(socket: net.Socket, proxy: ProxyAt, target: ProxyTarget): Promise<void> {
  const methods = proxy.user === undefined ? [METHOD.none] : [METHOD.none, METHOD.password];
  const greeting = Buffer.from([VERSION, methods.length, ...methods]);
  const chosen = (await ask(socket, greeting, lengthOfChoice))[1];
  if (chosen === METHOD.password && proxy.user !== undefined) await logIn(socket, proxy);
  else if (chosen === METHOD.unacceptable) {
    throw proxyFailure(proxy.user === undefined ? 'proxy-auth-required' : 'proxy-auth-method');
  } else if (chosen !== METHOD.none) no();
  const place = Buffer.from([VERSION, CONNECT, 0, ...addressOf(target.host), target.port >> 8, target.port & 255]);
  await ask(socket, place, lengthOfReply);
}

async function logIn(socket: net.Socket, { user = '', password = '' }: ProxyAt): Promise<void> {
  const texts = [user, password].map((text) => Buffer.from(text));
  const counted = texts.flatMap((text) => [Buffer.of(text.length), text]);
  const said = await ask(socket, Buffer.concat([Buffer.of(PASSWORD_VERSION), ...counted]), (bytes) => {
    if (bytes[0] !== PASSWORD_VERSION) no();
    return 2;
  });
  if (said[1] !== 0) throw proxyFailure('proxy-auth-refused');
}

function lengthOfChoice(bytes: Buffer): number {
  if (bytes[0] !== VERSION) no();
  return 2;
}

/** RFC 1928 §6. Of a refusal the rest need not come: some proxies leave it out. */
function lengthOfReply(bytes: Buffer): number | undefined {
  if (bytes[0] !== VERSION) no();
  const [, reply, reserved, kind, first] = bytes;
  if (reply !== undefined && reply !== 0) throw refusal(reply);
  if (reserved !== undefined && reserved !== 0) no();
  if (kind === undefined) return undefined;
  if (kind === KIND.ipv4) return 10;
  if (kind === KIND.ipv6) return 22;
  if (kind !== KIND.name) no();
  return first === undefined ? undefined : 7 + first;
}

function no(): never {
  throw proxyFailure('proxy-protocol', 'no SOCKS 5');
}

const REFUSALS: Readonly<Record<number, ProxyCode>> = {
  3: 'proxy-target-unreachable',
  4: 'proxy-target-unreachable',
  5: 'proxy-target-unreachable',
  6: 'proxy-target-unreachable',
};

function refusal(reply: number): DialFailure {
  return proxyFailure(REFUSALS[reply] ?? 'proxy-refused', `SOCKS ${reply}`);
}

/** RFC 1928 §5: its kind, then as many bytes as that has. */
function addressOf(host: string): number[] {
  if (net.isIPv4(host)) return [KIND.ipv4, ...host.split('.').map(Number)];
  if (net.isIPv6(host)) return [KIND.ipv6, ...bytesOfIpv6(host)];
  // A plain host, which is shorter than what one byte counts.
  const name = Buffer.from(host, 'latin1');
  return [KIND.name, name.length, ...name];
}

function bytesOfIpv6(host: string): number[] {
  // By way of a URL in one form: groups in hexadecimal, and `::` once at most.
  const [head = '', tail] = new URL(`http://[${host}]/`).hostname.slice(1, -1).split('::');
  const groupsOf = (text = ''): string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [groupsOf(head), groupsOf(tail)];
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  const groups = [...before, ...zeros, ...after].map((group) => parseInt(group, 16));
  return groups.flatMap((group) => [group >> 8, group & 255]);
}
