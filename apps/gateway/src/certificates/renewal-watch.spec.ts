import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadSettings } from '@interoffice/config';
import { AuthorityFolder } from '@interoffice/pki';
import { Metrics, silentLog } from '@interoffice/telemetry';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ExpiryWatch } from './expiry-watch.js';
import { CertificateUpkeep } from './upkeep.js';

const DAY_MS = 86_400_000;
const BERLIN = 'berlin.example';
const homes: string[] = [];
let home: string;
let events: { event: string; fields: object | undefined }[];
let taken: number;
const clock = { at: Date.now(), now: () => clock.at };
const at = (name: string): string => path.join(home, name);
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'renewal-'));
  homes.push(home);
  events = [];
  taken = 0;
  clock.at = Date.now();
  const root = await AuthorityFolder.makeRoot(at('root'), { subject: 'Root', days: 900 }, clock);
  await root.makeOffice(at('office'), { subject: 'Office', days: 800, domains: [BERLIN] });
});
afterAll(() => Promise.all(homes.map((one) => rm(one, { recursive: true, force: true }))));

const upkeep = (more: object = {}): CertificateUpkeep => {
  const record = (event: string, fields?: object): void => void events.push({ event, fields });
  return new CertificateUpkeep({
    settings: loadSettings({
      overrides: {
        domain: BERLIN,
        'data-dir': at('data'),
        trust: { ca: [at('root/authority.pem')] },
        certificate: { renew: { company: { authority: at('office'), days: 90 } }, ...more },
      },
    }),
    clock,
    log: { ...silentLog, info: record, warn: record, error: record },
    metrics: new Metrics(),
    others: () => [],
    renewed: () => void taken++,
  });
};
const serial = async (): Promise<string> => new X509Certificate(await readFile(at('data/pki/live.pem'))).serialNumber;

describe('a certificate that the company’s authority renews', () => {
  it('is got when there is none, and again when two thirds of its life are over', async () => {
    const { renewal, own } = upkeep();
    await renewal!.look();
    expect(taken).toBe(1);
    const first = await serial();
    expect((await own.show()).missing).toEqual([]);
    clock.at += 40 * DAY_MS;
    await renewal!.look();
    expect(await serial()).toBe(first);
    clock.at = renewal!.state.nextAt;
    await renewal!.look();
    expect(await serial()).not.toBe(first);
    expect(taken).toBe(2);
    expect(events.map(({ event }) => event)).toEqual(['certificate.renewed', 'certificate.renewed']);
  });

  it('is kept when the authority fails; it is tried again after a pause, and told', async () => {
    const { renewal } = upkeep({ renew: { before: '30 days', company: { authority: at('office'), days: 90 } } });
    await renewal!.look();
    const first = await serial();
    await rename(at('office'), at('away'));
    clock.at += 61 * DAY_MS;
    await renewal!.look();
    await renewal!.look();
    expect(await serial()).toBe(first);
    expect(renewal!.state.failed).toMatchObject({ count: 1, code: 'AUTHORITY_MISSING' });
    expect(renewal!.state.nextAt - clock.at).toBeGreaterThanOrEqual(15 * 60_000);
    expect(events.at(-1)).toMatchObject({ event: 'certificate.renewal.failed', fields: { count: 1 } });
    await rename(at('away'), at('office'));
    clock.at = renewal!.state.nextAt;
    await renewal!.look();
    expect(await serial()).not.toBe(first);
    expect(renewal!.state.failed).toBeUndefined();
  });

  it('is not asked for again and again by a process that is started again and again', async () => {
    await rename(at('office'), at('away'));
    const { renewal } = upkeep();
    await expect(upkeep().firstPair()).rejects.toThrow('cannot be read');
    await rename(at('away'), at('office'));
    clock.at += 60_000;
    await renewal!.look();
    expect(renewal!.state.failed).toMatchObject({ count: 1, code: 'AUTHORITY_MISSING' });
    await expect(serial()).rejects.toThrow('ENOENT');
    clock.at = renewal!.state.nextAt;
    await renewal!.look();
    expect(await serial()).not.toBe('');
    // Nothing of it is left for the next one.
    expect(await readdir(at('data/pki'))).not.toContain('renewal.json');
  });

  it('has failed no longer once somebody has put another in place', async () => {
    const good = upkeep();
    await good.renewal!.look();
    const pair = await good.own.pair();
    await rm(at('data/pki/live.pem'));
    await rename(at('office'), at('away'));
    const { renewal, own } = upkeep();
    await renewal!.look();
    expect(renewal!.state.failed).toMatchObject({ count: 1 });
    await own.install({ bytes: Buffer.from(pair.key + pair.certificate) });
    await renewal!.look();
    expect(renewal!.state.failed).toBeUndefined();
  });

  it('is got anew as soon as more is served than it names', async () => {
    await upkeep({ names: [BERLIN] }).renewal!.look();
    const first = await serial();
    const more = upkeep({ names: [BERLIN, `gate.${BERLIN}`] });
    expect((await more.own.show()).missing).toEqual([`gate.${BERLIN}`]);
    await more.renewal!.look();
    expect(await serial()).not.toBe(first);
    expect((await more.own.show()).missing).toEqual([]);
  });

  it('is not put in place when its authority may not vouch for the domain, and whoever asked is told', async () => {
    const { renewal } = upkeep({ names: ['tokyo.example'] });
    await expect(renewal!.renewNow()).rejects.toMatchObject({ code: 'CERTIFICATE_UNFIT' });
    await expect(serial()).rejects.toThrow('ENOENT');
  });

  it('is there before a gateway begins, which has nothing else to show', async () => {
    const pair = await upkeep().firstPair();
    expect(pair.facts.names.dns).toContain(BERLIN);
    expect(pair.files.key).toBe(at('data/pki/live.pem'));
  });
});

describe('the end of a certificate', () => {
  it('is told 30, 14, 7 and 1 days before, once each, for ours and for peers’', async () => {
    const kept = upkeep();
    await kept.renewal!.look();
    const begun = clock.at;
    const peer = {
      whose: 'peer' as const,
      domain: 'partner.example',
      fingerprint: 'AA',
      notAfter: begun + 40 * DAY_MS,
    };
    const metrics = new Metrics();
    const record = (_event: string, fields?: object): void => void events.push({ event: 'warned', fields });
    events = [];
    const watch = new ExpiryWatch({
      watched: async () => [peer, { ...peer, whose: 'own', domain: BERLIN, fingerprint: 'BB' }],
      clock,
      log: { ...silentLog, warn: record },
      metrics,
    });
    for (let day = 0; day <= 40; day += 0.5) {
      clock.at = begun + day * DAY_MS;
      await watch.look();
    }
    const steps = (domain: string) =>
      events.map(({ fields }) => fields as { domain: string; days: number }).filter((one) => one.domain === domain);
    expect(steps('partner.example').map(({ days }) => days)).toEqual([30, 14, 7, 1]);
    expect(steps(BERLIN)).toHaveLength(4);
    expect(watch.warnings).toHaveLength(2);
    expect(await metrics.text()).toContain('interoffice_certificates_peers_days 0');
  });
});
