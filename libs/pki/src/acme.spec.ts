// What is not an ACME server, or does not want to be one now. Certificates are got in test/interop/acme.spec.ts.
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '@interoffice/telemetry';
import { AcmeAuthority } from './acme.js';
import { ensureAccountKey } from './acme-account.js';
import { retryAtOf } from './acme-failure.js';
import { ensureAuthority } from './authority.js';
import { ensureServerCertificate } from './server-certificate.js';

let folder: string;
let server: Server;
let trust: string;
interface Said {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}
let says: (url: string) => Said;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'acme-'));
  const authority = await ensureAuthority(folder, systemClock);
  trust = authority.certificate;
  const pair = await ensureServerCertificate(folder, ['localhost'], { authority, clock: systemClock });
  server = createServer({ key: pair.key, cert: pair.certificate }, (request, response) => {
    const { status, body, headers = {} } = says(request.url ?? '');
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  }).listen(0, 'localhost');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const url = (): string => `https://localhost:${(server.address() as AddressInfo).port}`;
const obtain = (given: { trust?: readonly string[] } = { trust: [trust] }): Promise<unknown> => {
  const accountKey = path.join(folder, 'account.key');
  const authority = new AcmeAuthority({ directoryUrl: url(), accountKey, agreesToTerms: true, ...given }, systemClock);
  const answers = { http: () => Promise.reject(new Error('not asked for')) };
  return authority.obtain({ names: ['berlin.example'], roots: [] }, answers).catch((error: unknown) => error);
};

describe('an ACME server', () => {
  it('is spoken to over https only', () => {
    for (const directoryUrl of ['http://acme.example/dir', 'acme.example', '']) {
      const made = () => new AcmeAuthority({ directoryUrl, accountKey: 'x', agreesToTerms: true }, systemClock);
      expect(made).toThrow(expect.objectContaining({ code: 'ACME_DIRECTORY_INVALID' }));
    }
  });

  it('that is some web server is told so', async () => {
    says = () => ({ status: 404, body: 'no such page' });
    expect(await obtain()).toMatchObject({ code: 'ACME_FAILED' });
    says = () => ({ status: 200, body: { hello: 'world' } });
    expect(await obtain()).toMatchObject({ code: 'ACME_FAILED' });
    // Elsewhere is not asked: whom to trust was said for this one.
    says = () => ({ status: 302, body: '', headers: { location: `${url()}/other` } });
    expect(await obtain()).toMatchObject({ code: 'ACME_FAILED' });
  });

  it('that sends us past TLS is not followed', async () => {
    says = () => ({ status: 200, body: { newNonce: 'http://localhost:9/nonce', newAccount: `${url()}/account` } });
    const failure = await obtain();
    expect(failure).toMatchObject({
      code: 'ACME_FAILED',
      cause: { message: expect.stringContaining('https') as string },
    });
  });

  it('that nobody vouches for is not spoken to', async () => {
    let requests = 0;
    says = () => ({ status: 500, body: ++requests });
    expect(await obtain({})).toMatchObject({ code: 'ACME_UNTRUSTED' });
    expect(requests).toBe(0);
  });

  it('that wants to be left alone is, and says until when', async () => {
    const directory = { newNonce: `${url()}/nonce`, newAccount: `${url()}/account` };
    const limited = { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many registrations' };
    let accounts = 0;
    says = (where): Said => {
      if (where === '/') return { status: 200, body: directory };
      if (where === '/nonce') return { status: 200, body: '', headers: { 'replay-nonce': 'abc' } };
      accounts++;
      return { status: 429, body: limited, headers: { 'retry-after': '7200', 'replay-nonce': 'def' } };
    };
    const before = Date.now();
    const failure = await obtain();
    expect(failure).toMatchObject({
      code: 'ACME_RATE_LIMITED',
      message: expect.stringContaining('too many registrations') as string,
    });
    expect(retryAtOf(failure)).toBeGreaterThanOrEqual(before + 7_200_000);
    expect(accounts).toBe(1);
  });
});

describe('the key of an ACME account', () => {
  it('is made once, readable by nobody else, and never replaced when it is damaged', async () => {
    const file = path.join(folder, 'keys', 'acme.key');
    const key = await ensureAccountKey(file);
    expect(await ensureAccountKey(file)).toBe(key);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await writeFile(file, 'damaged');
    await expect(ensureAccountKey(file)).rejects.toMatchObject({ code: 'ACME_ACCOUNT_KEY_INVALID' });
    expect(await readFile(file, 'utf8')).toBe('damaged');
  });
});
