import { randomBytes } from 'node:crypto';
import { DialbackKeys } from '@interoffice/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CLIENT_AUTH,
  type CertificateWish,
  selfSigned,
  SERVER_AUTH,
  type TestCertificate,
  testRoot,
} from '../../support/certificates.js';
import { S2sStage, type ServerWish, StageServer } from '../../support/s2s-stage.js';
import { freePort } from '../appliance.js';
import { NameServer } from './name-server.js';
import { type PeerHost, ProsodyPeer } from './prosody-peer.js';

const BERLIN = 'berlin.example';
const TOKYO = 'tokyo.example';
const DIALLING = 'dialling.example';
const stage = new S2sStage();
const names = (domain: string): CertificateWish => ({ names: { dns: [domain] } });
/** What Prosody shows for each of its domains: the name says what is wrong with it. */
const SHOWN: Readonly<Record<string, { readonly wish: CertificateWish; readonly code: string }>> = {
  'expired.example': { wish: { ...names('expired.example'), days: { from: -9, to: -1 } }, code: 'expired' },
  'early.example': { wish: { ...names('early.example'), days: { from: 1, to: 9 } }, code: 'not-yet-valid' },
  'other.example': { wish: names('paris.example'), code: 'wrong-name' },
  'cn.example': { wish: { subject: 'cn.example' }, code: 'wrong-name' },
  'clients.example': { wish: { ...names('clients.example'), purposes: [CLIENT_AUTH] }, code: 'wrong-purpose' },
  'p384.example': { wish: { ...names('p384.example'), key: 'p384' }, code: 'ok' },
  'rsa.example': { wish: { ...names('rsa.example'), key: 'rsa2048' }, code: 'ok' },
  'srv.example': { wish: { names: { srv: ['_xmpp-server.srv.example'] } }, code: 'ok' },
};

let root: TestCertificate;
let authority: TestCertificate;
let prosody: ProsodyPeer;
/** Prosody that takes dialback for a proof; nobody's authority vouches for it. */
let dialling: ProsodyPeer;
let dns: NameServer;
let port: number;
beforeAll(async () => {
  root = await testRoot();
  authority = await root.authority();
  port = await freePort();
  const hosts: PeerHost[] = [
    { domain: TOKYO, shows: await authority.issue({ ...names(TOKYO), purposes: [SERVER_AUTH, CLIENT_AUTH] }) },
  ];
  for (const [domain, { wish }] of Object.entries(SHOWN)) hosts.push({ domain, shows: await authority.issue(wish) });
  const bare = await authority.issue(names('bare.example'));
  hosts.push({ domain: 'bare.example', shows: bare, sends: [bare] });
  hosts.push({ domain: 'own.example', shows: await selfSigned(names('own.example')) });
  dns = await NameServer.open([{ domain: BERLIN, starttls: port }]);
  prosody = await ProsodyPeer.open(hosts, root);
  dialling = await ProsodyPeer.open([{ domain: DIALLING, shows: await selfSigned(names(DIALLING)) }], root, 'dialback');
});
afterAll(async () => {
  await Promise.all([prosody?.close(), dialling?.close()]);
  await dns?.close();
});

const berlin = async (wish: Partial<ServerWish> = {}): Promise<StageServer> =>
  StageServer.open({ domain: BERLIN, shows: await authority.issue(names(BERLIN)), trusts: [root], ...wish });
const ping = (to: string): Buffer =>
  Buffer.from(`<iq from='ada@${BERLIN}/pc' to='${to}' type='get' id='ping'><ping xmlns='urn:xmpp:ping'/></iq>`);

describe.each(['tcp', 'tls'] as const)('Prosody over %s', (kind) => {
  const at = (): { port: number; kind: 'tcp' | 'tls' } => ({ port: prosody.ports[kind], kind });

  it('believes our certificate for servers only, and answers on a stream of its own, found by DNS', async () => {
    const server = await berlin();
    await stage.listen(server, { port });
    const { stream, attempts } = await server.call({ peer: TOKYO }, [at()]);
    expect(attempts.map(({ stage: where, code }) => `${where} ${code}`)).toEqual(['ready ok']);
    stream!.send(ping(TOKYO), 0, ping(TOKYO).length);
    const [answer] = await server.has(1);
    expect(answer).toContain(`${TOKYO} <iq `);
    expect(answer).toContain(`type='result'`);
    // Both ways: Prosody counts what it gets, and is told what we have got of what it sent.
    expect(stream!.isManaged).toBe(true);
    stream!.askForAck();
    expect(await server.hasAcknowledged(1)).toBe(1);
    expect([...server.streams].map(({ isManaged }) => isManaged)).toEqual([true]);
    stream!.end();
    expect(await server.hasEnded()).toContain('closed');
  });

  it.each([
    ...Object.entries(SHOWN).map(([domain, { code }]) => [domain, code]),
    ['bare.example', 'missing-issuer'],
    ['own.example', 'self-signed'],
  ])('shows a certificate for %s: %s', async (domain, code) => {
    const { stream, attempts } = await (await berlin()).call({ peer: domain }, [at()]);
    expect(attempts.map((attempt) => `${attempt.stage} ${attempt.code}`)).toEqual([
      code === 'ok' ? 'ready ok' : `certificate ${code}`,
    ]);
    stream?.end();
  });

  it.each([
    ['has expired', { days: { from: -9, to: -1 } }, /expired/i],
    ['names another domain', names('paris.example'), /not valid for this name/i],
    ['is for clients only', { purposes: [CLIENT_AUTH] }, /not trusted|certificate/i],
  ])('says why it does not believe our certificate that %s', async (_, wish, reason) => {
    const shows = await authority.issue({ ...names(BERLIN), ...wish });
    const { stream, attempts } = await (await berlin({ shows })).call({ peer: TOKYO }, [at()]);
    expect(stream).toBeUndefined();
    expect(attempts).toHaveLength(1);
    expect(attempts[0]!.text).toMatch(reason);
  });
});

// XEP-0220
describe('Prosody whose certificate does not hold, nor ours', () => {
  const tcp = (): { port: number; kind: 'tcp' } => ({ port: dialling.ports.tcp, kind: 'tcp' });

  it('and we believe each other by dialback, where it is allowed, each asking the other’s own server', async () => {
    const dialback = { keys: new DialbackKeys(randomBytes(32)), allowed: [DIALLING], asksAt: () => [tcp()] };
    const server = await berlin({ shows: await selfSigned(names(BERLIN)), dialback });
    await stage.listen(server, { port });
    const { stream, attempts } = await server.call({ peer: DIALLING }, [tcp()]);
    expect(attempts.map(({ stage: where, code }) => `${where} ${code}`)).toEqual(['ready ok']);
    stream!.send(ping(DIALLING), 0, ping(DIALLING).length);
    expect((await server.has(1))[0]).toContain(`type='result'`);
    const proofs = server.log.events.filter(({ name }) => name === 's2s.authenticated');
    const told = proofs.map(({ fields }) => `${String(fields['direction'])} ${String(fields['mechanism'])}`);
    expect(told.toSorted()).toEqual(['in dialback', 'out dialback']);
    stream!.end();
  });

  it('does not get a word from us where dialback is not allowed', async () => {
    const { stream, attempts } = await (await berlin()).call({ peer: DIALLING }, [tcp()]);
    expect(stream).toBeUndefined();
    expect(attempts.map(({ stage: where, code }) => `${where} ${code}`)).toEqual(['certificate self-signed']);
  });
});
