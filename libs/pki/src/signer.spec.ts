import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeRequest, readRequest } from './certificate-request.js';
import { issueGatewayCertificate, issueRoot } from './company-authority.js';
import { commandSigner, keySigner } from './signer.js';
import { X509Certificate } from './x509.js';

const folder = mkdtempSync(path.join(tmpdir(), 'signer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  };
};
/** A program that keeps the key, as one before a hardware module would; what it does is the text. */
const program = (key: string, text: string): readonly string[] => {
  const name = path.join(folder, `${Math.trunc(performance.now() * 1_000)}`);
  writeFileSync(`${name}.pem`, key);
  writeFileSync(`${name}.mjs`, `import fs from 'node:fs'; import crypto from 'node:crypto';\n${text}`);
  return [process.execPath, `${name}.mjs`, `${name}.pem`];
};
const SIGNS = `process.stdout.write(crypto.sign('sha256', fs.readFileSync(0), fs.readFileSync(process.argv[2])));`;
const asked = (command: readonly string[], publicKey: string, withinMs = 20_000) =>
  commandSigner({ command, publicKey, withinMs }).sign(Buffer.from('to be signed'));

describe('what signs', () => {
  it('may be a key in a file', async () => {
    const { key } = pair();
    const signer = keySigner(key);
    const bytes = Buffer.from('to be signed');
    expect(verify('sha256', bytes, signer.publicKey, await signer.sign(bytes))).toBe(true);
  });

  it('may be a program, whose key an authority then has without ever seeing it', async () => {
    const { key, publicKey } = pair();
    const signer = commandSigner({ command: program(key, SIGNS), publicKey, withinMs: 20_000 });
    const term = { nowMs: Date.now(), days: 30 };
    const root = await issueRoot('Root in a module', signer, term);
    const { request } = await makeRequest(['berlin.example']);
    const made = await issueGatewayCertificate(
      root,
      { request: await readRequest(request), served: ['berlin.example'] },
      term,
    );
    const issuer = new X509Certificate(root.certificate);
    expect(await new X509Certificate(made).verify({ publicKey: issuer.publicKey })).toBe(true);
    expect(await issuer.verify({ publicKey: issuer.publicKey })).toBe(true);
  });

  it('makes signatures that fit whatever their numbers begin with', async () => {
    const { key } = pair();
    const term = { nowMs: Date.now(), days: 1 };
    // Numbers are a byte shorter or have a leading zero in a few of a hundred cases.
    const roots = await Promise.all(Array.from({ length: 200 }, () => issueRoot('Root', keySigner(key), term)));
    for (const { certificate } of roots) {
      const parsed = new X509Certificate(certificate);
      expect(await parsed.verify({ publicKey: parsed.publicKey })).toBe(true);
    }
  });

  it.each([
    ['signs with another key', () => asked(program(pair().key, SIGNS), pair().publicKey), /does not fit/],
    [
      'says something else',
      () => asked(program('', `process.stdout.write('hello')`), pair().publicKey),
      /does not fit/,
    ],
    ['says nothing', () => asked(program('', ''), pair().publicKey), /does not fit/],
    [
      'complains',
      () => asked(program('', `console.error('CKR_PIN_INCORRECT\\nmore'); process.exit(3)`), pair().publicKey),
      /failed: CKR_PIN_INCORRECT$/,
    ],
    ['is not there', () => asked([path.join(folder, 'nothing')], pair().publicKey), /failed: .*ENOENT/],
    [
      'never answers',
      () => asked(program('', `setInterval(() => {}, 1000)`), pair().publicKey, 300),
      /did not answer within 300 ms/,
    ],
    [
      'says too much',
      () => asked(program('', `process.stdout.write('x'.repeat(1_000_000))`), pair().publicKey),
      /failed/,
    ],
  ])('is not believed when the program %s', async (_, ask, text) => {
    const failure = await ask().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'SIGNER_FAILED', message: expect.stringMatching(text) as string });
  });

  it.each([
    ['another curve', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ])('does not work with a key of %s', (_, make) => {
    const { privateKey, publicKey } = make();
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const spki = publicKey.export({ format: 'pem', type: 'spki' }).toString();
    expect(() => keySigner(pem)).toThrow('P-256');
    expect(() => commandSigner({ command: ['x'], publicKey: spki, withinMs: 1 })).toThrow('P-256');
    expect(() => keySigner('none')).toThrow('no PEM');
    expect(() => commandSigner({ command: ['x'], publicKey: 'none', withinMs: 1 })).toThrow('no PEM');
  });
});
