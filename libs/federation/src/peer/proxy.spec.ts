import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ProxyAt } from '@interoffice/transport';
import { selfSigned, type TestCertificate, testRoot } from '../../../../test/support/certificates.js';
import { S2sStage, StageServer } from '../../../../test/support/s2s-stage.js';
import { CallableAddresses } from './addresses.js';
import { at, CallStage, told } from './call-stage.contract.js';
import { ProxyStage, type TestProxy } from './proxies.contract.js';
import { resolvePeer, type ResolveParts, resolveTarget } from './resolve.js';

const BERLIN = 'berlin.example';
const TOKYO = 'tokyo.example';
const PAIR = { domain: BERLIN, peer: TOKYO };
const USER = { user: 'gate-canary', password: 'pa55-canary' };
const stage = new S2sStage();
const proxies = new ProxyStage();

let root: TestCertificate;
const leaves = new Map<string, TestCertificate>();
beforeAll(async () => {
  root = await testRoot();
  const authority = await root.authority();
  for (const domain of [BERLIN, TOKYO]) leaves.set(domain, await authority.issue({ names: { dns: [domain] } }));
});

const berlin = (how?: { isDirect: boolean }): Promise<CallStage> => CallStage.open(leaves.get(BERLIN)!, root, how);
const tokyo = (): Promise<StageServer> =>
  StageServer.open({ domain: TOKYO, shows: leaves.get(TOKYO)!, trusts: [root] });
const atOf = ({ kind, host, port }: TestProxy, more: Partial<ProxyAt> = {}): ProxyAt => ({ kind, host, port, ...more });
/** No DNS at all: whoever asks it makes the test fail. */
const blind = (opened: readonly string[] = []): ResolveParts => ({
  lookups: {} as ResolveParts['lookups'],
  callable: new CallableAddresses(opened),
  random: () => 0,
  namesBy: 'proxy',
});

describe.each(['http', 'socks5'] as const)('a call through a proxy of kind %s', (kind) => {
  it.each([
    ['tcp', 'nobody', {}],
    ['tcp', 'a user', USER],
    ['tls', 'nobody', {}],
    ['tls', 'a user', USER],
  ] as const)('reaches a peer over %s, logged in as %s', async (over, _, logIn) => {
    const [caller, peer, proxy] = await Promise.all([berlin(), tokyo(), proxies.open(kind, logIn)]);
    const { port } = await stage.listen(peer, { kind: over });
    const outcome = await caller.call(PAIR, { targets: [at(port, over)], proxy: atOf(proxy, logIn) });
    expect(told(outcome)).toEqual(['ready ok']);
    expect(proxy.asked).toEqual([`127.0.0.1 ${port}`]);
    const [attempt] = outcome.attempts;
    expect(attempt!.text).toBe(`Connected to 127.0.0.1 port ${port} through the proxy 127.0.0.1 port ${proxy.port}.`);
    expect(attempt!.proxy).toEqual({ kind, host: '127.0.0.1', port: proxy.port });
    const stanzas = ['one', 'two'].map(
      (body) => `<message from='a@${BERLIN}' to='b@${TOKYO}'><body>${body}</body></message>`,
    );
    for (const stanza of stanzas) outcome.stream!.send(Buffer.from(stanza), 0, stanza.length);
    expect(await peer.has(2)).toEqual(stanzas.map((stanza) => `${BERLIN} ${stanza}`));
    outcome.stream!.end();
  });

  it.each(['tcp', 'tls'] as const)('reaches a peer over %s where sockets are used as documented', async (over) => {
    const [caller, peer, proxy] = await Promise.all([berlin({ isDirect: false }), tokyo(), proxies.open(kind)]);
    const { port } = await stage.listen(peer, { kind: over });
    const outcome = await caller.call(PAIR, { targets: [at(port, over)], proxy: atOf(proxy) });
    expect(told(outcome)).toEqual(['ready ok']);
    outcome.stream!.end();
  });

  it('leaves the peer’s name to it where nobody here resolves names', async () => {
    const [caller, peer] = await Promise.all([berlin(), tokyo()]);
    const { port } = await stage.listen(peer);
    const proxy = await proxies.open(kind, { names: { [TOKYO]: port, 'gate.tokyo.example': port } });
    const dialled = { proxy: atOf(proxy), resolve: (domain: string) => resolvePeer(domain, blind()) };
    const byDomain = await caller.call(PAIR, dialled);
    const route = { host: 'gate.tokyo.example', port, kind: 'tcp' } as const;
    const byRoute = await caller.call(PAIR, { ...dialled, resolve: () => resolveTarget(route, blind()) });
    expect([told(byDomain), told(byRoute)]).toEqual([['ready ok'], ['ready ok']]);
    expect(proxy.asked).toEqual([`${TOKYO} 5269`, `gate.tokyo.example ${port}`]);
    expect(byRoute.attempts[0]!.text).toContain('Connected to gate.tokyo.example');
    byDomain.stream!.end();
    byRoute.stream!.end();
  });

  it('takes the next address when the proxy does not reach the first', async () => {
    const [caller, peer, proxy] = await Promise.all([berlin(), tokyo(), proxies.open(kind)]);
    const gone = await proxies.gone(kind);
    const { port } = await stage.listen(peer);
    const targets = [at(gone.port, 'tcp'), at(port, 'tcp')];
    const outcome = await caller.call(PAIR, { targets, proxy: atOf(proxy) });
    expect(told(outcome)).toEqual(['proxy proxy-target-unreachable', 'ready ok']);
    outcome.stream!.end();
  });

  it('judges the peer behind it as any other', async () => {
    const [caller, proxy] = await Promise.all([berlin(), proxies.open(kind)]);
    const shows = await selfSigned({ names: { dns: [TOKYO] } });
    const { port } = await stage.listen(await StageServer.open({ domain: TOKYO, shows, trusts: [root] }), {
      kind: 'tls',
    });
    const outcome = await caller.call(PAIR, { targets: [at(port, 'tls')], proxy: atOf(proxy) });
    expect(told(outcome)).toEqual(['certificate self-signed']);
    expect(outcome.attempts[0]!.chain).toHaveLength(1);
  });
});

