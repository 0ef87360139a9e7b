import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '@interoffice/telemetry';
import { ensureAuthority } from './authority.js';
import { certificateFacts } from './facts.js';
import { loadKeyPair, loadTrust } from './key-pair.js';
import { ensureServerCertificate } from './server-certificate.js';

const DAY = 86_400_000;
const names = ['office.localhost', 'conference.office.localhost', 'localhost', '127.0.0.1', '::1', 'bücher.example'];
let dir: string;
const clock = { at: Date.UTC(2026, 10, 20), now: () => clock.at };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pki-'));
  clock.at = Date.now();
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function made() {
  const authority = await ensureAuthority(dir, clock);
  return { authority, pair: await ensureServerCertificate(dir, names, { authority, clock }) };
}

const files = () => ({ certificate: join(dir, 'server.pem'), key: join(dir, 'server.key') });

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return 'no failure';
}

describe('the own certificate authority', () => {
  it('is made at the first start and kept afterwards', async () => {
    const first = await ensureAuthority(dir, clock);
    const second = await ensureAuthority(dir, clock);
    expect(second.certificate).toBe(first.certificate);
    expect(first.facts.isAuthority).toBe(true);
    expect(first.facts.notAfter - clock.now()).toBeGreaterThan(3650 * DAY);
  });

  it('keeps its files unreadable for others', async () => {
    await made();
    for (const file of ['ca.pem', 'ca.key', 'server.pem', 'server.key']) {
      expect((await stat(join(dir, file))).mode & 0o777).toBe(0o600);
    }
  });

  it('is not replaced when its key is lost, because clients trust it', async () => {
    await ensureAuthority(dir, clock);
    await rm(join(dir, 'ca.key'));
    expect(await codeOf(ensureAuthority(dir, clock))).toBe('KEY_UNREADABLE');
  });
});

describe('the server certificate', () => {
  it('names every served name as dNSName, SRVName and xmppAddr, and addresses as iPAddress', async () => {
    const { pair } = await made();
    expect(pair.facts.names.dns).toEqual([
      'office.localhost',
      'conference.office.localhost',
      'localhost',
      'xn--bcher-kva.example',
    ]);
    expect(pair.facts.names.srv).toContain('_xmpp-client.office.localhost');
    expect(pair.facts.names.srv).toContain('_xmpp-server.office.localhost');
    expect(pair.facts.names.xmppAddr).toContain('bücher.example');
    expect(pair.facts.names.ip).toEqual(['127.0.0.1', '::1']);
    expect(pair.facts.mayServe).toBe(true);
    expect(pair.facts.mayCall).toBe(false);
    expect(pair.facts.selfSigned).toBe(false);
  });

  it('is accepted by a TLS client that trusts the authority and asks for one of the names', async () => {
    const { authority, pair } = await made();
    const server = createServer({ key: pair.key, cert: pair.certificate }, (socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const socket = connect({ port, host: '127.0.0.1', servername: 'office.localhost', ca: authority.certificate });
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    expect(socket.authorized).toBe(true);
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('stays the same while it is good', async () => {
    const { authority, pair } = await made();
    const again = await ensureServerCertificate(dir, names, { authority, clock });
    expect(again.facts.serial).toBe(pair.facts.serial);
  });

  it.each([
    ['it ends within 30 days', async () => void (clock.at += 370 * DAY), names],
    ['a name is missing', async () => undefined, [...names, 'new.example']],
    ['its key was lost', async () => rm(join(dir, 'server.key')), names],
    ['its file is broken', async () => writeFile(join(dir, 'server.pem'), 'nonsense'), names],
  ])('is renewed when %s', async (_why, change, wanted) => {
    const { authority, pair } = await made();
    await change();
    const again = await ensureServerCertificate(dir, wanted, { authority, clock });
    expect(again.facts.serial).not.toBe(pair.facts.serial);
  });

  it('is renewed when the authority is another one', async () => {
    const { pair } = await made();
    await rm(join(dir, 'ca.pem'));
    const authority = await ensureAuthority(dir, clock);
    const again = await ensureServerCertificate(dir, names, { authority, clock });
    expect(again.facts.serial).not.toBe(pair.facts.serial);
  });
});

describe('loading a key and certificate', () => {
  it('names the file that cannot be read', async () => {
    await expect(loadKeyPair(files(), clock)).rejects.toThrow('server.pem cannot be read');
    await made();
    await rm(join(dir, 'server.key'));
    expect(await codeOf(loadKeyPair(files(), clock))).toBe('KEY_UNREADABLE');
  });

  it('refuses a key of another certificate', async () => {
    await made();
    expect(await codeOf(loadKeyPair({ ...files(), key: join(dir, 'ca.key') }, clock))).toBe('KEY_MISMATCH');
  });

  it('refuses what is no certificate or no key', async () => {
    await made();
    const swapped = { certificate: files().key, key: files().certificate };
    expect(await codeOf(loadKeyPair(swapped, clock))).toBe('CERTIFICATE_INVALID');
    expect(await codeOf(loadKeyPair({ ...files(), key: files().certificate }, clock))).toBe('KEY_INVALID');
    await writeFile(files().key, '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----');
    await expect(loadKeyPair(files(), clock)).rejects.toThrow('is encrypted');
    await writeFile(files().certificate, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----');
    await expect(loadKeyPair(files(), clock)).rejects.toThrow('cannot be read');
  });

  it('refuses a chain that does not lead upwards', async () => {
    await made();
    const chain = join(dir, 'server.pem');
    expect(await codeOf(loadKeyPair({ ...files(), chain }, clock))).toBe('CHAIN_BROKEN');
  });

  it('refuses a certificate outside its time', async () => {
    await made();
    clock.at += 400 * DAY;
    expect(await codeOf(loadKeyPair(files(), clock))).toBe('CERTIFICATE_EXPIRED');
    clock.at -= 500 * DAY;
    expect(await codeOf(loadKeyPair(files(), clock))).toBe('CERTIFICATE_NOT_YET_VALID');
  });

  it('reads every authority of a trust store', async () => {
    await made();
    expect(await loadTrust([join(dir, 'ca.pem'), join(dir, 'server.pem')])).toHaveLength(3);
  });
});

describe('certificate facts', () => {
  it('come from the parsed extension, never from the subject', async () => {
    const { authority } = await made();
    const { certificate } = await authority.issue({
      names: ['a.example', 'dns:admin@a.example'],
      nowMs: clock.now(),
      days: 1,
    });
    expect(certificateFacts(certificate).names.dns).not.toContain('admin@a.example');
  });

  //
  it('are refused for a certificate with more than 100 names', async () => {
    const { authority } = await made();
    const many = Array.from({ length: 40 }, (_, index) => `host${index}.example`);
    const { certificate } = await authority.issue({ names: many, nowMs: clock.now(), days: 1 });
    expect(() => certificateFacts(certificate)).toThrow('more than 100 names');
  });

  it('of the authority file are the facts people see', async () => {
    const { authority } = await made();
    const facts = certificateFacts(await readFile(authority.certificatePath));
    expect(facts.subject).toBe('CN=Interoffice local authority');
    expect(facts.selfSigned).toBe(true);
    expect(facts.names.dns).toEqual([]);
  });
});
