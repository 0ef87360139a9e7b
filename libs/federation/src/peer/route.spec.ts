import { beforeAll, describe, expect, it } from 'vitest';
import { type TestCertificate, testRoot } from '../../../../test/support/certificates.js';
import { S2sStage, StageServer } from '../../../../test/support/s2s-stage.js';
import { CallableAddresses } from './addresses.js';
import { at, CallStage, told } from './call-stage.contract.js';
import { ProxyStage } from './proxies.contract.js';
import { resolveTarget } from './resolve.js';
import { type Route, routeFault } from './route.js';

const BERLIN = 'berlin.example';
const TOKYO = 'tokyo.example';
const HOSTER = 'gate.hoster.example';
const PAIR = { domain: BERLIN, peer: TOKYO };
const stage = new S2sStage();
const proxies = new ProxyStage();

let root: TestCertificate;
const leaves = new Map<string, TestCertificate>();
beforeAll(async () => {
  root = await testRoot();
  const authority = await root.authority();
  for (const domain of [BERLIN, TOKYO, HOSTER, '*.hoster.example']) {
    leaves.set(domain, await authority.issue({ names: { dns: [domain] } }));
  }
});

/** Whoever asks DNS for more than an address makes the test fail. */
const parts = (opened: readonly string[] = ['127.0.0.1', '::1']) => ({
  lookups: {
    resolveSrv: () => Promise.reject(new Error('a route needs no SRV record')),
    resolve4: () => Promise.resolve(['127.0.0.1']),
    resolve6: () => Promise.resolve([]),
  } as never,
  callable: new CallableAddresses(opened),
  random: () => 0,
});

/** Berlin calls Tokyo, whose server shows a certificate for this name, by a route that says so much more. */
async function callBy(
  more: Partial<Route>,
  { shows = TOKYO, kind = 'tcp', pins = [] }: { shows?: string; kind?: Route['kind']; pins?: readonly string[] } = {},
) {
  const peer = await StageServer.open({ domain: TOKYO, shows: leaves.get(shows)!, trusts: [root] });
  const { port } = await stage.listen(peer, { kind });
  const caller = await CallStage.open(leaves.get(BERLIN)!, root);
  const route: Route = { host: 'gate.inside.example', port, kind, ...more };
  const outcome = await caller.call(PAIR, { resolve: () => resolveTarget(route, parts()), pins });
  const [inside] = peer.streams;
  const sni = inside?.connection.secure?.servername;
  outcome.stream?.end();
  return { told: told(outcome), attempt: outcome.attempts[0]!, sni, port };
}

describe.each(['tcp', 'tls'] as const)('a route over %s', (kind) => {
  it('leads to its host, asks for the peer by SNI and expects its certificate', async () => {
    const { told, attempt, sni, port } = await callBy({}, { kind });
    expect(told).toEqual(['ready ok']);
    expect(attempt.target).toEqual({ host: 'gate.inside.example', address: '127.0.0.1', port, kind, foundBy: 'route' });
    expect(attempt.text).toBe(`Connected to 127.0.0.1 port ${port}, by its route.`);
    expect(sni).toBe(TOKYO);
  });

  it('asks for another name by SNI, which changes nothing about what is expected', async () => {
    const { told, sni } = await callBy({ servername: HOSTER }, { kind });
    expect([told, sni]).toEqual([['ready ok'], HOSTER]);
    const hosted = await callBy({ servername: HOSTER }, { kind, shows: HOSTER });
    expect(hosted.told).toEqual(['certificate wrong-name']);
  });

  it.each<[string, string, Route['identity'], string]>([
    ['the domain that it names', HOSTER, [HOSTER], 'ready ok'],
    ['one of those that it names', HOSTER, ['edge.hoster.example', HOSTER], 'ready ok'],
    ['the peer’s domain, if it names that as well', TOKYO, [HOSTER, TOKYO], 'ready ok'],
    ['no longer the peer’s domain, if it names another', TOKYO, [HOSTER], 'certificate wrong-name'],
    ['no domain below', HOSTER, ['hoster.example'], 'certificate wrong-name'],
    ['a domain that a wildcard covers', '*.hoster.example', [HOSTER], 'ready ok'],
    [
      'no wildcard, even if the certificate has the same',
      '*.hoster.example',
      ['*.hoster.example'],
      'certificate wrong-name',
    ],
    ['no address', HOSTER, ['127.0.0.1'], 'certificate wrong-name'],
    ['nobody, if it names nobody', TOKYO, [], 'certificate wrong-name'],
  ])('believes a certificate of %s', async (_, shows, identity, expected) => {
    const { told, attempt } = await callBy({ identity }, { kind, shows });
    expect(told).toEqual([expected]);
    expect(attempt.target?.identity).toEqual(identity);
    expect(attempt.chain).toHaveLength(3);
  });
});

