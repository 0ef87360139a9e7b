import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CLIENT_AUTH,
  type CertificateWish,
  selfSigned,
  SERVER_AUTH,
  type TestCertificate,
  testRoot,
  type WishedNames,
} from '../../../test/support/certificates.js';
import { PeerCertificates, type PeerJudgement } from './peer-certificate.js';
import { loadRevocationLists } from './revocation.js';

const DOMAIN = 'berlin.corp.example';
const NAMES: WishedNames = { dns: [DOMAIN] };

let folder: string;
let root: TestCertificate;
let office: TestCertificate;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'peer-certificates-'));
  root = await testRoot();
  office = await root.authority({ subject: 'Office authority', pathLength: 0 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sent = (certificate: TestCertificate): Buffer[] => certificate.chain.map(({ der }) => der);

interface Circumstances {
  readonly trusted?: readonly TestCertificate[];
  readonly lists?: readonly string[];
  readonly domain?: string;
  readonly pins?: readonly string[];
  readonly now?: number;
}

async function judge(chain: readonly Buffer[], given: Circumstances = {}): Promise<PeerJudgement> {
  const trusted = given.trusted ?? [root];
  const files = await Promise.all(
    (given.lists ?? []).map(async (text, index) => {
      const file = path.join(folder, `${index}.crl`);
      await writeFile(file, text);
      return file;
    }),
  );
  const authorities = trusted.map(({ pem }) => pem);
  const lists = await loadRevocationLists(files, [...authorities, office.pem]);
  const { domain = DOMAIN, pins = [], now = Date.now() } = given;
  return new PeerCertificates({ authorities, lists }).judge(chain, { domain, pins, now });
}

/** `accepted`, or the code of the fault; each fault has to explain itself. */
function outcome({ fault, name, chain }: PeerJudgement): string {
  if (!fault) return name ? 'accepted' : 'neither';
  expect(fault.text).toMatch(/^[A-Z].{30,}\.$/);
  expect(name).toBeUndefined();
  expect(chain.length).toBeLessThan(11);
  return fault.code;
}

const issued = async (wish: CertificateWish, by = office): Promise<string> =>
  outcome(await judge(sent(await by.issue({ names: NAMES, ...wish }))));

describe("a peer's certificate", () => {
  it('proves the domain it names, under a trusted authority, and the chain is shown', async () => {
    const { name, fault, chain } = await judge(sent(await office.issue({ subject: 'gate', names: NAMES })));
    expect(fault).toBeUndefined();
    expect(name).toEqual({ kind: 'dns', value: DOMAIN });
    expect(chain.map(({ subject }) => subject)).toEqual(['CN=gate', 'CN=Office authority', 'CN=Test root']);
    expect(chain[0]).toMatchObject({
      issuer: 'CN=Office authority',
      purposes: [SERVER_AUTH],
      names: { dns: [DOMAIN] },
    });
    expect(chain[0]!.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  // F-03
  const names: [string, WishedNames | undefined, string][] = [
    ['the domain', { dns: [DOMAIN] }, 'accepted'],
    ['the domain in capitals', { dns: ['Berlin.CORP.example'] }, 'accepted'],
    ['the domain among others', { dns: ['a.example', DOMAIN, 'b.example'] }, 'accepted'],
    ['the SRVName of a server', { srv: [`_xmpp-server.${DOMAIN}`] }, 'accepted'],
    ['the SRVName of a server in capitals', { srv: ['_XMPP-Server.BERLIN.corp.example'] }, 'accepted'],
    ['an xmppAddr', { xmppAddr: [DOMAIN] }, 'accepted'],
    ['a wildcard for the whole left label', { dns: ['*.corp.example'] }, 'accepted'],
    ['the SRVName of a server for clients', { srv: [`_xmpp-client.${DOMAIN}`] }, 'wrong-name'],
    ['the SRVName of another service', { srv: [`_http.${DOMAIN}`] }, 'wrong-name'],
    ['a wildcard as SRVName', { srv: ['_xmpp-server.*.corp.example'] }, 'wrong-name'],
    ['an xmppAddr of an account', { xmppAddr: [`admin@${DOMAIN}`] }, 'wrong-name'],
    ['an xmppAddr of a device', { xmppAddr: [`${DOMAIN}/gate`] }, 'wrong-name'],
    ['a wildcard as xmppAddr', { xmppAddr: ['*.corp.example'] }, 'wrong-name'],
    ['part of a label as wildcard', { dns: ['b*.corp.example'] }, 'wrong-name'],
    ['part of a label as wildcard, behind', { dns: ['*n.corp.example'] }, 'wrong-name'],
    ['a wildcard inside', { dns: ['berlin.*.example'] }, 'wrong-name'],
    ['two wildcards', { dns: ['*.*.example'] }, 'wrong-name'],
    ['a wildcard two labels up', { dns: ['*.example'] }, 'wrong-name'],
    ['everything', { dns: ['*'] }, 'wrong-name'],
    ['everything with a dot', { dns: ['*.'] }, 'wrong-name'],
    ['the parent', { dns: ['corp.example'] }, 'wrong-name'],
    ['a child', { dns: [`gate.${DOMAIN}`] }, 'wrong-name'],
    ['a wildcard below the domain', { dns: [`*.${DOMAIN}`] }, 'wrong-name'],
    ['another domain', { dns: ['tokyo.corp.example'] }, 'wrong-name'],
    ['a domain that ends alike', { dns: [`evil${DOMAIN}`] }, 'wrong-name'],
    ['a domain that begins alike', { dns: [`${DOMAIN}.evil.example`] }, 'wrong-name'],
    ['the domain behind a comma', { dns: [`evil.example, DNS:${DOMAIN}`] }, 'wrong-name'],
    ['the domain in quotes', { dns: [`"${DOMAIN}"`] }, 'wrong-name'],
    ['the domain with a NUL', { dns: [`${DOMAIN}\0.evil.example`] }, 'wrong-name'],
    ['the domain with white space', { dns: [`${DOMAIN} `] }, 'wrong-name'],
    ['the domain with a dot behind', { dns: [`${DOMAIN}.`] }, 'wrong-name'],
    ['the domain as URI', { uri: [`xmpp://${DOMAIN}`] }, 'wrong-name'],
    ['an address', { ip: ['192.0.2.1'] }, 'wrong-name'],
    ['an xmppAddr with a control', { xmppAddr: [`${DOMAIN}\n`] }, 'wrong-name'],
    ['no name at all', undefined, 'wrong-name'],
  ];
  it.each(names)('that names %s', async (_, wished, expected) => {
    const leaf = await office.issue({ subject: DOMAIN, ...(wished && { names: wished }) });
    expect(outcome(await judge(sent(leaf)))).toBe(expected);
  });

  it.each([
    [{ dns: ['xn--bcher-kva.example'] }, 'accepted'],
    [{ srv: ['_xmpp-server.xn--bcher-kva.example'] }, 'accepted'],
    [{ xmppAddr: ['bücher.example'] }, 'accepted'],
    [{ xmppAddr: ['xn--bcher-kva.example'] }, 'accepted'],
    [{ dns: ['bucher.example'] }, 'wrong-name'],
    [{ dns: ['*.example'] }, 'wrong-name'],
  ])('for an international domain: %j', async (wished, expected) => {
    const leaf = await office.issue({ names: wished });
    expect(outcome(await judge(sent(leaf), { domain: 'bücher.example' }))).toBe(expected);
  });

  it.each(['192.0.2.1', '[2001:db8::1]'])('proves no address literal: %s', async (domain) => {
    const leaf = await office.issue({ names: { dns: [domain], ip: ['192.0.2.1', '2001:db8::1'] } });
    expect(outcome(await judge(sent(leaf), { domain }))).toBe('wrong-name');
  });

  // F-04, F-05
  const kinds: [string, CertificateWish, string][] = [
    ['serverAuth only', { purposes: [SERVER_AUTH] }, 'accepted'],
    ['both purposes', { purposes: [SERVER_AUTH, CLIENT_AUTH] }, 'accepted'],
    ['no purposes', { purposes: [] }, 'accepted'],
    ['any purpose', { purposes: ['2.5.29.37.0'] }, 'accepted'],
    ['clientAuth only', { purposes: [CLIENT_AUTH] }, 'wrong-purpose'],
    ['code signing only', { purposes: ['1.3.6.1.5.5.7.3.3'] }, 'wrong-purpose'],
    ['a key that may only sign certificates', { usage: 0x20 }, 'wrong-purpose'],
    ['P-384', { key: 'p384' }, 'accepted'],
    ['Ed25519', { key: 'ed25519' }, 'accepted'],
    ['RSA with 2048 bits', { key: 'rsa2048' }, 'accepted'],
    ['RSA with 1024 bits', { key: 'rsa1024' }, 'weak-key'],
    ['an end a second ago', { days: { from: -2, to: -1 / 86_400 } }, 'expired'],
    ['a beginning in a minute', { days: { from: 60 / 86_400, to: 2 } }, 'not-yet-valid'],
    ['a critical extension nobody knows', { oddity: true }, 'bad-chain'],
  ];
  it.each(kinds)('with %s', async (_, wish, expected) => expect(await issued(wish)).toBe(expected));

  it('of an authority whose signatures use SHA-1 is refused, and with PSS and SHA-256 accepted', async () => {
    expect(await issued({}, await root.authority({ key: 'sha1' }))).toBe('weak-signature');
    expect(await issued({}, await root.authority({ key: 'pss' }))).toBe('accepted');
  });

  it('is refused when an authority above it is weak, ended, no authority or not for this', async () => {
    const above: [CertificateWish, string][] = [
      [{ key: 'rsa1024' }, 'weak-key'],
      [{ days: { from: -9, to: -1 } }, 'expired'],
      [{ isAuthority: false }, 'bad-chain'],
      [{ usage: 0x80 }, 'bad-chain'],
      [{ purposes: [CLIENT_AUTH] }, 'wrong-purpose'],
      [{ oddity: true }, 'bad-chain'],
    ];
    for (const [wish, expected] of above) {
      expect(await issued({}, await root.authority(wish)), JSON.stringify(wish)).toBe(expected);
    }
    expect(await issued({}, await office.authority())).toBe('bad-chain');
    expect(await issued({}, await (await testRoot({ days: { from: -9, to: -1 } })).authority())).toBe('untrusted-root');
    const ended = await testRoot({ days: { from: -9, to: -1 } });
    const leaf = await ended.issue({ names: NAMES });
    expect(outcome(await judge(sent(leaf), { trusted: [ended] }))).toBe('expired');
  });

  it('keeps to the names its authority may issue', async () => {
    const within: [NonNullable<CertificateWish['constraints']>, WishedNames, string][] = [
      [{ permitted: ['corp.example'] }, NAMES, 'accepted'],
      [{ permitted: ['.corp.example'] }, NAMES, 'accepted'],
      [{ permitted: ['other.example', 'corp.example'] }, NAMES, 'accepted'],
      [{ permitted: ['other.example'] }, NAMES, 'name-constraint'],
      [{ permitted: ['orp.example'] }, NAMES, 'name-constraint'],
      [
        { permitted: ['other.example'] },
        { dns: ['x.other.example'], srv: [`_xmpp-server.${DOMAIN}`] },
        'name-constraint',
      ],
      [{ permitted: ['other.example'] }, { xmppAddr: [DOMAIN] }, 'name-constraint'],
      [{ excluded: ['corp.example'] }, NAMES, 'name-constraint'],
      [{ excluded: ['corp.example'] }, { dns: ['*.corp.example'] }, 'name-constraint'],
      [{ excluded: ['tokyo.corp.example'] }, NAMES, 'accepted'],
      [{ excluded: [''] }, NAMES, 'name-constraint'],
    ];
    for (const [constraints, wished, expected] of within) {
      const by = await root.authority({ constraints });
      const leaf = await by.issue({ names: wished });
      expect(outcome(await judge(sent(leaf))), JSON.stringify([constraints, wished])).toBe(expected);
    }
  });

  it('is told apart when its chain leads nowhere', async () => {
    const leaf = await office.issue({ names: NAMES });
    const stranger = await (await testRoot({ subject: 'Stranger' })).authority();
    expect(outcome(await judge([]))).toBe('no-certificate');
    expect(outcome(await judge([Buffer.from('not a certificate')]))).toBe('malformed');
    expect(outcome(await judge([leaf.der]))).toBe('missing-issuer');
    expect(outcome(await judge([leaf.der], { trusted: [office] }))).toBe('accepted');
    expect(outcome(await judge([leaf.der, office.der, root.der]))).toBe('accepted');
    expect(outcome(await judge([leaf.der, stranger.der, root.der, office.der]))).toBe('accepted');
    expect(outcome(await judge(sent(await selfSigned({ names: NAMES }))))).toBe('self-signed');
    expect(outcome(await judge(sent(await stranger.issue({ names: NAMES }))))).toBe('untrusted-root');
    expect(outcome(await judge(sent(leaf), { trusted: [] }))).toBe('untrusted-root');
    const impostor = await (await testRoot()).issue({ names: NAMES });
    expect(outcome(await judge([impostor.der]))).toBe('missing-issuer');
    const { fault } = await judge(sent(await stranger.issue({ names: NAMES })));
    expect(fault?.text).toContain('Stranger');
  });

  it('that has ended is called so even when nobody knows its authority', async () => {
    const stranger = await testRoot();
    const leaf = await stranger.issue({ names: NAMES, days: { from: -9, to: -1 } });
    expect(outcome(await judge(sent(leaf)))).toBe('expired');
  });

  it('is refused once it is revoked, or when nobody can tell any more', async () => {
    const [good, bad] = [await office.issue({ names: NAMES }), await office.issue({ names: NAMES })];
    const lists = [await office.revoke([bad])];
    expect(outcome(await judge(sent(good), { lists }))).toBe('accepted');
    expect(outcome(await judge(sent(bad), { lists }))).toBe('revoked');
    expect(outcome(await judge([bad.der], { lists, trusted: [office] }))).toBe('revoked');
    const ofRoot = [await root.revoke([office])];
    expect(outcome(await judge(sent(good), { lists: ofRoot }))).toBe('revoked');
    const old = [await office.revoke([], { from: -9, to: -1 })];
    expect(outcome(await judge(sent(good), { lists: old }))).toBe('crl-expired');
    expect(outcome(await judge(sent(good), { lists: [...old, ...lists] }))).toBe('accepted');
  });

  it('may be known by its key, and then by no other', async () => {
    const own = await selfSigned({ names: NAMES });
    const { chain } = await judge(sent(own));
    const pins = [chain[0]!.keyHash];
    expect(outcome(await judge(sent(own), { pins }))).toBe('accepted');
    expect(outcome(await judge(sent(own), { pins: [...pins, 'AAAA'], trusted: [] }))).toBe('accepted');
    expect(outcome(await judge(sent(own), { pins, domain: 'tokyo.corp.example' }))).toBe('wrong-name');
    expect(outcome(await judge(sent(own), { pins, now: Date.now() + 60 * 86_400_000 }))).toBe('expired');
    expect(outcome(await judge(sent(await office.issue({ names: NAMES })), { pins }))).toBe('pin-mismatch');
    expect(outcome(await judge(sent(await selfSigned({ names: NAMES })), { pins }))).toBe('pin-mismatch');
  });

  it('costs no more than a few signatures, however the chain was made', async () => {
    const again = await Promise.all(Array.from({ length: 9 }, () => root.authority({ subject: 'Office authority' })));
    const leaf = await office.issue({ names: NAMES });
    const stranger = await testRoot({ subject: 'Elsewhere' });
    const began = process.cpuUsage();
    for (let turn = 0; turn < 20; turn++) {
      expect(outcome(await judge([leaf.der, ...again.map(({ der }) => der)], { trusted: [stranger] }))).toBe(
        'missing-issuer',
      );
    }
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1_000 / 20).toBeLessThan(200);
  });
});

describe('a revocation list', () => {
  const load = async (text: string): Promise<string> => {
    const file = path.join(folder, 'some.crl');
    await writeFile(file, text);
    return loadRevocationLists([file], [root.pem]).then(
      (lists) => `${lists.length}`,
      ({ code, message }) => `${code} ${message.includes(file)}`,
    );
  };

  it('is read when an authority trusted here has signed it, several in one file', async () => {
    expect(await load(await root.revoke([office]))).toBe('1');
    expect(await load((await root.revoke([office])) + (await root.revoke([])))).toBe('2');
  });

  it('is refused with its file when somebody else has, or when it is none', async () => {
    expect(await load(await (await testRoot()).revoke([]))).toBe('CRL_UNTRUSTED true');
    expect(await load(root.pem)).toBe('CRL_INVALID true');
    expect(await loadRevocationLists([path.join(folder, 'missing.crl')], []).catch(({ code }) => code)).toBe(
      'CRL_UNREADABLE',
    );
  });
});
