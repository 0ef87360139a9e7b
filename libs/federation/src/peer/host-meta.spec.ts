import { once } from 'node:events';
import type http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { PeerCertificates } from '@interoffice/pki';
import { systemClock } from '@interoffice/telemetry';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { selfSigned, type TestCertificate, testRoot } from '../../../../test/support/certificates.js';
import { S2sStage, StageServer } from '../../../../test/support/s2s-stage.js';
import { CallableAddresses } from './addresses.js';
import { CallStage, told } from './call-stage.contract.js';
import { type HostMetaParts, resolveByHostMeta } from './host-meta.js';
import { ProxyStage } from './proxies.contract.js';
import type { ResolveParts } from './resolve.js';

const BERLIN = 'berlin.example';
const TOKYO = 'tokyo.example';
const HOSTER = 'gate.hoster.example';
const stage = new S2sStage();
const proxies = new ProxyStage();

let root: TestCertificate;
let authority: TestCertificate;
const leaves = new Map<string, TestCertificate>();
beforeAll(async () => {
  root = await testRoot();
  authority = await root.authority();
  for (const domain of [BERLIN, TOKYO, HOSTER]) leaves.set(domain, await authority.issue({ names: { dns: [domain] } }));
});

const webServers: https.Server[] = [];
afterEach(() => {
  for (const server of webServers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A web server on loopback, and what it was asked. */
async function web(
  answer: (request: http.IncomingMessage, response: http.ServerResponse) => void,
  shows = leaves.get(TOKYO)!,
) {
  const asked: string[] = [];
  const server = https.createServer({ key: await shows.keyPem(), cert: shows.chainPem }, (request, response) => {
    asked.push(`${request.method} https://${request.headers.host}${request.url}`);
    answer(request, response);
  });
  webServers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return { asked, port: (server.address() as AddressInfo).port };
}

const nothing = (): Promise<never> => Promise.reject(Object.assign(new Error('none'), { code: 'ENODATA' }));
/** DNS knows one address of the domain, and no SRV record. */
const lookups = (addresses: readonly string[] = ['127.0.0.1']): ResolveParts['lookups'] =>
  ({ resolveSrv: nothing, resolve4: () => Promise.resolve(addresses), resolve6: nothing }) as never;

const parts = (port: number, more: Partial<HostMetaParts> = {}) => {
  const faults: string[] = [];
  const all: HostMetaParts = {
    port,
    lookups: lookups(),
    callable: new CallableAddresses(['127.0.0.1', '127.0.0.9']),
    random: () => 0,
    certificates: new PeerCertificates({ authorities: [root.pem], lists: [] }),
    clock: systemClock,
    fellBack: ({ code, text }) => faults.push(`${code} ${text}`),
    ...more,
  };
  return { all, faults };
};
const link = (port: number, more: object = {}): object => ({
  rel: 'urn:xmpp:alt-connections:s2s-tls',
  port,
  ips: ['127.0.0.1'],
  ['priority']: 1,
  weight: 1,
  sni: TOKYO,
  ...more,
});
const page = (...links: object[]): string => JSON.stringify({ xmpp: { ttl: 60 }, links });

// XEP-0487
describe('a peer that is found by its host-meta', () => {
  it.each([
    ['itself', TOKYO],
    ['a hoster, to whom it delegates', HOSTER],
  ])('is reached at %s', async (_, shown) => {
    const server = await StageServer.open({ domain: TOKYO, shows: leaves.get(shown)!, trusts: [root] });
    const place = await stage.listen(server, { kind: 'tls' });
    const { asked, port } = await web((_, response) => response.end(page(link(place.port, { sni: shown }))));
    const { all, faults } = parts(port);
    const caller = await CallStage.open(leaves.get(BERLIN)!, root);
    const resolve = (domain: string) => resolveByHostMeta(domain, all);
    const outcome = await caller.call({ domain: BERLIN, peer: TOKYO }, { resolve });
    expect([told(outcome), faults]).toEqual([['ready ok'], []]);
    expect(asked).toEqual([`GET https://${TOKYO}/.well-known/host-meta.json`]);
    expect(outcome.attempts[0]!.text).toContain(', by its host-meta.');
    expect(outcome.attempts[0]!.target?.foundBy).toBe('host-meta');
    outcome.stream!.end();
  });

  it('is asked for it through the proxy that is set, by name where the proxy resolves names', async () => {
    const { asked, port } = await web((_, response) => response.end(page(link(5_270, { ips: ['192.0.2.7'] }))));
    for (const kind of ['http', 'socks5'] as const) {
      const proxy = await proxies.open(kind, { user: 'a', password: 'b', names: { [TOKYO]: port } });
      const at = { kind, host: proxy.host, port: proxy.port, user: 'a', password: 'b' };
      const { all, faults } = parts(443, { proxy: at, namesBy: 'proxy', lookups: {} as never });
      expect(await resolveByHostMeta(TOKYO, all)).toMatchObject([{ address: '192.0.2.7', port: 5_270 }]);
      expect([proxy.asked, faults]).toEqual([[`${TOKYO} 443`], []]);
    }
    expect(asked).toHaveLength(2);
  });

  it('is asked at its next address when the first does not answer', async () => {
    const { port } = await web((_, response) => response.end(page(link(1))));
    const { all, faults } = parts(port, { lookups: lookups(['127.0.0.9', '127.0.0.1']) });
    expect(await resolveByHostMeta(TOKYO, all)).toMatchObject([{ foundBy: 'host-meta', port: 1 }]);
    expect(faults).toEqual([]);
  });
});

describe('a host-meta that says nothing to us', () => {
  const say =
    (body: string, status = 200, headers: http.OutgoingHttpHeaders = {}) =>
    (_: http.IncomingMessage, response: http.ServerResponse): void =>
      void response.writeHead(status, headers).end(body);
  const good = page(link(1));

  it.each<[string, Parameters<typeof web>[0], RegExp]>([
    ['is not there', say('', 404), /^host-meta-missing .*HTTP 404/],
    [
      'is said to be elsewhere',
      say('', 302, { location: `https://${TOKYO}/elsewhere` }),
      /^host-meta-missing .*HTTP 302; redirections are not followed/,
    ],
    ['is packed', say(good, 200, { 'content-encoding': 'gzip' }), /^host-meta-missing .*encoding gzip/],
    ['is longer than 64 KiB', say(good + ' '.repeat(65_536)), /^host-meta-invalid .*longer than 65536 bytes/],
    ['is none', say('<XRD/>'), /^host-meta-invalid .*no server that takes TLS/],
    ['names no server', say(page()), /^host-meta-invalid .*no server that takes TLS/],
    // F-11
    [
      'names this machine',
      say(page(link(1, { ips: ['127.0.0.2', '::1', '169.254.169.254', '::ffff:127.0.0.3'] }))),
      /^host-meta-invalid .*addresses that may not be called/,
    ],
    [
      'breaks off',
      (_, response) => void response.writeHead(200, { 'content-length': 999 }).write('{', () => response.destroy()),
      /^host-meta-unreachable .*ECONNRESET/,
    ],
    ['has a head without end', say('', 200, { x: 'x'.repeat(9_000) }), /^host-meta-unreachable .*HPE_HEADER_OVERFLOW/],
    ['is of no HTTP', (request) => void request.socket.end('nonsense\r\n\r\n'), /^host-meta-unreachable .*HPE_/],
  ])('because it %s is left, and DNS is asked', async (_, answer, expected) => {
    const { port } = await web(answer);
    const { all, faults } = parts(port);
    expect(await resolveByHostMeta(TOKYO, all)).toEqual([
      { host: TOKYO, address: '127.0.0.1', port: 5_269, kind: 'tcp' },
    ]);
    expect(faults).toEqual([expect.stringMatching(expected)]);
  });

  it('because nobody answers in time is left', async () => {
    const { port } = await web(() => undefined);
    const { all, faults } = parts(port, { hostMetaWithinMs: 300 });
    expect(await resolveByHostMeta(TOKYO, all)).toMatchObject([{ port: 5_269 }]);
    expect(faults).toEqual([expect.stringMatching(/^host-meta-unreachable .*timeout/)]);
  });

  it.each<[string, () => Promise<TestCertificate>]>([
    ['of another domain', () => Promise.resolve(leaves.get(HOSTER)!)],
    ['of no authority', () => selfSigned({ names: { dns: [TOKYO] } })],
    ['with a CN only', () => authority.issue({ subject: TOKYO })],
    ['that has expired', () => authority.issue({ names: { dns: [TOKYO] }, days: { from: -9, to: -1 } })],
  ])('because its web server has a certificate %s is not even asked for', async (_, make) => {
    const { asked, port } = await web((_, response) => response.end(good), await make());
    const { all, faults } = parts(port);
    expect(await resolveByHostMeta(TOKYO, all)).toMatchObject([{ port: 5_269 }]);
    expect(faults).toEqual([
      expect.stringMatching(/^host-meta-untrusted The web server of tokyo\.example is not believed\./),
    ]);
    expect(asked).toEqual([]);
  });

  it('says so beside what DNS says', async () => {
    const { all, faults } = parts(1, { lookups: lookups([]) });
    const found = await resolveByHostMeta(TOKYO, all);
    expect(found).toMatchObject({
      code: 'no-such-domain',
      text: expect.stringContaining('Before that: DNS knows no address'),
    });
    expect(faults).toHaveLength(1);
    const blocked = parts(1, { callable: new CallableAddresses() });
    expect(await resolveByHostMeta(TOKYO, blocked.all)).toMatchObject({ code: 'address-not-allowed' });
  });
});
