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
  it('are shown as they were seen last', () => {
    const seen = { domain: 'partner.example', seenAtMs: 3, shown: facts() };
    expect(peersCertificates([seen])).toMatchObject([
      { domain: 'partner.example', seenAt: 3, facts: { fingerprint: 'AA:BB' } },
    ]);
  });

  it('that a gateway of another release tells in another way are passed over', () => {
    const odd = [{}, { ...facts(), notAfter: '2027' }, { ...facts(), subject: 7 }, { ...facts(), names: 'x' }];
    const found = odd.map((shown, i) => peersCertificates([{ domain: `p${i}.example`, seenAtMs: 1, shown }]));
    expect(found.map(({ length }) => length)).toEqual([0, 0, 0, 1]);
    expect(found[3]![0]!.facts.names.dns).toEqual([]);
  });
});