const OK = 'HTTP/1.1 200 Connection established\r\n\r\n';
const GRANTED = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
const say = (...bytes: number[]): Buffer => Buffer.from(bytes);
const basic = Buffer.from(`${USER.user}:${USER.password}`).toString('base64');

/** How a proxy fails, with which code, and what its page says of it. */
const FAILURES: [string, () => Promise<TestProxy>, Partial<ProxyAt>, string, RegExp][] = [
  ['http, is not there', () => proxies.gone('http'), USER, 'proxy-unreachable', /cannot be reached \(ECONNREFUSED\)/],
  ['http, wants a password', () => proxies.open('http', USER), {}, 'proxy-auth-required', /none are set \(HTTP 407\)/],
  [
    'http, wants another password',
    () => proxies.open('http', { ...USER, password: 'x' }),
    USER,
    'proxy-auth-refused',
    /does not accept the user name and the password .*\(HTTP 407\)/,
  ],
  [
    'http, wants another way to log in',
    () => proxies.answering('http', ['HTTP/1.1 407 x\r\nProxy-Authenticate: Negotiate\r\n\r\n']),
    USER,
    'proxy-auth-method',
    /another way of logging in/,
  ],
  [
    'http, refuses',
    () => proxies.open('http', { refuses: 403 }),
    USER,
    'proxy-refused',
    /does not let us through to 127\.0\.0\.1 port \d+ \(HTTP 403\)/,
  ],
  [
    'http, is a black hole',
    () => proxies.answering('http', []),
    USER,
    'proxy-timeout',
    /does not say whether it reaches/,
  ],
  ['http, hangs up', () => proxies.answering('http', ['end']), USER, 'proxy-closed', /closed the connection without/],
  ['http, says nonsense', () => proxies.answering('http', ['nonsense']), USER, 'proxy-protocol', /\(no HTTP\)/],
  [
    'http, says too much',
    () => proxies.answering('http', [`HTTP/1.1 200 x\r\nX: ${basic.repeat(400)}`]),
    USER,
    'proxy-protocol',
    /\(too long\)/,
  ],
  [
    'http, speaks for the peer',
    () => proxies.answering('http', [`${OK}<stream:stream from='${TOKYO}'>`]),
    USER,
    'proxy-protocol',
    /\(bytes behind its answer\)/,
  ],
  [
    'http, writes back what it was sent',
    () => proxies.answering('http', [`HTTP/1.1 403 ${basic}\r\nX: ${USER.password}\r\n\r\n${USER.password}`]),
    USER,
    'proxy-refused',
    /\(HTTP 403\)/,
  ],
  [
    'http, is one of SOCKS',
    async () => ({ ...(await proxies.open('socks5')), kind: 'http' }),
    USER,
    'proxy-protocol',
    /HTTP/,
  ],
  ['http, is set wrongly', () => proxies.open('http'), { ...USER, user: 'a:canary' }, 'proxy-settings', /no colon/],
  [
    'socks5, is not there',
    () => proxies.gone('socks5'),
    USER,
    'proxy-unreachable',
    /cannot be reached \(ECONNREFUSED\)/,
  ],
  ['socks5, wants a password', () => proxies.open('socks5', USER), {}, 'proxy-auth-required', /none are set\./],
  [
    'socks5, wants another password',
    () => proxies.open('socks5', { ...USER, password: 'x' }),
    USER,
    'proxy-auth-refused',
    /does not accept the user name and the password/,
  ],
  [
    'socks5, wants another way to log in',
    () => proxies.answering('socks5', [say(5, 0xff)]),
    USER,
    'proxy-auth-method',
    /another way of logging in/,
  ],
  ['socks5, refuses', () => proxies.open('socks5', { refuses: 2 }), USER, 'proxy-refused', /\(SOCKS 2\)/],
  ['socks5, is a black hole', () => proxies.answering('socks5', []), USER, 'proxy-timeout', /does not say whether/],
  ['socks5, hangs up', () => proxies.answering('socks5', [say(5, 0), 'end']), USER, 'proxy-closed', /kind SOCKS 5/],
  ['socks5, says nonsense', () => proxies.answering('socks5', ['nonsense']), USER, 'proxy-protocol', /\(no SOCKS 5\)/],
  [
    'socks5, says too much',
    () => proxies.answering('socks5', [say(5, 0), Buffer.concat([say(...GRANTED), Buffer.alloc(9_000)])]),
    USER,
    'proxy-protocol',
    /\(bytes behind its answer\)/,
  ],
  [
    'socks5, speaks for the peer',
    () => proxies.answering('socks5', [say(5, 0), Buffer.concat([say(...GRANTED), Buffer.from('<stream:stream>')])]),
    USER,
    'proxy-protocol',
    /\(bytes behind its answer\)/,
  ],
  [
    'socks5, is one of HTTP',
    async () => ({ ...(await proxies.open('http')), kind: 'socks5' }),
    USER,
    'proxy-protocol',
    /SOCKS 5/,
  ],
];

