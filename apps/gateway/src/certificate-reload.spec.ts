import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureAuthority, ensureServerCertificate, loadKeyPair } from '@interoffice/pki';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { TlsContext } from '@interoffice/transport';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CertificateReload } from './certificate-reload.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'interoffice-certificate-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a changed server certificate', () => {
  it('is used from then on, and a pair that does not fit is refused and the old one kept', async () => {
    const authority = await ensureAuthority(path.join(folder, 'pki'), systemClock);
    const issue = async (name: string) => {
      const own = path.join(folder, name);
      await mkdir(own);
      return ensureServerCertificate(own, ['im.example'], { authority, clock: systemClock });
    };
    const [first, second] = await Promise.all([issue('first'), issue('second')]);
    const files = { certificate: path.join(folder, 'server.pem'), key: path.join(folder, 'server.key') };
    const put = async (from: typeof first): Promise<void> => {
      await copyFile(from.files.certificate, files.certificate);
      await copyFile(from.files.key, files.key);
    };
    await put(first);
    const tls = new TlsContext(await loadKeyPair(files, systemClock));
    let told = 0;
    const events: string[] = [];
    const log = {
      ...silentLog,
      info: (event: string) => void events.push(event),
      warn: (event: string) => void events.push(event),
    };
    const reload = new CertificateReload({ files, tls, clock: systemClock, log, replaced: () => told++ });
    expect(await reload.reload()).toBe(true);
    expect(told).toBe(0);

    await put(second);
    expect(await reload.reload()).toBe(true);
    expect(told).toBe(1);
    expect(tls.pair.certificate).toBe(second.certificate);

    await copyFile(first.files.key, files.key);
    expect(await reload.reload()).toBe(false);
    await writeFile(files.certificate, '-----BEGIN CERT');
    expect(await reload.reload()).toBe(false);
    expect(tls.pair.certificate).toBe(second.certificate);
    expect(events).toEqual([
      'appliance.certificate.replaced',
      'appliance.certificate.refused',
      'appliance.certificate.refused',
    ]);
  });
});
