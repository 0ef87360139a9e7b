import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CLIENT_AUTH,
  type CertificateWish,
  selfSigned,
  type TestCertificate,
  testRoot,
} from '../../../test/support/certificates.js';
import { checkPair, type PairRules } from './checked-pair.js';
import type { IssuedPair } from './issue.js';
import { loadKeyPair } from './key-pair.js';
import { liveFingerprint, swapLivePair } from './live-pair.js';
import { missingNames } from './missing-names.js';

const SERVED = ['berlin.example', 'conference.berlin.example'];

let folder: string;
let root: TestCertificate;
let office: TestCertificate;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'checked-pair-'));
  root = await testRoot();
  office = await root.authority({ subject: 'Office authority' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const pems = (...some: readonly TestCertificate[]): string => some.map(({ pem }) => pem).join('');
const issue = (wish: CertificateWish = {}, by = office): Promise<TestCertificate> =>
  by.issue({ names: { dns: SERVED }, ...wish });
const rules = (given: Partial<PairRules> = {}): PairRules => ({
  names: SERVED,
  roots: [root.pem],
  now: Date.now(),
  ...given,
});
const pairOf = async (leaf: TestCertificate, ...others: readonly TestCertificate[]): Promise<IssuedPair> => ({
  key: await leaf.keyPem(),
  certificate: pems(leaf, ...others),
});

describe('a new key and certificate', () => {
  it('are good when they fit, name all that is served, and lead up to a root', async () => {
    const leaf = await issue();
    const { chain, facts, certificate, key } = checkPair(await pairOf(leaf, office), rules());
    expect(chain).toEqual({ isComplete: true, root: 'CN=Test root' });
    expect(facts.names.dns).toEqual(SERVED);
    expect(key).toContain('BEGIN PRIVATE KEY');
    expect(certificate.match(/BEGIN/g)).toHaveLength(2);
  });

  it('are put in the order of TLS, without the root and without what does not belong to them', async () => {
    const leaf = await issue();
    const stranger = await testRoot({ subject: 'Stranger' });
    const given = { key: await leaf.keyPem(), certificate: pems(root, stranger, office, leaf) };
    const { certificate } = checkPair(given, rules());
    const { certificate: wanted } = checkPair(await pairOf(leaf, office), rules());
    expect(certificate).toBe(wanted);
  });

  it('get the authority that is trusted here but missing in the answer, since others know the root alone', async () => {
    const leaf = await issue();
    const { certificate, chain } = checkPair(await pairOf(leaf), rules({ roots: [office.pem, root.pem] }));
    expect(certificate).toBe(checkPair(await pairOf(leaf, office), rules()).certificate);
    expect(chain.isComplete).toBe(true);
  });

  const ends: [string, () => Promise<[IssuedPair, Partial<PairRules>]>, RegExp][] = [
    ['its authority is missing', async () => [await pairOf(await issue()), {}], /Office authority is neither in it/],
    [
      'the root is not known',
      async () => [await pairOf(await issue(), office), { roots: [] }],
      /ends at CN=Office authority; the certificate of CN=Test root is neither/,
    ],
    [
      'the root came along and is not known',
      async () => [await pairOf(await issue(), office, root), { roots: [] }],
      /ends at CN=Test root, which is not among the roots/,
    ],
    [
      'it signed itself',
      async () => [await pairOf(await selfSigned({ names: { dns: SERVED } })), {}],
      /which is not among the roots/,
    ],
  ];
  it.each(ends)('are told to lead nowhere when %s', async (_, make, text) => {
    const [pair, given] = await make();
    expect(checkPair(pair, rules(given)).chain).toEqual({
      isComplete: false,
      text: expect.stringMatching(text) as string,
    });
  });

  const days = (from: number, to: number) => ({ from, to });
  const wrong: [string, () => Promise<IssuedPair>, string, RegExp][] = [
    [
      'of a key that is another one’s',
      async () => ({ ...(await pairOf(await issue(), office)), key: await office.above[0]!.keyPem() }),
      'KEY_MISMATCH',
      /answer another request/,
    ],
    ['of a key that is none', async () => ({ ...(await pairOf(await issue())), key: 'none' }), 'KEY_INVALID', /no PEM/],
    [
      'without a certificate',
      async () => ({ ...(await pairOf(await issue())), certificate: 'please wait' }),
      'CERTIFICATE_INVALID',
      /The answer holds no PEM/,
    ],
    [
      'that are too long',
      async () => ({ ...(await pairOf(await issue())), certificate: 'x'.repeat(262_145) }),
      'CERTIFICATE_INVALID',
      /too long/,
    ],
    [
      'that lack a name, which is listed',
      async () => pairOf(await issue({ names: { dns: [SERVED[0]!] } }), office),
      'CERTIFICATE_NAMES',
      /does not name conference\.berlin\.example\./,
    ],
    [
      'with more names than anybody reads',
      async () => pairOf(await issue({ names: { dns: Array.from({ length: 101 }, (_, at) => `h${at}.example`) } })),
      'CERTIFICATE_INVALID',
      /names in the certificate cannot be read/,
    ],
    [
      'that have expired',
      async () => pairOf(await issue({ days: days(-9, -2) }), office),
      'CERTIFICATE_EXPIRED',
      /expired on 20\d\d-/,
    ],
    [
      'that are not good yet',
      async () => pairOf(await issue({ days: days(2, 9) }), office),
      'CERTIFICATE_NOT_YET_VALID',
      /valid from 20\d\d-.*clock/,
    ],
    [
      'for clients alone',
      async () => pairOf(await issue({ purposes: [CLIENT_AUTH] }), office),
      'CERTIFICATE_UNFIT',
      /ask for serverAuth/,
    ],
    ['of a weak key', async () => pairOf(await issue({ key: 'rsa1024' }), office), 'CERTIFICATE_UNFIT', /too weak/],
    [
      'under an authority that has expired',
      async () => {
        const old = await root.authority({ subject: 'Old', days: days(-9, -2) });
        return pairOf(await issue({}, old), old);
      },
      'CERTIFICATE_UNFIT',
      /CN=Old expired/,
    ],
    [
      'under an authority that may not vouch for the names',
      async () => {
        const paris = await root.authority({ constraints: { permitted: ['paris.example'] } });
        return pairOf(await issue({}, paris), paris);
      },
      'CERTIFICATE_UNFIT',
      /may not issue certificates for the names/,
    ],
  ];
  it.each(wrong)('are refused: %s', async (_, make, code, text) => {
    const pair = await make();
    expect(() => checkPair(pair, rules())).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(text) as string }),
    );
  });
});