describe('a proxy that fails', () => {
  it.each(FAILURES)('(%s) is named with what to do, and no password', async (_, open, logIn, code, text) => {
    const [caller, peer, proxy] = await Promise.all([berlin(), tokyo(), open()]);
    const { port } = await stage.listen(peer);
    // Only what does not come is waited for shortly.
    const withinMs = code === 'proxy-timeout' ? 200 : 10_000;
    const wish = { targets: [at(port, 'tcp')], proxy: atOf(proxy, logIn), withinMs };
    const outcome = await caller.call(PAIR, wish);
    expect(outcome.stream).toBeUndefined();
    expect(told(outcome)).toEqual([`proxy ${code}`]);
    expect(outcome.attempts[0]!.text).toMatch(new RegExp(`^The proxy 127\\.0\\.0\\.1 port ${proxy.port} .*\\.$`));
    expect(outcome.attempts[0]!.text).toMatch(text);
    const shown = JSON.stringify(outcome) + inspect([outcome, caller.log.events], { depth: 12, showHidden: true });
    expect(shown).not.toContain('canary');
    expect(shown).not.toContain(basic);
    expect(peer.streams.size).toBe(0);
  });
});

// F-11
describe('a name that is left to a proxy', () => {
  it.each([
    ['gate.partner.example', 'gate.partner.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['127.0.0.1', undefined],
    ['127.1', undefined],
    ['0x7f000001', undefined],
    ['2130706433', undefined],
    ['169.254.169.254', undefined],
    ['::1', undefined],
    ['[::1]', undefined],
    ['localhost', undefined],
    ['localhost.', undefined],
    ['db.localhost', undefined],
    ['a b', undefined],
    ['', undefined],
    [`${'a'.repeat(60)}.`.repeat(5) + 'example', undefined],
  ])('%s leads to %s', async (host, address) => {
    const found = await resolveTarget({ host, port: 5269, kind: 'tcp' }, blind());
    if (address === undefined) expect(found).toMatchObject({ code: 'address-not-allowed' });
    else expect(found).toMatchObject([{ address, port: 5269 }]);
  });

  it('may be an address that was opened', async () => {
    const found = await resolveTarget({ host: '127.1', port: 1, kind: 'tls' }, blind(['127.0.0.1']));
    expect(found).toEqual([{ host: '127.1', address: '127.0.0.1', port: 1, kind: 'tls', foundBy: 'route' }]);
  });
});
