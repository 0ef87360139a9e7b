import { describe, expect, it } from 'vitest';
import { gatewaysCertificates } from './gateways-certificates.js';
import type { ShownFacts } from './row-of.js';
import { gatewayParts } from './status.js';

type Gateways = Parameters<typeof gatewaysCertificates>[0];
type Report = NonNullable<Gateways[number]['report']>;

const NAME = 'gate.im.example:5280';
const NOON_MS = Date.UTC(2026, 10, 30, 12);
const facts = {
  subject: 'CN=gate.im.example',
  issuer: 'CN=Office',
  names: { dns: ['im.example'], ip: [] },
  notBefore: NOON_MS,
  notAfter: NOON_MS + 90 * 86_400_000,
  fingerprint: 'AA:BB',
};
const gateway = (report: Report | undefined, state: 'up' | 'away' = 'up'): Gateways[number] => ({
  name: NAME,
  domains: ['im.example'],
  state,
  sinceMs: NOON_MS - 1_000,
  lines: 0,
  lastEnd: undefined,
  report,
});
const good: Report['certificate'] = { facts, missing: [], isProvisional: false };

describe('the certificate of a gateway', () => {
  const shown = (of: Partial<ShownFacts>) => new Map([[NAME, { facts: { ...facts, ...of }, seenAt: NOON_MS - 5_000 }]]);

  it('is what it has shown to its server, until it says itself what it shows now', () => {
    const link = shown({ fingerprint: 'CC' });
    expect(gatewaysCertificates([gateway(undefined)], new Map(), NOON_MS)).toEqual([]);
    const [before] = gatewaysCertificates([gateway(undefined)], link, NOON_MS);
    expect(before).toMatchObject({ host: 'gate.im.example', facts: { fingerprint: 'CC' }, seenAt: NOON_MS - 5_000 });
    const [after] = gatewaysCertificates([gateway({ certificate: good })], link, NOON_MS);
    expect(after).toMatchObject({ host: 'gate.im.example', facts: { fingerprint: 'AA:BB' }, seenAt: NOON_MS });
    const [away] = gatewaysCertificates([gateway({ certificate: good }, 'away')], link, NOON_MS);
    expect(away!.seenAt).toBe(NOON_MS - 1_000);
  });

  it('that cannot be read says why', () => {
    const certificate = { fault: 'live.pem is gone.', missing: [], isProvisional: false };
    const [one] = gatewaysCertificates([gateway({ certificate })], new Map(), NOON_MS);
    expect(one).toMatchObject({ facts: undefined, fault: 'live.pem is gone.' });
  });
});

describe('the status of a gateway’s certificate', () => {
  const status = (report: Report | undefined) =>
    gatewayParts([{ name: 'local' }, { name: NAME }], () => [gateway(report)])[0]!.probe();
  const seen = (state: 'ours' | 'impostor' | 'unseen') => [
    { domain: 'im.example', state, at: NOON_MS, text: 'It was seen.' },
  ];

  it('is nothing before the gateway has said something, and nothing of one in this process', async () => {
    expect(await status(undefined)).toBeUndefined();
    expect(gatewayParts([{ name: 'local' }], () => [])).toEqual([]);
  });

  it('says until when it is good, who renews it and what was seen from outside', async () => {
    const renewal = { by: 'acme', nextAt: NOON_MS } as const;
    expect(await status({ certificate: good, renewal, probe: seen('ours') })).toBe(
      'good until 2027-02-28; by ACME, next at 2026-11-30T12:00:00.000Z; 1 name shows our certificate',
    );
  });

  // F-08
  it.each<[string, string, Partial<Report>]>([
    ['is shown by an impostor', 'IMPOSTOR_SEEN', { probe: seen('impostor') }],
    ['could not be seen from outside', 'SELF_PROBE_FAILED', { probe: seen('unseen') }],
    ['does not name all', 'CERTIFICATE_NAMES', { certificate: { ...good, missing: ['conference.im.example'] } }],
    ['cannot be read', 'CERTIFICATE_INVALID', { certificate: { ...good, facts: undefined, fault: 'Gone.' } }],
    [
      'could not be renewed',
      'ACME_REFUSED',
      { renewal: { by: 'acme', nextAt: 1, failed: { count: 2, lastAt: 1, code: 'ACME_REFUSED', text: 'No.' } } },
    ],
  ])('is an alarm when it %s', async (_what, code, report) => {
    await expect(status({ certificate: good, ...report })).rejects.toMatchObject({ code });
  });
});