describe('the names that a certificate lacks', () => {
  const cases: [string, CertificateWish['names'], string[], string[]][] = [
    ['none', { dns: SERVED }, SERVED, []],
    ['one', { dns: ['berlin.example'] }, SERVED, ['conference.berlin.example']],
    ['none, by a wildcard', { dns: ['*.berlin.example'] }, ['conference.berlin.example'], []],
    ['what is above a wildcard', { dns: ['*.berlin.example'] }, SERVED, ['berlin.example']],
    [
      'what is written otherwise',
      { dns: ['xn--bcher-kva.example'] },
      ['Bücher.example', 'other.example'],
      ['other.example'],
    ],
    [
      'what only XMPP knows',
      { srv: ['_xmpp-server.berlin.example'], xmppAddr: ['berlin.example'] },
      ['berlin.example'],
      ['berlin.example'],
    ],
    ['an address', { ip: ['192.0.2.7'] }, ['192.0.2.7', '192.0.2.8', '::1'], ['192.0.2.8', '::1']],
    ['all: a CN does not count', undefined, ['berlin.example'], ['berlin.example']],
  ];
  it.each(cases)('are listed: %s', async (_, names, served, missing) => {
    const { pem, der } = await selfSigned({ subject: 'berlin.example', names });
    expect(missingNames(pem, served)).toEqual(missing);
    expect(missingNames(der, served)).toEqual(missing);
  });
});

describe('the pair in use', () => {
  const clock = { now: () => Date.now() };

  //
  it('is replaced as a whole, again and again, and a reader never finds a half', async () => {
    const live = path.join(folder, 'live.pem');
    const pairs = await Promise.all([1, 2].map(async () => pairOf(await issue(), office)));
    const swap = (pair: IssuedPair) => swapLivePair(live, pair, { ...rules(), chain: 'known-root' });
    const known = new Set<string>();
    known.add((await swap(pairs[0]!)).facts.fingerprint);
    let isOver = false;
    const reader = (async () => {
      const seen = new Set<string>();
      while (!isOver) seen.add((await loadKeyPair({ certificate: live, key: live }, clock)).facts.fingerprint);
      return seen;
    })();
    for (let turn = 1; turn <= 100; turn++) known.add((await swap(pairs[turn % 2]!)).facts.fingerprint);
    isOver = true;
    expect([...(await reader)].every((fingerprint) => known.has(fingerprint))).toBe(true);
    expect(await liveFingerprint(live)).toBe([...known][0]);
    expect((await stat(live)).mode & 0o777).toBe(0o600);
  });

  it('is kept when the new one is broken, or leads to no known root and nobody looks', async () => {
    const live = path.join(folder, 'kept.pem');
    const good = await pairOf(await issue(), office);
    await swapLivePair(live, good, { ...rules(), chain: 'known-root' });
    const before = await readFile(live, 'utf8');
    const broken: [IssuedPair, string][] = [
      [{ ...good, key: await office.keyPem() }, 'CERTIFICATE_NAMES'],
      [{ ...good, certificate: good.certificate.slice(0, 300) }, 'CERTIFICATE_INVALID'],
      [await pairOf(await issue({ days: { from: -9, to: -1 } }), office), 'CERTIFICATE_EXPIRED'],
      [await pairOf(await issue()), 'CHAIN_INCOMPLETE'],
    ];
    for (const [pair, code] of broken) {
      const failed = swapLivePair(live, pair, { ...rules(), chain: 'known-root' });
      await expect(failed).rejects.toMatchObject({ code });
      expect(await readFile(live, 'utf8')).toBe(before);
    }
    const looked = await swapLivePair(live, await pairOf(await issue()), { ...rules(), chain: 'any-end' });
    expect(looked.chain.isComplete).toBe(false);
  });

  it('is none where there is no file, or a damaged one', async () => {
    expect(await liveFingerprint(path.join(folder, 'missing.pem'))).toBeUndefined();
  });
});