describe('a route', () => {
  it('says whose certificate it took, and whose would have done', async () => {
    const taken = await callBy({ identity: [HOSTER] }, { shows: HOSTER });
    expect(taken.attempt.text).toContain(`, by its route. Its certificate had to name ${HOSTER}.`);
    const refused = await callBy({ identity: [HOSTER, 'edge.hoster.example'] });
    expect(refused.attempt.text).toContain(`is for ${TOKYO}, not for ${HOSTER}.`);
    expect(refused.attempt.text).toContain('One that names edge.hoster.example would do as well.');
    expect((await callBy({ identity: [] })).attempt.text).toContain('Correct its identity.');
  });

  it('may name another domain beside a pinned key, and needs both', async () => {
    const hashes = (await callBy({ identity: [HOSTER] }, { shows: HOSTER })).attempt.chain.map(
      ({ keyHash }) => keyHash,
    );
    const pins = hashes.slice(0, 1);
    expect((await callBy({ identity: [HOSTER] }, { shows: HOSTER, pins })).told).toEqual(['ready ok']);
    expect((await callBy({}, { shows: HOSTER, pins })).told).toEqual(['certificate wrong-name']);
    expect((await callBy({ identity: [TOKYO] }, { pins })).told).toEqual(['certificate pin-mismatch']);
  });

  // F-11
  it('leads to this machine only where that was allowed', async () => {
    const caller = await CallStage.open(leaves.get(BERLIN)!, root);
    for (const host of ['127.0.0.1', 'gate.inside.example']) {
      const route = { host, port: 5269, kind: 'tcp' } as const;
      const outcome = await caller.call(PAIR, { resolve: () => resolveTarget(route, parts([])) });
      expect(told(outcome)).toEqual(['resolve address-not-allowed']);
    }
  });

  it.each<[string, Partial<Route>, string | undefined]>([
    ['in order', {}, undefined],
    ['in order', { servername: 'bücher.example', identity: ['bücher.example', TOKYO] }, undefined],
    ['wrong', { port: 0 }, '0 is no port.'],
    ['wrong', { servername: '192.0.2.1' }, '192.0.2.1 is no name that SNI could ask for.'],
    ['wrong', { identity: [] }, 'The identity of a route names at least one domain.'],
    [
      'wrong',
      { identity: [TOKYO, '*.hoster.example'] },
      '*.hoster.example is no domain that a certificate could be for: no address and no wildcard.',
    ],
  ])('is %s where it is set: %o', (_, more, fault) => {
    expect(routeFault({ host: 'gate.example', port: 5269, kind: 'tcp', ...more })).toBe(fault);
  });
});

describe('the address we call from', () => {
  /** Who called Tokyo's server, as that saw it. */
  const callFrom = async (
    from: string,
    to: '127.0.0.1' | '::1',
    through: 'nothing' | 'http' | 'socks5' = 'nothing',
  ) => {
    const peer = await StageServer.open({ domain: TOKYO, shows: leaves.get(TOKYO)!, trusts: [root] });
    const { port } = await stage.listen(peer);
    const line = await proxies.fromIpv6(port);
    const proxy = through === 'nothing' ? undefined : await proxies.open(through);
    const caller = await CallStage.open(leaves.get(BERLIN)!, root);
    const targets = [at(to === '::1' ? line.port : port, 'tcp', to)];
    const outcome = await caller.call(PAIR, { targets, from, proxy });
    outcome.stream?.end();
    const seen = peer.log.events
      .filter(({ name }) => name === 's2s.authenticated')
      .map(({ fields }) => fields['remote']);
    return {
      told: told(outcome),
      text: outcome.attempts[0]!.text,
      callers: proxy?.callers ?? (to === '::1' ? line.callers : seen),
    };
  };

  it.each([
    ['127.0.0.2', '127.0.0.1', 'nothing'],
    ['::1', '::1', 'nothing'],
    ['127.0.0.2', '127.0.0.1', 'http'],
    ['127.0.0.2', '127.0.0.1', 'socks5'],
    ['127.0.0.3', '::1', 'http'],
  ] as const)('is %s towards %s through %s, where that is set', async (from, to, through) => {
    const { told, callers } = await callFrom(from, to, through);
    expect(told).toEqual(['ready ok']);
    expect(callers).toEqual([from]);
  });

  it.each([
    ['of another machine', '192.0.2.1', '127.0.0.1', 'nothing', 'connect no-source'],
    ['of another machine, by IPv6', '2001:db8::1', '::1', 'nothing', 'connect no-source'],
    ['of IPv4 towards IPv6', '127.0.0.2', '::1', 'nothing', 'connect no-source'],
    ['of IPv6 towards IPv4', '::1', '127.0.0.1', 'nothing', 'connect no-source'],
    ['of another machine, towards a proxy', '192.0.2.1', '127.0.0.1', 'http', 'proxy proxy-unreachable'],
  ] as const)('is none of ours when it is %s', async (_, from, to, through, expected) => {
    const { told, text } = await callFrom(from, to, through);
    expect(told).toEqual([expected]);
    expect(text).toContain('cannot be called from the source address that is set');
  });
});

describe('a peer with an address of IPv6', () => {
  it.each(['tcp', 'tls'] as const)('is reached over %s, and through proxies as well', async (kind) => {
    const peer = await StageServer.open({ domain: TOKYO, shows: leaves.get(TOKYO)!, trusts: [root] });
    const { port } = await proxies.fromIpv6((await stage.listen(peer, { kind })).port);
    const caller = await CallStage.open(leaves.get(BERLIN)!, root);
    const route: Route = { host: '::1', port, kind };
    for (const proxy of [undefined, await proxies.open('http'), await proxies.open('socks5')]) {
      const outcome = await caller.call(PAIR, { resolve: () => resolveTarget(route, parts()), proxy });
      expect(told(outcome)).toEqual(['ready ok']);
      if (proxy) expect(proxy.asked).toEqual([`::1 ${port}`]);
      outcome.stream!.end();
    }
  });
});
