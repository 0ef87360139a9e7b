import { once } from 'node:events';
import net from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { DialFailure } from './dial-failure.js';
import { openLine } from './dial-line.js';
import { type ProxyAt, proxyFault } from './proxy-at.js';

const sockets = new Set<net.Socket>();
const servers: net.Server[] = [];
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of servers.splice(0)) server.close();
});

type Answer = Buffer | string | number[];

/** A proxy that answers each thing it hears with the next of these, in pieces of so many bytes; `end`: it closes. */
async function proxy(kind: ProxyAt['kind'], answers: readonly Answer[], piece = Infinity) {
  const heard: Buffer[] = [];
  const server = net.createServer((near) => {
    sockets.add(near.setNoDelay(true).on('error', () => undefined));
    const left = [...answers];
    near.on('data', (chunk: Buffer) => {
      heard.push(chunk);
      const next = left.shift();
      if (next === 'end') near.end();
      else if (next !== undefined) void say(near, Buffer.from(next as string), piece);
    });
  });
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return { heard, at: { kind, host: '127.0.0.1', port: (server.address() as net.AddressInfo).port } };
}

/** Each piece in a segment of its own. */
async function say(near: net.Socket, bytes: Buffer, piece: number): Promise<void> {
  for (let from = 0; from < bytes.length && !near.destroyed; from += piece) {
    await new Promise((resolve) => near.write(bytes.subarray(from, from + piece), resolve));
  }
}

const open = (at: ProxyAt, host = '192.0.2.7', withinMs = 10_000): Promise<net.Socket> =>
  openLine({ host, port: 5269, proxy: at, withinMs }).then((socket) => {
    sockets.add(socket.on('error', () => undefined));
    return socket;
  });
const failure = (opening: Promise<unknown>): Promise<string> =>
  opening.then(
    () => 'open',
    (error: DialFailure) => `${error.code} ${error.said ?? ''}`.trim(),
  );

/** Only what is waited for is waited for shortly: everything else comes, on a busy machine later. */
const patience = (expected: string): number => (expected === 'proxy-timeout' ? 200 : 10_000);

const OK = 'HTTP/1.1 200 Connection established\r\n\r\n';
const GRANTED = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
const USER = { user: 'gate', password: 'pa55-canary' };

