import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthorityFolder, serialOf } from './authority-folder.js';
import { makeRequest } from './certificate-request.js';
import { PeerCertificates } from './peer-certificate.js';
import { loadRevocationLists } from './revocation.js';

const DAY_MS = 86_400_000;
const BERLIN = 'berlin.corp.example';
const clock = { at: Date.UTC(2026, 10, 30), now: () => clock.at };
let home: string;
let office: AuthorityFolder;
let rootPem: string;
const at = (name: string): string => path.join(home, name);
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'authority-'));
  const root = await AuthorityFolder.makeRoot(at('root'), { subject: 'Corp Root', days: 3650 }, clock);
  office = await root.makeOffice(at('berlin'), { subject: 'Corp Berlin', days: 700, domains: [BERLIN] });
  rootPem = await readFile(at('root/authority.pem'), 'utf8');
});
afterAll(() => rm(home, { recursive: true, force: true }));

const issue = async (names: readonly string[]): Promise<string> => {
  const { request } = await makeRequest(names);
  return office.issue(request, { served: names, days: 90 });
};
const chainOf = (pem: string): Buffer[] =>
  pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)!.map((one) => new X509Certificate(one).raw);

describe('an authority in a folder', () => {
  it('issues for its office what everybody who knows the root believes, and its key stays in a file of its owner', async () => {
    const certificate = await issue([BERLIN, `conference.${BERLIN}`]);
    const judge = new PeerCertificates({ authorities: [rootPem], lists: [] });
    expect(judge.judge(chainOf(certificate), { domain: `conference.${BERLIN}`, now: clock.at }).fault).toBeUndefined();
    expect((await stat(at('berlin/authority.key'))).mode & 0o777).toBe(0o600);
    expect(office.roots).toHaveLength(1);
  });

  it('is believed for no domain of another office', async () => {
    const foreign = await issue(['tokyo.corp.example']);
    const judge = new PeerCertificates({ authorities: [rootPem], lists: [] });
    expect(judge.judge(chainOf(foreign), { domain: 'tokyo.corp.example', now: clock.at }).fault).toBeDefined();
  });

  it('refuses a request that does not ask for exactly what is served', async () => {
    const { request } = await makeRequest([BERLIN]);
    const served = [BERLIN, `conference.${BERLIN}`];
    await expect(office.issue(request, { served, days: 90 })).rejects.toMatchObject({ code: 'REQUEST_NAMES' });
  });

  it('is opened again with everything that it has done', async () => {
    const serial = serialOf(await issue([BERLIN]));
    const again = await AuthorityFolder.open(at('berlin'), clock);
    expect((await again.issued())[0]).toMatchObject({ serial, names: [BERLIN], at: clock.at });
    expect((await (await AuthorityFolder.open(at('root'), clock)).issued())[0]).toMatchObject({ names: [BERLIN] });
  });

  // F-04
  it('takes certificates back: peers that have its list refuse them', async () => {
    const [good, bad] = [await issue([BERLIN]), await issue([BERLIN])];
    const { revokedAt } = await office.revoke(serialOf(bad).toLowerCase());
    expect(revokedAt).toBe(clock.at);
    clock.at += 1000;
    // The first moment counts.
    expect(await office.revoke(serialOf(bad))).toMatchObject({ revokedAt });
    const file = at('berlin.crl');
    const numbers: string[] = [];
    for (let i = 0; i < 2; i++) {
      await writeFile(file, await office.revocationList(7));
      numbers.push(await readFile(at('berlin/deeds.jsonl'), 'utf8'));
    }
    expect(numbers[1]).toContain('"number":2');
    const lists = await loadRevocationLists([file], [rootPem, await readFile(at('berlin/authority.pem'), 'utf8')]);
    const judge = new PeerCertificates({ authorities: [rootPem], lists });
    const fault = (pem: string) => judge.judge(chainOf(pem), { domain: BERLIN, now: clock.at }).fault?.code;
    expect(fault(bad)).toBe('revoked');
    expect(fault(good)).not.toBe('revoked');
    await expect(office.revoke('00FF')).rejects.toMatchObject({ code: 'CERTIFICATE_UNKNOWN' });
  });

  it('is never replaced, and does not go on with a key or a record that is not its own', async () => {
    const again = AuthorityFolder.makeRoot(at('root'), { subject: 'Another', days: 1 }, clock);
    await expect(again).rejects.toMatchObject({ code: 'AUTHORITY_EXISTS' });
    expect(await readFile(at('root/authority.pem'), 'utf8')).toBe(rootPem);
    await expect(AuthorityFolder.open(at('nowhere'), clock)).rejects.toMatchObject({ code: 'AUTHORITY_MISSING' });

    await AuthorityFolder.makeRoot(at('odd'), { subject: 'Odd', days: 10 }, clock);
    await appendFile(at('odd/deeds.jsonl'), '{"did":"revo\n');
    const odd = await AuthorityFolder.open(at('odd'), clock);
    await expect(odd.issued()).rejects.toMatchObject({ code: 'AUTHORITY_RECORD_INVALID' });
    await writeFile(at('odd/authority.key'), await readFile(at('root/authority.key')));
    await expect(AuthorityFolder.open(at('odd'), clock)).rejects.toMatchObject({ code: 'KEY_MISMATCH' });
  });

  it('that has ended issues nothing any more', async () => {
    await AuthorityFolder.makeRoot(at('short'), { subject: 'Short', days: 1 }, clock);
    const later = { now: () => clock.at + 2 * DAY_MS };
    await expect(AuthorityFolder.open(at('short'), later)).rejects.toMatchObject({ code: 'CERTIFICATE_EXPIRED' });
  });

  it('signs through a program where its key is somewhere else', async () => {
    await writeFile(at('sign.mjs'), SIGN);
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(at('module.pem'), privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
    const signer = { command: [process.execPath, at('sign.mjs'), at('module.pem')], publicKey: pem };
    await AuthorityFolder.makeRoot(at('module'), { subject: 'In a module', days: 10, signer }, clock);
    const opened = await AuthorityFolder.open(at('module'), clock);
    expect(await opened.revocationList(7)).toContain('BEGIN X509 CRL');
    await expect(stat(at('module/authority.key'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

const SIGN = `import { readFileSync } from 'node:fs';
import { sign } from 'node:crypto';
process.stdout.write(sign('sha256', readFileSync(0), readFileSync(process.argv[2])));
`;
