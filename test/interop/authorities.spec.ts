import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  certificateFacts,
  commandSigner,
  issueGatewayCertificate,
  issueOfficeAuthority,
  issueRevocationList,
  issueRoot,
  keySigner,
  makeRequest,
  readRequest,
  type Signer,
  type SigningAuthority,
} from '@interoffice/pki';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MODULE = '/usr/lib/softhsm/libsofthsm2.so';
const BERLIN = 'berlin.corp.example';
const SERVED = [BERLIN, `conference.${BERLIN}`];
const TERM = { nowMs: Date.now(), days: 30 };

const folder = mkdtempSync(path.join(tmpdir(), 'authorities-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(path.join(folder, name), text);
  return path.join(folder, name);
};
const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
/** All that OpenSSL says, also when it refuses. */
const verdict = (...args: string[]): string => {
  const { stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  return stdout + stderr;
};

/** A hardware module in software, with a key of the root's that it never gives away. */
class SoftModule {
  readonly #environment: NodeJS.ProcessEnv;

  constructor(private readonly pin: string) {
    mkdirSync(path.join(folder, 'tokens'));
    const settings = file('softhsm2.conf', `directories.tokendir = ${folder}/tokens\nobjectstore.backend = file\n`);
    this.#environment = { ...process.env, SOFTHSM2_CONF: settings, MODULE_PIN: pin };
    this.#run('softhsm2-util', '--init-token', '--free', '--label', 'corp', '--so-pin', pin, '--pin', pin);
    this.#tool('--login', '--pin', 'env:MODULE_PIN', '--keypairgen', '--key-type', 'EC:prime256v1', '--label', 'root');
  }

  get publicKey(): string {
    const der = path.join(folder, 'root.der');
    this.#tool('--read-object', '--type', 'pubkey', '--label', 'root', '--output-file', der);
    return openssl('pkey', '-pubin', '-inform', 'DER', '-in', der, '-pubout');
  }

  /** The module signs hashes; the program before it makes them, and knows the PIN. */
  program(name: string, pin = this.pin): readonly string[] {
    const script = file(
      name,
      `#!/bin/sh
export SOFTHSM2_CONF=${folder}/softhsm2.conf MODULE_PIN=${pin}
openssl dgst -sha256 -binary |
  pkcs11-tool --module ${MODULE} --token-label corp --label root --login --pin env:MODULE_PIN \\
    --sign --mechanism ECDSA --signature-format openssl
`,
    );
    chmodSync(script, 0o700);
    return [script];
  }

  #tool(...args: string[]): void {
    this.#run('pkcs11-tool', '--module', MODULE, '--token-label', 'corp', ...args);
  }

  #run(program: string, ...args: string[]): void {
    execFileSync(program, args, { env: this.#environment, stdio: 'pipe' });
  }
}

/** The root is in a module; the office's authority in a file. What they make is read and checked by OpenSSL. */
describe('the company’s own authorities, the root in a hardware module', () => {
  let soft: SoftModule;
  let root: SigningAuthority;
  let office: SigningAuthority;
  beforeAll(async () => {
    soft = new SoftModule('4711-root');
    const publicKey = soft.publicKey;
    root = await issueRoot(
      'Corp root',
      commandSigner({ command: soft.program('sign.sh'), publicKey, withinMs: 20_000 }),
      TERM,
    );
    file('root.pem', root.certificate);
    const own = berlinKey();
    const below = { subject: 'Berlin', publicKey: own.publicKey, domains: [BERLIN] };
    office = { certificate: await issueOfficeAuthority(root, below, TERM), signer: own };
    file('office.pem', office.certificate);
  });

  const berlinKey = (): Signer => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return keySigner(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  };
  const verify = (...args: string[]): string =>
    verdict('verify', '-x509_strict', '-CAfile', `${folder}/root.pem`, '-untrusted', `${folder}/office.pem`, ...args);
  const gateway = async (served: readonly string[], request: string): Promise<string> =>
    issueGatewayCertificate(office, { request: await readRequest(request), served }, TERM);

  it('vouch for a gateway, for serving and for calling', async () => {
    const { request, key } = await makeRequest(SERVED);
    const made = await gateway(SERVED, request);
    const leaf = file('gateway.pem', made);
    for (const purpose of ['sslserver', 'sslclient']) {
      expect(verify('-purpose', purpose, '-verify_hostname', `conference.${BERLIN}`, leaf)).toContain(
        'gateway.pem: OK',
      );
    }
    expect(createPublicKey(key).equals(createPublicKey(made))).toBe(true);
    const text = openssl('x509', '-in', leaf, '-noout', '-text');
    expect(text).toContain(`SRVName::_xmpp-server.${BERLIN}`);
    expect(text).toContain(`DNS:${BERLIN}, `);
  });

  it('of an office are believed for its own domains only', async () => {
    const served = ['paris.corp.example'];
    const leaf = file('paris.pem', await gateway(served, (await makeRequest(served)).request));
    expect(verify(leaf)).toContain('permitted subtree violation');
  });

  it('take requests that OpenSSL has made, and theirs are read by it', async () => {
    const names = SERVED.map((name) => `DNS:${name}`).join(',');
    const key = path.join(folder, 'foreign.key');
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384', '-out', key);
    const foreign = openssl('req', '-new', '-key', key, '-subj', '/CN=x', '-addext', `subjectAltName=${names}`);
    const leaf = file('foreign.pem', await gateway(SERVED, foreign));
    expect(verify(leaf)).toContain('foreign.pem: OK');
    const { request } = await makeRequest(SERVED);
    const ours = file('ours.csr', request);
    expect(verdict('req', '-in', ours, '-verify', '-noout')).toContain('verify OK');
    expect(openssl('req', '-in', ours, '-noout', '-text')).toContain(`DNS:conference.${BERLIN}`);
  });

  it('take certificates back', async () => {
    const { request } = await makeRequest(SERVED);
    const [lost, kept] = [await gateway(SERVED, request), await gateway(SERVED, request)];
    const revoked = [{ serial: certificateFacts(lost).serial, atMs: TERM.nowMs }];
    const list = file('office.crl', await issueRevocationList(office, { revoked, number: 7 }, TERM));
    const check = (pem: string, name: string): string => verify('-crl_check', '-CRLfile', list, file(name, pem));
    expect(check(lost, 'lost.pem')).toContain('certificate revoked');
    expect(check(kept, 'kept.pem')).toContain('kept.pem: OK');
    expect(openssl('crl', '-in', list, '-noout', '-crlnumber')).toContain('07');
  });

  it('say what the module complained of when its PIN is wrong', async () => {
    const command = soft.program('wrong.sh', '0000');
    const signer = commandSigner({ command, publicKey: soft.publicKey, withinMs: 20_000 });
    const failure = await issueRoot('Corp root', signer, TERM).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'SIGNER_FAILED' });
    expect((failure as Error).message).not.toContain('0000');
  });
});
