import { describe, expect, it } from 'vitest';
import { CallableAddresses } from './addresses.js';
import { type Lookups, resolvePeer, type ResolveParts } from './resolve.js';
import { targetsOf } from './targets.js';

const record = (name: string, more: { port?: number; priority?: number; weight?: number } = {}) => ({
  name,
  port: 5269,
  priority: 10,
  weight: 0,
  ...more,
});
const always = (value: number) => (): number => value;

describe('where a domain is called', () => {
  it('is the domain itself at 5269 when DNS has no record of the services', () => {
    expect(targetsOf('a.example', { direct: undefined, starttls: undefined }, always(0))).toEqual([
      { host: 'a.example', port: 5269, kind: 'tcp' },
    ]);
  });

  it('takes both services as one list, by priority', () => {
    const direct = [
      record('tls.example', { port: 5270, priority: 20 }),
      record('first.example', { port: 443, priority: 1 }),
    ];
    const starttls = [record('plain.example.', { priority: 10 })];
    expect(targetsOf('a.example', { direct, starttls }, always(0))).toEqual([
      { host: 'first.example', port: 443, kind: 'tls' },
      { host: 'plain.example', port: 5269, kind: 'tcp' },
      { host: 'tls.example', port: 5270, kind: 'tls' },
    ]);
  });

  it('shares the load among equals by weight, and gives those without weight a small chance', () => {
    const starttls = [record('heavy', { weight: 90 }), record('light', { weight: 10 }), record('none')];
    const first = (value: number): string =>
      targetsOf('a.example', { direct: undefined, starttls }, always(value))[0]!.host;
    expect([0, 0.005, 0.05, 0.1, 0.2, 0.999].map(first)).toEqual(['none', 'none', 'light', 'light', 'heavy', 'heavy']);
    const counts = new Map<string, number>();
    let seed = 7;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let turn = 0; turn < 10_000; turn++) {
      const { host } = targetsOf('a.example', { direct: undefined, starttls }, random)[0]!;
      counts.set(host, (counts.get(host) ?? 0) + 1);
    }
    expect(counts.get('heavy')! / 10_000).toBeCloseTo(0.9, 1);
    expect(counts.get('light')! / 10_000).toBeCloseTo(0.1, 1);
  });

  // F-11
  it('is nowhere when the records say so, and at ten places at most', () => {
    expect(targetsOf('a.example', { direct: undefined, starttls: [record('.')] }, always(0))).toEqual([]);
    expect(targetsOf('a.example', { direct: [record('')], starttls: [record('b.example')] }, always(0))).toHaveLength(
      1,
    );
    const many = Array.from({ length: 500 }, (_, n) => record(`h${n}.example`, { weight: n }));
    const found = targetsOf('a.example', { direct: many, starttls: many }, always(0.5));
    expect(found).toHaveLength(10);
    expect(new Set(found.map(({ host, kind }) => `${host} ${kind}`)).size).toBe(10);
  });
});

describe('addresses', () => {
  // F-11
  it.each([
    ['192.0.2.1', true],
    ['10.1.2.3', true],
    ['2001:db8::1', true],
    ['fd00::1', true],
    ['127.0.0.1', false],
    ['127.8.9.10', false],
    ['0.0.0.0', false],
    ['169.254.169.254', false],
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['::1', false],
    ['::', false],
    ['fe80::1', false],
    ['ff02::1', false],
    ['::ffff:127.0.0.1', false],
    ['::ffff:7f00:1', false],
    ['64:ff9b::a9fe:a9fe', false],
    ['64:ff9b::192.0.2.1', true],
    ['localhost', false],
    ['', false],
  ])('%s may be called: %s', (address, expected) => expect(new CallableAddresses().mayCall(address)).toBe(expected));

  it('are opened one by one, or by network', () => {
    const opened = new CallableAddresses(['127.0.0.0/8', '::1', '169.254.1.1']);
    expect(['127.0.0.1', '127.9.9.9', '::1', '169.254.1.1', '::ffff:127.0.0.1'].map((a) => opened.mayCall(a))).toEqual(
      Array(5).fill(true),
    );
    expect(opened.mayCall('169.254.169.254')).toBe(false);
    expect(() => new CallableAddresses(['nonsense'])).toThrow('nonsense');
  });
});

const failing = (code: string) => (): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }));
const nothing = failing('ENOTFOUND');

function dns(
  answers: Partial<Record<keyof Lookups, (name: string) => Promise<unknown>>>,
  opened: string[] = [],
): ResolveParts {
  const lookups = { resolveSrv: nothing, resolve4: nothing, resolve6: nothing, ...answers } as unknown as Lookups;
  return { lookups, callable: new CallableAddresses(opened), random: always(0) };
}

describe('resolving', () => {
  it('asks for both services and gives addresses, IPv6 first, both in turn', async () => {
    const asked: string[] = [];
    const parts = dns({
      resolveSrv: (name) => {
        asked.push(name);
        return name.startsWith('_xmpps') ? nothing() : Promise.resolve([record('gate.example')]);
      },
      resolve4: () => Promise.resolve(['192.0.2.1', '192.0.2.2']),
      resolve6: () => Promise.resolve(['2001:db8::1']),
    });
    expect(await resolvePeer('a.example', parts)).toEqual(
      ['2001:db8::1', '192.0.2.1', '192.0.2.2'].map((address) => ({
        host: 'gate.example',
        port: 5269,
        kind: 'tcp',
        address,
      })),
    );
    expect(asked).toEqual(['_xmpps-server._tcp.a.example', '_xmpp-server._tcp.a.example']);
  });

  it.each([
    ['no-such-domain', dns({})],
    ['no-such-domain', dns({ resolveSrv: () => Promise.resolve([record('gate.example')]) })],
    ['no-service', dns({ resolveSrv: () => Promise.resolve([record('.')]) })],
    ['dns-failed', dns({ resolveSrv: failing('ESERVFAIL'), resolve4: () => Promise.resolve(['192.0.2.1']) })],
    ['dns-failed', dns({ resolve4: failing('ETIMEOUT'), resolve6: () => Promise.resolve(['2001:db8::1']) })],
    ['address-not-allowed', dns({ resolve4: () => Promise.resolve(['127.0.0.1']) })],
  ])('tells why there is nobody to call: %s', async (code, parts) => {
    const failure = await resolvePeer('a.example', parts);
    expect(failure).toMatchObject({ code, text: expect.stringMatching(/a\.example.*\.$/) });
  });

  it('leaves out addresses that may not be called, and calls what was opened', async () => {
    const both = { resolve4: () => Promise.resolve(['127.0.0.1', '192.0.2.1']) };
    const hosts = async (parts: ResolveParts): Promise<string[]> =>
      ((await resolvePeer('a.example', parts)) as { address: string }[]).map(({ address }) => address);
    expect(await hosts(dns(both))).toEqual(['192.0.2.1']);
    expect(await hosts(dns(both, ['127.0.0.1']))).toEqual(['127.0.0.1', '192.0.2.1']);
  });
});
