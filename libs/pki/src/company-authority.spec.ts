import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRequest, readRequest } from './certificate-request.js';
import {
  issueGatewayCertificate,
  issueOfficeAuthority,
  issueRevocationList,
  issueRoot,
  type SigningAuthority,
} from './company-authority.js';
import { certificateFacts } from './facts.js';
import { PeerCertificates } from './peer-certificate.js';
import { loadRevocationLists } from './revocation.js';
import { keySigner, type Signer } from './signer.js';

const NOW = Date.UTC(2026, 10, 30);
const YEAR = { nowMs: NOW, days: 365 };
const BERLIN = 'berlin.corp.example';

const signer = (): Signer => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return keySigner(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
};
const der = (pem: string): Buffer => new X509Certificate(pem).raw;

let root: SigningAuthority;
let office: SigningAuthority;
const folder = mkdtempSync(path.join(tmpdir(), 'company-'));
beforeAll(async () => {
  root = await issueRoot('Corp root', signer(), YEAR);
  office = await berlin([BERLIN]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function berlin(domains: readonly string[]): Promise<SigningAuthority> {
  const own = signer();
  const { publicKey } = own;
  return {
    certificate: await issueOfficeAuthority(root, { subject: 'Berlin', publicKey, domains }, YEAR),
    signer: own,
  };
}
const gateway = async (served: readonly string[], asked = served, by = office): Promise<string> => {
  const { request } = await makeRequest(asked);
  return issueGatewayCertificate(by, { request: await readRequest(request), served }, { nowMs: NOW, days: 90 });
};
/** As a peer would judge what a gateway sends, who trusts the company's root. */
const judged = (certificate: string, domain: string): string => {
  const peers = new PeerCertificates({ authorities: [root.certificate], lists: [] });
  return peers.judge([der(certificate), der(office.certificate)], { domain, pins: [], now: NOW }).fault?.code ?? 'ok';
};

describe('the company’s own authorities', () => {
  it('vouch for the gateway of an office, for serving and calling, under every name it serves', async () => {
    const served = [BERLIN, `conference.${BERLIN}`];
    const certificate = await gateway(served);
    expect(served.map((domain) => judged(certificate, domain))).toEqual(['ok', 'ok']);
    expect(judged(certificate, 'paris.corp.example')).toBe('wrong-name');
    const { names, mayServe, mayCall, isAuthority, notAfter } = certificateFacts(certificate);
    expect([names.dns, mayServe, mayCall, isAuthority]).toEqual([served, true, true, false]);
    expect(notAfter).toBeLessThanOrEqual(NOW + 90 * 86_400_000);
  });

  it('make certificates that others check as well', async () => {
    const [leaf, middle, top] = [await gateway([BERLIN]), office.certificate, root.certificate].map(
      (pem) => new X509Certificate(pem),
    );
    expect([leaf!.verify(middle!.publicKey), middle!.verify(top!.publicKey), top!.verify(top!.publicKey)]).toEqual([
      true,
      true,
      true,
    ]);
    expect([leaf!.checkIssued(middle!), middle!.checkIssued(top!)]).toEqual([true, true]);
  });

  // F-04
  it('of an office vouch for its own domains only', async () => {
    expect(judged(await gateway(['paris.corp.example']), 'paris.corp.example')).toBe('name-constraint');
    expect(judged(await gateway([`chat.${BERLIN}`]), `chat.${BERLIN}`)).toBe('ok');
  });

  it('of an office make no further authority', async () => {
    const { publicKey } = signer();
    const below = await issueOfficeAuthority(office, { subject: 'Below', publicKey, domains: [] }, YEAR);
    const peers = new PeerCertificates({ authorities: [root.certificate], lists: [] });
    const chain = [below, office.certificate].map(der);
    expect(peers.judge(chain, { domain: BERLIN, pins: [], now: NOW }).fault).toBeDefined();
    expect(certificateFacts(office.certificate).isAuthority).toBe(true);
  });

  it('give no serial number twice', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => gateway([BERLIN])));
    expect(new Set(made.map((pem) => certificateFacts(pem).serial)).size).toBe(20);
  });

  it.each([
    ['leaves one out', [BERLIN], `does not ask for conference.${BERLIN}`],
    [
      'asks for another',
      [BERLIN, `conference.${BERLIN}`, 'evil.example'],
      'asks for evil.example, which this gateway does not serve',
    ],
  ])('refuse a request that %s, and name it', async (_, asked, text) => {
    await expect(gateway([BERLIN, `conference.${BERLIN}`], asked)).rejects.toMatchObject({
      code: 'REQUEST_NAMES',
      message: expect.stringContaining(text) as string,
    });
  });

  // F-04
  it('take certificates back by a list that names them, and no others', async () => {
    const [lost, kept] = [await gateway([BERLIN]), await gateway([BERLIN])];
    const revoked = [{ serial: certificateFacts(lost).serial, atMs: NOW }];
    const pem = await issueRevocationList(office, { revoked, number: 300 }, { nowMs: NOW, days: 7 });
    // RFC 7468 §6
    expect(pem).toMatch(/^-----BEGIN X509 CRL-----\n/);
    const file = path.join(folder, 'berlin.crl');
    writeFileSync(file, pem);
    const lists = await loadRevocationLists([file], [root.certificate, office.certificate]);
    expect(lists[0]!.nextUpdate).toBe(NOW + 7 * 86_400_000);
    const peers = new PeerCertificates({ authorities: [root.certificate], lists });
    const code = (certificate: string): string => {
      const chain = [certificate, office.certificate].map(der);
      return peers.judge(chain, { domain: BERLIN, pins: [], now: NOW }).fault?.code ?? 'ok';
    };
    expect([code(lost), code(kept)]).toEqual(['revoked', 'ok']);
  });
});
