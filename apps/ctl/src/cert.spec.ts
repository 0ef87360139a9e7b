import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from './program.js';

const BERLIN = 'berlin.example';
const SERVED = [BERLIN, `conference.${BERLIN}`, `upload.${BERLIN}`, `pubsub.${BERLIN}`];
let home: string;
const at = (name: string): string => path.join(home, name);
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'cert-'));
  const yaml = `domain: ${BERLIN}\ndata-dir: ./data\ntrust: { ca: [./root/authority.pem] }\n`;
  await writeFile(at('interoffice.yaml'), yaml);
});
afterAll(() => rm(home, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

/** What a command line prints and how it ends, with no server anywhere. */
async function cert(...args: readonly string[]): Promise<{ code: number; text: string; complaint: string }> {
  let [text, complaint] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => ((text += String(chunk)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => ((complaint += String(chunk)), true));
  const code = await run(['cert', ...args]);
  vi.restoreAllMocks();
  return { code, text, complaint };
}
const ofServer = (...args: readonly string[]) => cert(...args, '--config', at('interoffice.yaml'));

describe('interoffice cert, where no server runs', () => {
  it('makes authorities, asks one of them, and puts its answer in place', async () => {
    expect(await cert('ca', 'init', '--dir', at('root'), '--subject', 'Corp Root')).toMatchObject({ code: 0 });
    const office = ['--dir', at('office'), '--root', at('root'), '--subject', 'Corp Berlin', '--domain', BERLIN];
    expect((await cert('ca', 'init', ...office)).text).toContain('SHA-256');

    const asked = await ofServer('request', '--to', 'the office', '--out', at('berlin.csr'), '--json');
    const { request } = JSON.parse(asked.text) as { request: { id: string } };
    expect((await ofServer('requests')).text).toContain('waiting for the office since');
    const names = SERVED.flatMap((name) => ['--name', name]);
    const issue = ['ca', 'issue', at('berlin.csr'), '--dir', at('office')];
    expect((await cert(...issue, '--name', BERLIN)).complaint).toContain('REQUEST_NAMES');
    expect(await cert(...issue, ...names, '--out', at('berlin.pem'))).toMatchObject({ code: 0 });

    const leaf = (await readFile(at('berlin.pem'), 'utf8')).split(/(?<=-----END CERTIFICATE-----\n)/)[0]!;
    await writeFile(at('leaf.pem'), leaf);
    const refused = await ofServer('answer', request.id, at('leaf.pem'));
    expect(refused).toMatchObject({ code: 1, complaint: expect.stringContaining('CHAIN_INCOMPLETE') as string });
    await expect(stat(at('data/pki/live.pem'))).rejects.toThrow('ENOENT');

    expect((await ofServer('answer', request.id, at('berlin.pem'))).text).toContain('Its chain ends at CN=Corp Root.');
    expect((await ofServer('requests')).text).toContain('live, ends');
    expect((await ofServer('list')).text).toMatch(/own +berlin\.example +good/);
  });

  it('gives and takes PKCS #12 without a pass phrase on the command line', async () => {
    await writeFile(at('secret'), 'a pass phrase\n');
    const secret = ['--passphrase-file', at('secret')];
    expect(await ofServer('export', at('out.p12'), '--format', 'pkcs12', ...secret)).toMatchObject({ code: 0 });
    expect((await stat(at('out.p12'))).mode & 0o777).toBe(0o600);
    expect((await ofServer('export', at('no.p12'), '--format', 'pkcs12')).complaint).toContain('PKCS12_PASSPHRASE');
    expect((await ofServer('import', at('out.p12'))).complaint).toContain('PKCS12_PASSPHRASE');
    expect((await ofServer('import', at('out.p12'), ...secret)).text).toContain('in place');
  });

  it('takes a certificate back and writes the list', async () => {
    const dir = ['--dir', at('office')];
    expect((await cert('ca', 'revoke', at('berlin.pem'), ...dir)).text).toContain('is taken back');
    expect((await cert('ca', 'list', ...dir)).text).toContain('taken back');
    expect(await cert('ca', 'crl', ...dir, '--out', at('office.crl'))).toMatchObject({ code: 0 });
    expect(await readFile(at('office.crl'), 'utf8')).toContain('BEGIN X509 CRL');
    expect((await cert('ca', 'revoke', 'AA:BB:CC:DD', ...dir)).complaint).toContain('CERTIFICATE_UNKNOWN');
  });

  it('says what is missing where neither a server runs nor settings are named', async () => {
    const { code, complaint } = await cert('list', '--data-dir', at('nothing'));
    expect(code).toBe(1);
    expect(complaint).toContain('name its settings by --config');
  });

  it.each([['list'], ['request'], ['answer'], ['import'], ['export'], ['ca', 'init'], ['ca', 'issue'], ['ca', 'crl']])(
    'shows an example of %s %s',
    async (...words) => {
      const { code, text } = await cert(...words, '--help');
      expect(code).toBe(0);
      expect(text).toContain(`Example:\n  interoffice cert ${words.join(' ')}`);
    },
  );
});
