import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadSettings } from '@interoffice/config';
import { AuthorityFolder, loadKeyPair, readPkcs12, writePkcs12 } from '@interoffice/pki';
import { systemClock } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OwnCertificate } from './own-certificate.js';

const BERLIN = 'berlin.example';
let home: string;
let authority: AuthorityFolder;
let settings: ReturnType<typeof loadSettings>;
let own: OwnCertificate;
const at = (name: string): string => path.join(home, name);
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'own-certificate-'));
  const root = await AuthorityFolder.makeRoot(at('root'), { subject: 'Root', days: 90 }, systemClock);
  authority = await root.makeOffice(at('office'), { subject: 'Office', days: 60, domains: [BERLIN] });
  settings = loadSettings({
    overrides: { domain: BERLIN, 'data-dir': at('data'), trust: { ca: [at('root/authority.pem')] } },
  });
  own = new OwnCertificate(settings, systemClock);
});
afterAll(() => rm(home, { recursive: true, force: true }));

const issued = (request: string, served = own.names) => authority.issue(request, { served, days: 30 });
const bytes = (text: string) => ({ bytes: Buffer.from(text) });

describe('our certificate', () => {
  it('has to name the domains and services', () => {
    expect(own.names).toEqual([BERLIN, `conference.${BERLIN}`, `upload.${BERLIN}`, `pubsub.${BERLIN}`]);
  });

  it('is asked for, waits, is answered, and is in use as a whole; its key stays in a file of its owner', async () => {
    const { request, pem } = await own.request();
    expect(request).toMatchObject({ state: 'made', names: own.names });
    expect(await own.sent(request.id, 'Corp CA')).toMatchObject({ state: 'sent', waiting: { of: 'Corp CA' } });
    const answered = await own.answer(request.id, bytes(await issued(pem)));
    expect(answered).toMatchObject({ request: { state: 'live' }, checked: { chain: { isComplete: true } } });
    expect((await stat(own.live!)).mode & 0o777).toBe(0o600);
    expect(await own.files()).toEqual({ certificate: own.live, key: own.live });
    expect(await own.show()).toMatchObject({ missing: [], isProvisional: false, facts: { issuer: 'CN=Office' } });
  });

  it('is kept when what comes is another key’s, incomplete, or no certificate at all', async () => {
    const before = await readFile(own.live!);
    const { request, pem } = await own.request();
    const other = await own.request();
    const leaf = (await issued(pem)).split(/(?<=-----END CERTIFICATE-----\n)/)[0]!;
    const refused = async (text: string) => {
      const failure = await own.answer(request.id, bytes(text)).catch((error: unknown) => error);
      expect(await readFile(own.live!)).toEqual(before);
      return failure;
    };
    expect(await refused(await issued(other.pem))).toMatchObject({ code: 'KEY_MISMATCH' });
    expect(await refused(leaf)).toMatchObject({
      code: 'CHAIN_INCOMPLETE',
      message: expect.stringContaining('CN=Office') as string,
    });
    expect(await refused('hello')).toMatchObject({ code: 'CERTIFICATE_INVALID' });
    expect((await own.requests()).find(({ id }) => id === request.id)).toMatchObject({ state: 'made' });
    // Somebody knows that peers trust what it ends at.
    await own.answer(request.id, { ...bytes(leaf), chain: 'any-end' });
  });

  it('is not replaced by one that names less than is served', async () => {
    const before = await readFile(own.live!);
    const { request, pem } = await own.request({ names: [BERLIN] });
    const less = await issued(pem, [BERLIN]);
    const failure = await own.answer(request.id, bytes(less)).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'CERTIFICATE_NAMES',
      message: expect.stringContaining(`conference.${BERLIN}`) as string,
    });
    expect(await readFile(own.live!)).toEqual(before);
  });

  it('comes and goes as PEM and as PKCS #12', async () => {
    const { request, pem } = await own.request();
    await own.answer(request.id, bytes(await issued(pem)));
    const pair = await own.pair();
    const container = await own.pkcs12('a pass phrase');
    expect(await readPkcs12(container, 'a pass phrase')).toMatchObject({ certificate: pair.certificate });
    await expect(own.install({ bytes: container })).rejects.toMatchObject({ code: 'PKCS12_PASSPHRASE' });
    await expect(own.install({ bytes: container, passphrase: 'wrong' })).rejects.toMatchObject({
      code: 'PKCS12_PASSPHRASE',
    });
    await own.install({ bytes: container, passphrase: 'a pass phrase' });
    await own.install(bytes(pair.key + pair.certificate));
    expect(await loadKeyPair(await own.files(), systemClock)).toMatchObject(pair);
    await expect(own.install(bytes(pair.certificate))).rejects.toMatchObject({ code: 'KEY_MISSING' });
    await expect(own.install({ bytes: Buffer.alloc(2_000_000, 48) })).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' });
    // An answer may be PKCS #12 as well, if it is for the request's key.
    const again = await own.request();
    const foreign = { bytes: await writePkcs12(pair, 'secret'), passphrase: 'secret' };
    await expect(own.answer(again.request.id, foreign)).rejects.toMatchObject({ code: 'KEY_MISMATCH' });
  }, 60_000);

  it('in two files is somebody else’s to replace', async () => {
    const pair = await own.pair();
    await writeFile(at('cert.pem'), pair.certificate);
    await writeFile(at('key.pem'), pair.key);
    const apart = new OwnCertificate(
      { ...settings, certificate: { certificate: at('cert.pem'), key: at('key.pem') } },
      systemClock,
    );
    expect(await apart.show()).toMatchObject({ missing: [], file: at('cert.pem') });
    await expect(apart.install(bytes(pair.key + pair.certificate))).rejects.toMatchObject({
      code: 'CERTIFICATE_ELSEWHERE',
    });
  });
});
