import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadSettings, type Settings } from '@interoffice/config';
import { CertificateUpkeep } from '@interoffice/gateway';
import { ensureAuthority, ensureServerCertificate, type KeyPair } from '@interoffice/pki';
import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstPair } from './first-pair.js';

const DAY_MS = 86_400_000;
const DOMAIN = 'berlin.example';
let home: string;
let provisional: KeyPair;
let live: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'first-pair-'));
  const pki = path.join(home, 'pki');
  const authority = await ensureAuthority(pki, systemClock);
  provisional = await ensureServerCertificate(pki, [DOMAIN], { authority, clock: systemClock });
  const { key, certificate } = await authority.issue({ names: [DOMAIN], nowMs: systemClock.now(), days: 5 });
  live = path.join(pki, 'live.pem');
  await mkdir(pki, { recursive: true });
  await writeFile(live, key + certificate);
});
afterEach(() => rm(home, { recursive: true, force: true }));

function begin(certificate: object | undefined, afterDays = 0): Promise<KeyPair> {
  const settings: Settings = loadSettings({
    overrides: { domain: DOMAIN, 'data-dir': home, ...(certificate ? { certificate: { ...certificate } } : {}) },
  });
  const clock = { now: () => systemClock.now() + afterDays * DAY_MS };
  const parts = { settings, clock, log: silentLog, metrics: new Metrics(), others: () => [] };
  const upkeep = new CertificateUpkeep({ ...parts, renewed: () => undefined });
  return firstPair(upkeep, { settings, provisional, clock, log: silentLog });
}

describe('the pair that a server begins with', () => {
  it('is what was put in place, also after a restart', async () => {
    expect((await begin(undefined)).files.certificate).toBe(live);
  });

  it('is the own authority’s while nothing was put in place, or what was has ended or is damaged', async () => {
    expect(await begin(undefined, 6)).toBe(provisional);
    await writeFile(live, 'half');
    expect(await begin(undefined)).toBe(provisional);
    await rm(live);
    expect(await begin(undefined)).toBe(provisional);
  });

  it('is never another than the settings name, unless somebody renews that', async () => {
    await expect(begin({ certificate: live }, 6)).rejects.toMatchObject({ code: 'CERTIFICATE_EXPIRED' });
    const renew = { company: { authority: path.join(home, 'office') } };
    expect(await begin({ certificate: live, renew }, 6)).toBe(provisional);
  });
});
