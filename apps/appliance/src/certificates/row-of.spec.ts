import { describe, expect, it } from 'vitest';
import { peersCertificates } from './peers-certificates.js';
import { rowOf, type ShownFacts } from './row-of.js';

const DAY_MS = 86_400_000;
const NOON_MS = Date.UTC(2026, 10, 30, 12);
const facts = (changes: Partial<ShownFacts> = {}): ShownFacts => ({
  subject: 'CN=partner.example',
  issuer: 'CN=Some CA',
  names: { dns: ['partner.example'], ip: [] },
  notBefore: NOON_MS - DAY_MS,
  notAfter: NOON_MS + 90 * DAY_MS,
  fingerprint: 'AA:BB',
  ...changes,
});

describe('a certificate', () => {
  it.each([
    ['good', {}, ''],
    ['good', { facts: facts({ notAfter: NOON_MS + 30 * DAY_MS + 1 }) }, ''],
    ['ends-soon', { facts: facts({ notAfter: NOON_MS + 30 * DAY_MS }) }, 'ends in 30 days'],
    ['ends-soon', { facts: facts({ notAfter: NOON_MS + 1 }) }, 'less than a day'],
    ['ended', { facts: facts({ notAfter: NOON_MS }) }, 'clients and peers refuse it'],
    ['ended', { facts: facts({ notAfter: NOON_MS }), whose: 'peer' }, 'its owner has to renew it'],
    ['not-yet-valid', { facts: facts({ notBefore: NOON_MS + 1 }) }, 'not valid yet'],
    ['incomplete', { missing: ['rooms.example'] }, 'does not name rooms.example'],
    ['provisional', { isProvisional: true }, 'nobody else trusts'],
    ['unreadable', { facts: undefined, fault: 'live.pem is gone.' }, 'live.pem is gone.'],
  ] as const)('is %s: %j', (state, changes, text) => {
    const row = rowOf({ whose: 'own', domain: 'partner.example', facts: facts(), now: NOON_MS, ...changes });
    expect(row).toMatchObject({ state, text: expect.stringContaining(text) as string });
  });
});

describe('certificates of peers', () => {
  const line = (peer: string, attempts: readonly { atMs: number; chain: readonly object[] }[]) => ({
    domain: 'im.example',
    peer,
    via: undefined,
    state: 'up' as const,
    sinceMs: NOON_MS,
    gateway: undefined,
    address: undefined,
    isCounted: true,
    unacknowledged: 0,
    lastEnd: undefined,
    nextTryAtMs: undefined,
    attempts: attempts.map((one) => ({
      tookMs: 1,
      gateway: 'local',
      address: undefined,
      port: undefined,
      stage: 'ready',
      code: 'ok',
      text: '',
      ...one,
    })),
  });

  it('are those that were shown last, one for each peer however many lines there are', () => {
    const renewed = facts({ fingerprint: 'CC' });
    const found = peersCertificates([
      line('partner.example', [
        { atMs: 1, chain: [facts()] },
        { atMs: 3, chain: [renewed] },
        { atMs: 4, chain: [] },
      ]),
      line('partner.example', [{ atMs: 2, chain: [facts()] }]),
      line('silent.example', []),
    ]);
    expect(found).toMatchObject([{ domain: 'partner.example', seenAt: 3, facts: { fingerprint: 'CC' } }]);
  });

  it('that a gateway of another release tells in another way are passed over', () => {
    const odd = [{}, { ...facts(), notAfter: '2027' }, { ...facts(), subject: 7 }, { ...facts(), names: 'x' }];
    const found = odd.map((shown, i) => peersCertificates([line(`p${i}.example`, [{ atMs: 1, chain: [shown] }])]));
    expect(found.map(({ length }) => length)).toEqual([0, 0, 0, 1]);
    expect(found[3]![0]!.facts.names.dns).toEqual([]);
  });
});