describe('a proxy by HTTP', () => {
  it('is asked for the address and port, with what we log in with', async () => {
    const { heard, at } = await proxy('http', [OK]);
    await open({ ...at, ...USER });
    const basic = Buffer.from('gate:pa55-canary').toString('base64');
    expect(Buffer.concat(heard).toString()).toBe(
      `CONNECT 192.0.2.7:5269 HTTP/1.1\r\nHost: 192.0.2.7:5269\r\nProxy-Authorization: Basic ${basic}\r\n\r\n`,
    );
  });

  it.each([
    ['2001:db8::7', 'CONNECT [2001:db8::7]:5269 HTTP/1.1\r\nHost: [2001:db8::7]:5269\r\n\r\n'],
    ['gate.example', 'CONNECT gate.example:5269 HTTP/1.1\r\nHost: gate.example:5269\r\n\r\n'],
  ])('is asked for %s', async (host, question) => {
    const { heard, at } = await proxy('http', [OK]);
    await open(at, host);
    expect(Buffer.concat(heard).toString()).toBe(question);
  });

  // RFC 9110 §9.3.6, §15.2
  it.each([
    ['200', OK],
    ['another 2xx, with fields that mean nothing here', 'HTTP/1.0 299 x\r\nContent-Length: 7\r\nVia: a\r\n\r\n'],
    ['an empty reason', 'HTTP/1.1 200 \r\n\r\n'],
    ['something before it', 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n' + OK],
    ['as much as may be', OK.replace('\r\n\r\n', `\r\nX: ${'x'.repeat(8192 - OK.length - 5)}\r\n\r\n`)],
  ])('opens a line by %s, in whatever pieces it comes', async (_, answer) => {
    for (const piece of [1, 7, 4096, Infinity]) {
      const { at } = await proxy('http', [answer, 'first'], piece);
      const line = await open(at);
      line.resume().write('x');
      expect(String((await once(line, 'data'))[0])).toMatch(/^f/);
    }
  });

  it.each<[string, Answer, string]>([
    ['forbids it', 'HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno', 'proxy-refused HTTP 403'],
    ['knows no CONNECT', 'HTTP/1.1 405 \r\n\r\n', 'proxy-refused HTTP 405'],
    ['redirects', 'HTTP/1.1 302 \r\nLocation: http://x/\r\n\r\n', 'proxy-refused HTTP 302'],
    ['does not reach it', 'HTTP/1.1 502 \r\n\r\n', 'proxy-target-unreachable HTTP 502'],
    ['wants to know who we are', 'HTTP/1.1 407 \r\nProxy-Authenticate: Basic\r\n\r\n', 'proxy-auth-required HTTP 407'],
    ['closes', 'end', 'proxy-closed'],
    ['speaks something else', 'SSH-2.0-x\r\n', 'proxy-protocol no HTTP'],
    ['speaks SOCKS', [5, 0xff], 'proxy-protocol no HTTP'],
    ['speaks another version', 'HTTP/2 200\r\n\r\n', 'proxy-protocol no HTTP'],
    ['has a status of four digits', 'HTTP/1.1 2000 x\r\n\r\n', 'proxy-protocol no HTTP'],
    ['wants another protocol', 'HTTP/1.1 101 x\r\n\r\n', 'proxy-protocol no HTTP'],
    ['folds a line', 'HTTP/1.1 200 x\r\nA: b\r\n c\r\n\r\n', 'proxy-protocol no HTTP'],
    ['sends a line that is no field', 'HTTP/1.1 200 x\r\nA b\r\n\r\n', 'proxy-protocol no HTTP'],
    ['does not come to an end', `HTTP/1.1 200 x\r\nA: ${'x'.repeat(9000)}`, 'proxy-protocol too long'],
    ['comes to an end too late', `HTTP/1.1 200 x\r\nA: ${'x'.repeat(8200)}\r\n\r\n`, 'proxy-protocol too long'],
    ['says more behind its answer', `${OK}<stream:stream`, 'proxy-protocol bytes behind its answer'],
    ['says one byte behind its answer', `${OK}\n`, 'proxy-protocol bytes behind its answer'],
    ['says nothing', '', 'proxy-timeout'],
    ['stops in the middle', OK.slice(0, -1), 'proxy-timeout'],
  ])('that %s leads nowhere', async (_, answer, expected) => {
    const { at } = await proxy('http', [answer]);
    expect(await failure(open(at, undefined, patience(expected)))).toBe(expected);
  });

  it.each([
    ['Basic realm="x"', 'proxy-auth-refused'],
    ['Negotiate, Basic realm="x"', 'proxy-auth-refused'],
    ['Negotiate', 'proxy-auth-method'],
    ['Negotiate realm="no basic"', 'proxy-auth-method'],
  ])('that wants %s and does not take what we have says so', async (asked, code) => {
    const { at } = await proxy('http', [`HTTP/1.1 407 x\r\nProxy-Authenticate: ${asked}\r\n\r\n`]);
    expect(await failure(open({ ...at, ...USER }))).toBe(`${code} HTTP 407`);
  });

  it('that says its answer byte by byte is not waited for any longer for that', async () => {
    const server = net.createServer((near) => {
      sockets.add(near.on('error', () => undefined));
      const left = Buffer.from(`${OK.slice(0, -2)}X: `).values();
      const timer = setInterval(() => near.write(Buffer.of(left.next().value ?? 120)), 10);
      near.on('close', () => clearInterval(timer));
    });
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    expect(await failure(open({ kind: 'http', host: '127.0.0.1', port }, undefined, 300))).toBe('proxy-timeout');
  });
});

describe('a proxy by SOCKS 5', () => {
  // RFC 1928, RFC 1929
  it.each<[string, ProxyAt['user'], readonly Answer[], string, readonly string[]]>([
    ['an address', undefined, [[5, 0], GRANTED], '192.0.2.7', ['050100', '05010001c00002071495']],
    [
      'an address of IPv6',
      undefined,
      [
        [5, 0],
        [5, 0, 0, 4, ...Array<number>(18).fill(0)],
      ],
      '2001:db8::192.0.2.7',
      ['050100', '0501000420010db80000000000000000c00002071495'],
    ],
    ['the first address', undefined, [[5, 0], GRANTED], '::', ['050100', `05010004${'00'.repeat(16)}1495`]],
    [
      'a name',
      undefined,
      [
        [5, 0],
        [5, 0, 0, 3, 1, 97, 0, 0],
      ],
      'gate.example',
      ['050100', `050100030c${Buffer.from('gate.example').toString('hex')}1495`],
    ],
    ['an address, unasked who we are', 'gate', [[5, 0], GRANTED], '192.0.2.7', ['05020002', '05010001c00002071495']],
    [
      'an address, and told who we are',
      'gate',
      [[5, 2], [1, 0], GRANTED],
      '192.0.2.7',
      [
        '05020002',
        `0104${Buffer.from('gate').toString('hex')}0b${Buffer.from('pa55-canary').toString('hex')}`,
        '05010001c00002071495',
      ],
    ],
  ])('is asked for %s', async (_, user, answers, host, questions) => {
    for (const piece of [1, Infinity]) {
      const { heard, at } = await proxy('socks5', [...answers, 'first'], piece);
      const line = await open({ ...at, ...(user !== undefined && USER) }, host);
      expect(heard.map((bytes) => bytes.toString('hex'))).toEqual(questions);
      line.resume().write('x');
      expect(String((await once(line, 'data'))[0])).toMatch(/^f/);
    }
  });

  it.each<[string, readonly Answer[], string]>([
    [
      'fails',
      [
        [5, 0],
        [5, 1],
      ],
      'proxy-refused SOCKS 1',
    ],
    [
      'forbids it',
      [
        [5, 0],
        [5, 2, 0, 1, 0, 0, 0, 0, 0, 0],
      ],
      'proxy-refused SOCKS 2',
    ],
    [
      'has no way there',
      [
        [5, 0],
        [5, 3, 0, 1],
      ],
      'proxy-target-unreachable SOCKS 3',
    ],
    [
      'finds no such host',
      [
        [5, 0],
        [5, 4],
      ],
      'proxy-target-unreachable SOCKS 4',
    ],
    [
      'is refused there',
      [
        [5, 0],
        [5, 5],
      ],
      'proxy-target-unreachable SOCKS 5',
    ],
    [
      'knows no such kind of address',
      [
        [5, 0],
        [5, 8],
      ],
      'proxy-refused SOCKS 8',
    ],
    ['wants to know who we are', [[5, 0xff]], 'proxy-auth-required'],
    ['closes', ['end'], 'proxy-closed'],
    ['closes later', [[5, 0], 'end'], 'proxy-closed'],
    ['speaks HTTP', ['HTTP/1.1 400 x\r\n\r\n'], 'proxy-protocol no SOCKS 5'],
    ['speaks SOCKS 4', [[0, 0x5a, 0, 0, 0, 0, 0, 0]], 'proxy-protocol no SOCKS 5'],
    ['chooses what was not offered', [[5, 2]], 'proxy-protocol no SOCKS 5'],
    [
      'answers of another kind of address',
      [
        [5, 0],
        [5, 0, 0, 2, 0, 0, 0, 0, 0, 0],
      ],
      'proxy-protocol no SOCKS 5',
    ],
    [
      'answers in another version',
      [
        [5, 0],
        [4, 0, 0, 1, 0, 0, 0, 0, 0, 0],
      ],
      'proxy-protocol no SOCKS 5',
    ],
    ['says more behind its choice', [[5, 0, ...GRANTED]], 'proxy-protocol bytes behind its answer'],
    [
      'says more behind its answer',
      [
        [5, 0],
        [...GRANTED, 60],
      ],
      'proxy-protocol bytes behind its answer',
    ],
    [
      'says far more behind its answer',
      [
        [5, 0],
        [...GRANTED, ...Array<number>(9000).fill(0)],
      ],
      'proxy-protocol bytes behind its answer',
    ],
    ['says nothing', [], 'proxy-timeout'],
    [
      'stops in the middle',
      [
        [5, 0],
        [5, 0, 0, 3, 255, 1, 2, 3],
      ],
      'proxy-timeout',
    ],
  ])('that %s leads nowhere', async (_, answers, expected) => {
    const { at } = await proxy('socks5', answers);
    expect(await failure(open(at, undefined, patience(expected)))).toBe(expected);
  });

  it.each<[string, readonly Answer[], string]>([
    [
      'does not take what we have',
      [
        [5, 2],
        [1, 1],
      ],
      'proxy-auth-refused',
    ],
    ['wants another way of logging in', [[5, 0xff]], 'proxy-auth-method'],
    [
      'answers to the log-in in another version',
      [
        [5, 2],
        [5, 0],
      ],
      'proxy-protocol no SOCKS 5',
    ],
    [
      'goes on before it is asked',
      [
        [5, 2],
        [1, 0, ...GRANTED],
      ],
      'proxy-protocol bytes behind its answer',
    ],
  ])('that %s says so', async (_, answers, expected) => {
    const { at } = await proxy('socks5', answers);
    expect(await failure(open({ ...at, ...USER }))).toBe(expected);
  });
});

describe('a line', () => {
  it('is not opened to a proxy that is not there', async () => {
    const { at } = await proxy('http', []);
    servers.splice(0).forEach((server) => server.close());
    expect(await failure(open(at))).toBe('proxy-unreachable ECONNREFUSED');
  });

  // F-11
  it('is not opened to a name that nobody has resolved, nor to what is none', async () => {
    expect(await failure(openLine({ host: 'localhost', port: 1, withinMs: 500 }))).toBe('not-an-address');
    const { at, heard } = await proxy('http', [OK]);
    for (const host of ['a b', 'a\r\nX: y', '', 'fe80::1%lo', 'a/b', 'a:1']) {
      expect(await failure(open(at, host))).toBe('not-an-address');
    }
    expect(heard).toEqual([]);
  });

  it('names no password when it fails, nor what a proxy wrote back', async () => {
    const basic = Buffer.from('gate:pa55-canary').toString('base64');
    const echo = `HTTP/1.1 407 ${basic}\r\nProxy-Authenticate: pa55-canary\r\nX: gate:pa55-canary\r\n\r\n`;
    const answers: [ProxyAt['kind'], readonly Answer[]][] = [
      ['http', [echo]],
      ['http', [`pa55-canary ${basic}`]],
      ['http', [`${OK}pa55-canary`]],
      ['http', []],
      [
        'socks5',
        [
          [5, 2],
          [1, 1],
        ],
      ],
      ['socks5', [[5, 2], 'pa55-canary']],
    ];
    for (const [kind, said] of answers) {
      const { at } = await proxy(kind, said);
      const error: unknown = await open({ ...at, ...USER }, undefined, 200).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(DialFailure);
      const shown = `${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)} ${String((error as Error).stack)}`;
      expect(shown).not.toContain('pa55');
      expect(shown).not.toContain(basic);
    }
  });

  it.each<[string, Pick<ProxyAt, 'user' | 'password'>, string | undefined]>([
    ['neither', {}, undefined],
    ['both', USER, undefined],
    ['a colon in the password', { user: 'a', password: ':' }, undefined],
    ['255 bytes', { user: 'a'.repeat(255), password: 'é'.repeat(127) }, undefined],
    ['no password', { user: 'canary' }, 'A proxy needs a user name and a password, or neither.'],
    ['no user name', { password: 'canary' }, 'A proxy needs a user name and a password, or neither.'],
    [
      'an empty password',
      { user: 'canary', password: '' },
      'User name and password of a proxy have 1 to 255 bytes each.',
    ],
    [
      '256 bytes',
      { user: 'a', password: 'é'.repeat(128) },
      'User name and password of a proxy have 1 to 255 bytes each.',
    ],
    ['a colon in the user name', { user: 'can:ary', password: 'x' }, 'The user name of a proxy holds no colon.'],
  ])('goes through a proxy with %s, or it is said why not', async (_, logIn, fault) => {
    const { at, heard } = await proxy('http', [OK]);
    expect(proxyFault({ ...at, ...logIn })).toBe(fault);
    expect(await failure(open({ ...at, ...logIn }))).toBe(fault === undefined ? 'open' : 'proxy-settings');
    expect(heard.length).toBe(fault === undefined ? 1 : 0);
  });
});
