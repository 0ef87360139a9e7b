import { describe, expect, it } from 'vitest';
import { serversOf } from './host-meta-links.js';

const DOMAIN = 'partner.example';
const RANK = 'priority';
const link = (more: object = {}): object => ({
  rel: 'urn:xmpp:alt-connections:s2s-tls',
  port: 443,
  ips: ['192.0.2.7'],
  [RANK]: 10,
  weight: 50,
  sni: DOMAIN,
  ...more,
});
const page = (...links: unknown[]): string => JSON.stringify({ xmpp: { ttl: 3_000 }, links });
const found = (text: string): string[] | undefined =>
  serversOf(text, DOMAIN, () => 0)?.map(({ address, port, servername }) => `${address} ${port} ${servername}`);

// XEP-0487 §2.1
describe('a host-meta', () => {
  it('names servers, each with its addresses, what to ask for by SNI and whose certificate to expect', () => {
    const text = page(link({ ips: ['192.0.2.7', '2001:db8::7'], sni: 'gate.hoster.example', port: 5270 }), link());
    expect(serversOf(text, DOMAIN, () => 0)).toEqual([
      ...['192.0.2.7', '2001:db8::7'].map((address) => ({
        host: 'gate.hoster.example',
        address,
        port: 5270,
        kind: 'tls',
        servername: 'gate.hoster.example',
        identity: [DOMAIN, 'gate.hoster.example'],
        foundBy: 'host-meta',
      })),
      {
        host: DOMAIN,
        address: '192.0.2.7',
        port: 443,
        kind: 'tls',
        servername: DOMAIN,
        identity: [DOMAIN],
        foundBy: 'host-meta',
      },
    ]);
  });

  it('orders them as SRV records are ordered', () => {
    const at = (rank: number, weight: number, port: number): object => link({ [RANK]: rank, weight, port });
    const text = page(at(20, 0, 1), at(10, 50, 2), at(10, 0, 3), at(5, 0, 4));
    expect(serversOf(text, DOMAIN, () => 0.99)!.map(({ port }) => port)).toEqual([4, 2, 3, 1]);
    expect(serversOf(text, DOMAIN, () => 0)!.map(({ port }) => port)).toEqual([4, 3, 2, 1]);
  });

  it('says nothing by its public keys, its ECH and its other methods', () => {
    const others = ['s2s-quic', 's2s-websocket', 'tls', 'websocket'].map((method) =>
      link({ rel: `urn:xmpp:alt-connections:${method}`, href: 'wss://x/' }),
    );
    const text = JSON.stringify({
      xmpp: { ttl: 1, 'public-key-pins-sha-256': ['4/mggdlVx8A3pvHAWW5sD+qJyMtUHgiRuPjVC48N0XQ='] },
      links: [...others, link({ ech: 'eG1wcC1jbGllbnQ=' })],
    });
    expect(serversOf(text, DOMAIN, () => 0)).toHaveLength(1);
    expect(JSON.stringify(serversOf(text, DOMAIN, () => 0))).not.toMatch(/mggdlV|eG1wcC/);
  });

  it.each<[string, object]>([
    ['no port', { port: undefined }],
    ['a port in quotes', { port: '443' }],
    ['port 0', { port: 0 }],
    ['a port beyond all', { port: 65_536 }],
    ['half a port', { port: 1.5 }],
    ['no address', { ips: [] }],
    ['names for addresses', { ips: ['gate.partner.example', 'localhost'] }],
    ['an address that is no list', { ips: '192.0.2.7' }],
    ['no SNI', { sni: undefined }],
    ['an address for SNI', { sni: '192.0.2.7' }],
    ['a wildcard for SNI', { sni: '*.partner.example' }],
    ['a negative weight', { weight: -1 }],
    ['no priority', { [RANK]: undefined }],
  ])('passes over a link with %s', (_, wrong) => {
    expect(found(page(link(wrong), link({ port: 1 })))).toEqual([`192.0.2.7 1 ${DOMAIN}`]);
  });

  it.each([
    ['no JSON', '<XRD/>'],
    ['a list', '[]'],
    ['nothing', 'null'],
    ['one of XEP-0156 only', JSON.stringify({ links: [link()] })],
    ['one whose links are no list', JSON.stringify({ xmpp: { ttl: 1 }, links: link() })],
    ['empty', ''],
    ['deep', '['.repeat(30_000)],
  ])('is none when it is %s', (_, text) => {
    expect(found(text)).toBeUndefined();
  });

  it('is read no further than anybody’s goes', () => {
    expect(found(page(...Array.from({ length: 5_000 }, () => ({})), link()))).toEqual([]);
    expect(found(page(null, 1, 'x', [], link()))).toHaveLength(1);
  });
});
