import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type KeyType, makeRequest, readRequest } from './certificate-request.js';
import { CertificateRequests } from './certificate-requests.js';
import { issueGatewayCertificate, issueRoot, type SigningAuthority } from './company-authority.js';
import { loadKeyPair } from './key-pair.js';
import { keySigner } from './signer.js';

const DAY = 86_400_000;
const SERVED = ['berlin.example', 'conference.berlin.example'];
/** The folder of a request that a power cut kept from being made. */
const UNFINISHED = '0123456789abcdef'.repeat(2);
const clock = { at: 0, now: () => clock.at };

let authority: SigningAuthority;
let folder: string;
let requests: CertificateRequests;
beforeAll(async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = keySigner(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  authority = await issueRoot('Corp root', key, { nowMs: Date.now() - DAY, days: 900 });
});
beforeEach(async () => {
  clock.at = Date.now();
  folder = await mkdtemp(path.join(tmpdir(), 'requests-'));
  requests = open();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const live = (): string => path.join(folder, 'live.pem');
const open = (): CertificateRequests =>
  new CertificateRequests({
    folder: path.join(folder, 'requests'),
    live: live(),
    roots: [authority.certificate],
    clock,
  });
/** What the authority makes of a request. */
const signed = async (request: string, { served = SERVED, days = 90, nowMs = clock.at } = {}): Promise<string> =>
  issueGatewayCertificate(authority, { request: await readRequest(request), served }, { nowMs, days });
const answered = async (names = SERVED): Promise<string> => {
  const { id } = await requests.make(names);
  await requests.answer(id, await signed(await requests.request(id), { served: names }));
  return id;
};
const stateOf = async (id: string): Promise<string> => (await requests.find(id)).state;
const inUse = async (): Promise<string> =>
  (await loadKeyPair({ certificate: live(), key: live() }, clock)).facts.fingerprint;

describe('requests for certificates', () => {
  it('go from made over sent and answered to live, and say since when who is waited for', async () => {
    const { id, state, waiting } = await requests.make(SERVED);
    expect([state, waiting]).toEqual(['made', undefined]);
    const sent = await requests.markSent(id, 'Corp PKI, ticket 4711', clock.at - DAY);
    expect(sent).toMatchObject({
      state: 'sent',
      sent: { to: 'Corp PKI, ticket 4711', at: clock.at - DAY },
      waiting: { since: clock.at - DAY, of: 'Corp PKI, ticket 4711' },
    });
    const { request, checked } = await requests.answer(id, await signed(await requests.request(id)));
    expect([request.state, request.waiting]).toEqual(['answered', undefined]);
    expect(checked.chain).toEqual({ isComplete: true, root: 'CN=Corp root' });
    const done = await requests.activate(id);
    expect(done.request).toMatchObject({ state: 'live', liveSince: clock.at, names: SERVED });
    expect(await inUse()).toBe(checked.facts.fingerprint);
  });

  it.each<KeyType>(['P-256', 'P-384', 'RSA-3072'])('are made for a key of %s', async (keyType) => {
    const { id } = await requests.make(SERVED, keyType);
    const { publicKey, names } = await readRequest(await requests.request(id));
    const { namedCurve, modulusLength } = publicKey.asymmetricKeyDetails ?? {};
    expect(modulusLength ? `RSA-${modulusLength}` : namedCurve).toBe(
      { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'RSA-3072': 'RSA-3072' }[keyType],
    );
    expect(names.dns).toEqual(SERVED);
    const { checked } = await requests.answer(id, await signed(await requests.request(id)));
    expect(createPublicKey(checked.key).equals(publicKey)).toBe(true);
  });

  it('keep their keys to themselves', async () => {
    const { id } = await requests.make(SERVED);
    const place = path.join(folder, 'requests', id);
    expect((await stat(place)).mode & 0o777).toBe(0o700);
    for (const file of await readdir(place)) expect((await stat(path.join(place, file))).mode & 0o777).toBe(0o600);
    const shown = JSON.stringify(await requests.list());
    expect(shown).not.toContain('PRIVATE KEY');
  });

  it('are there after a restart, the newest first', async () => {
    const first = await requests.make(SERVED);
    clock.at += 1;
    const second = await requests.make(['paris.example']);
    await requests.markSent(first.id, 'CA', clock.at);
    const again = await open().list();
    expect(again.map(({ id, state }) => [id, state])).toEqual([
      [second.id, 'made'],
      [first.id, 'sent'],
    ]);
  });

  const wrong: [string, (request: string) => Promise<string>, string, RegExp][] = [
    ['for another key', async () => signed((await makeRequest(SERVED)).request), 'KEY_MISMATCH', /another request/],
    ['that is none', async () => 'Dear customer', 'CERTIFICATE_INVALID', /no PEM certificate/],
    [
      'that has expired',
      (request) => signed(request, { nowMs: clock.at - 40 * DAY, days: 30 }),
      'CERTIFICATE_EXPIRED',
      /expired on/,
    ],
  ];
  it.each(wrong)('refuse an answer %s, and keep what was there', async (_, make, code, text) => {
    await requests.activate(await answered());
    const before = await inUse();
    const { id } = await requests.make(SERVED);
    const failed = requests.answer(id, await make(await requests.request(id)));
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(text) as string });
    expect([await stateOf(id), await inUse()]).toEqual(['made', before]);
    await expect(requests.activate(id)).rejects.toMatchObject({ code: 'REQUEST_STATE' });
    expect(await inUse()).toBe(before);
  });

  it('refuse an answer that lacks names, and list them', async () => {
    const { id } = await requests.make(SERVED);
    const record = path.join(folder, 'requests', id, 'record.json');
    const more = { ...JSON.parse(await readFile(record, 'utf8')), names: [...SERVED, 'pubsub.berlin.example'] };
    await writeFile(record, JSON.stringify(more));
    await expect(requests.answer(id, await signed(await requests.request(id)))).rejects.toMatchObject({
      code: 'CERTIFICATE_NAMES',
      message: expect.stringContaining('does not name pubsub.berlin.example.') as string,
    });
  });

  it('take an answer whose chain ends nowhere known, and say so', async () => {
    const alone = new CertificateRequests({ folder: path.join(folder, 'requests'), live: live(), roots: [], clock });
    const { id } = await alone.make(SERVED);
    const { checked } = await alone.answer(id, await signed(await alone.request(id)));
    expect(checked.chain).toMatchObject({ isComplete: false, text: expect.stringContaining('Corp root') as string });
    expect((await alone.activate(id)).checked.chain.isComplete).toBe(false);
  });

  it('replace each other, and one can go back to an earlier one', async () => {
    const [first, second] = [await answered(), await answered()];
    await requests.activate(first);
    await requests.activate(second);
    expect([await stateOf(first), await stateOf(second)]).toEqual(['replaced', 'live']);
    await requests.activate(first);
    expect([await stateOf(first), await stateOf(second)]).toEqual(['live', 'replaced']);
  });

  it('keep the pair in use when the one to be put in place has expired meanwhile', async () => {
    const [first, second] = [await answered(), await answered()];
    await requests.activate(first);
    const before = await readFile(live(), 'utf8');
    clock.at += 91 * DAY;
    await expect(requests.activate(second)).rejects.toMatchObject({ code: 'CERTIFICATE_EXPIRED' });
    expect(await readFile(live(), 'utf8')).toBe(before);
  });

  it('are removed with their keys, but not while they are in use', async () => {
    const [first, second] = [await answered(), await answered()];
    await requests.activate(first);
    await expect(requests.remove(first)).rejects.toMatchObject({ code: 'REQUEST_STATE' });
    await requests.remove(second);
    expect((await requests.list()).map(({ id }) => id)).toEqual([first]);
    expect(await readdir(path.join(folder, 'requests'))).toEqual([first]);
  });

  it('are none of what else lies in their folder, or is asked for', async () => {
    const { id } = await requests.make(SERVED);
    await mkdir(path.join(folder, 'requests', UNFINISHED));
    await writeFile(path.join(folder, 'requests', 'notes.txt'), 'x');
    expect((await requests.list()).map((request) => request.id)).toEqual([id]);
    for (const other of [UNFINISHED, '../requests', '', id.slice(1)]) {
      await expect(requests.find(other)).rejects.toMatchObject({ code: 'REQUEST_NOT_FOUND' });
    }
  });

  const damaged = [
    '',
    '{"id":',
    'null',
    '{"id":"a"}',
    '{"id":"a","names":["b"],"keyType":"P-256","madeAt":1,"sent":3}',
  ];
  it.each(damaged)('name their file when it is damaged: %s', async (text) => {
    const { id } = await requests.make(SERVED);
    await writeFile(path.join(folder, 'requests', id, 'record.json'), text);
    await expect(requests.find(id)).rejects.toMatchObject({
      code: 'REQUEST_RECORD_INVALID',
      message: expect.stringContaining('record.json') as string,
    });
  });

  it('change one after the other however many ask at once, and are a hundred at most', async () => {
    const made = await Promise.all(Array.from({ length: 100 }, () => requests.make(SERVED)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(100);
    await expect(requests.make(SERVED)).rejects.toMatchObject({ code: 'REQUESTS_TOO_MANY' });
    const { id } = made[0]!;
    const pem = await signed(await requests.request(id));
    await Promise.all([requests.markSent(id, 'CA', 1), requests.answer(id, pem), requests.activate(id)]);
    const shown = await requests.find(id);
    expect(shown).toMatchObject({ state: 'live', sent: { to: 'CA', at: 1 } });
    expect(new X509Certificate(shown.answer!.certificate).subject).toBe('CN=berlin.example');
  });
});
