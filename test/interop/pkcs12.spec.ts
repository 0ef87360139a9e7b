import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readPkcs12, writePkcs12 } from '@interoffice/pki';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const WORD = 'Grüße & 50 €';
const folder = mkdtempSync(path.join(tmpdir(), 'pkcs12-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => path.join(folder, name);
const text = (name: string): string => readFileSync(at(name), 'utf8');
/** The passphrase goes by a variable, in UTF-8 as a terminal would. */
const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C.UTF-8', WORD },
  });

const KEYS: Readonly<Record<string, readonly string[]>> = {
  'P-256': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'P-384': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  RSA: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
};

/** A root, an authority below it, and a server's certificate; all made by OpenSSL. */
function make(kind: string): void {
  for (const name of ['root', 'office', 'leaf']) openssl('genpkey', ...KEYS[kind]!, '-out', at(`${kind}-${name}.key`));
  const authority = ['-addext', 'basicConstraints=critical,CA:true'];
  openssl(
    'req',
    '-x509',
    '-key',
    at(`${kind}-root.key`),
    '-subj',
    '/CN=Root',
    '-days',
    '9',
    '-out',
    at(`${kind}-root.pem`),
    ...authority,
  );
  for (const [name, issuer, extension] of [
    ['office', 'root', 'basicConstraints=critical,CA:true'],
    ['leaf', 'office', 'subjectAltName=DNS:berlin.example'],
  ]) {
    const request = at(`${kind}-${name}.csr`);
    openssl(
      'req',
      '-new',
      '-key',
      at(`${kind}-${name}.key`),
      '-subj',
      `/CN=${name}`,
      '-addext',
      extension!,
      '-out',
      request,
    );
    openssl(
      'x509',
      '-req',
      '-in',
      request,
      '-copy_extensions',
      'copyall',
      '-days',
      '9',
      '-CA',
      at(`${kind}-${issuer}.pem`),
      '-CAkey',
      at(`${kind}-${issuer}.key`),
      '-CAcreateserial',
      '-out',
      at(`${kind}-${name}.pem`),
    );
  }
}

const der = (pem: string): Buffer => createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' });
const subjects = (pem: string): string[] =>
  pem.match(/-----BEGIN[^-]*-----[^-]*-----END[^-]*-----\n/g)!.map((one) => new X509Certificate(one).subject);

describe.each(Object.keys(KEYS))('PKCS #12 between us and OpenSSL, %s', (kind) => {
  beforeAll(() => make(kind));

  const ways: [string, string[]][] = [
    ['as OpenSSL 3 does', []],
    ['with the old ciphers, 3DES and RC2', ['-legacy']],
    ['with 3DES for all', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
    ['with AES-128 and a MAC of SHA-512', ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-128-CBC', '-macalg', 'sha512']],
    ['with certificates that anybody may read', ['-certpbe', 'NONE']],
  ];
  it.each(ways)('is read when it is written %s', async (_, options) => {
    const file = at(`${kind}.p12`);
    // The root first: the order is OpenSSL's matter, ours is the leaf first.
    writeFileSync(at(`${kind}-above.pem`), text(`${kind}-root.pem`) + text(`${kind}-office.pem`));
    openssl(
      'pkcs12',
      '-export',
      ...options,
      '-inkey',
      at(`${kind}-leaf.key`),
      '-in',
      at(`${kind}-leaf.pem`),
      '-certfile',
      at(`${kind}-above.pem`),
      '-name',
      'Gateway',
      '-passout',
      'env:WORD',
      '-out',
      file,
    );
    const { key, certificate } = await readPkcs12(readFileSync(file), WORD);
    expect(der(key)).toEqual(der(text(`${kind}-leaf.key`)));
    expect(subjects(certificate)).toEqual(['CN=leaf', 'CN=office', 'CN=Root']);
    expect(certificate.startsWith(text(`${kind}-leaf.pem`))).toBe(true);
    await expect(readPkcs12(readFileSync(file), 'other')).rejects.toMatchObject({ code: 'PKCS12_PASSPHRASE' });
  });

  it('is written so that OpenSSL reads it, all of it encrypted with AES-256', async () => {
    const certificate = text(`${kind}-leaf.pem`) + text(`${kind}-office.pem`);
    const file = at(`${kind}-ours.p12`);
    writeFileSync(file, await writePkcs12({ key: text(`${kind}-leaf.key`), certificate }, WORD));
    const key = openssl('pkcs12', '-in', file, '-passin', 'env:WORD', '-nodes', '-nocerts');
    expect(der(key.slice(key.indexOf('-----BEGIN')))).toEqual(der(text(`${kind}-leaf.key`)));
    const own = openssl('pkcs12', '-in', file, '-passin', 'env:WORD', '-nokeys', '-clcerts');
    expect(own).toContain(text(`${kind}-leaf.pem`).trim());
    const above = openssl('pkcs12', '-in', file, '-passin', 'env:WORD', '-nokeys', '-cacerts');
    expect(above).toContain(text(`${kind}-office.pem`).trim());
    const facts = execFileSync('sh', ['-c', `openssl pkcs12 -in ${file} -passin env:WORD -info -noout 2>&1`], {
      encoding: 'utf8',
      env: { ...process.env, WORD },
    });
    expect(facts).toContain('MAC: sha256, Iteration 100000');
    const how = 'PBES2, PBKDF2, AES-256-CBC, Iteration 100000, PRF hmacWithSHA256';
    expect(facts.split('\n').filter((line) => line.endsWith(how))).toHaveLength(2);
  });

  it('is not read by OpenSSL with another passphrase', async () => {
    const file = at(`${kind}-ours.p12`);
    writeFileSync(
      file,
      await writePkcs12({ key: text(`${kind}-leaf.key`), certificate: text(`${kind}-leaf.pem`) }, 'other'),
    );
    expect(() => openssl('pkcs12', '-in', file, '-passin', 'env:WORD', '-noout')).toThrow(/mac verify/i);
  });
});

describe('a PKCS #12 file that is hashed as often as Firefox does', () => {
  it('is read', async () => {
    make('P-256');
    const file = at('often.p12');
    const pair = ['-inkey', at('P-256-leaf.key'), '-in', at('P-256-leaf.pem')];
    openssl('pkcs12', '-export', '-iter', '600000', ...pair, '-passout', 'env:WORD', '-out', file);
    expect(subjects((await readPkcs12(readFileSync(file), WORD)).certificate)).toEqual(['CN=leaf']);
  });
});
