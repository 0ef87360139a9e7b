import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { xml } from '@interoffice/wire';
import { overTcp, TestClient } from '../support/client.js';
import { built } from './built.js';
import { Contained } from './contained.js';

interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly ExposedPorts: Readonly<Record<string, unknown>>;
  readonly Volumes: Readonly<Record<string, unknown>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

const DOMAIN = 'corp.example';
const SETTINGS = `
domain: ${DOMAIN}
listen:
  c2s: 127.0.0.1:0
  c2s-tls: 127.0.0.1:0
  https: 127.0.0.1:0
  s2s: false
  s2s-tls: false
  components: false
`;

const root = built('IMAGE_ROOT');
const config = JSON.parse(readFileSync(built('IMAGE_CONFIG'), 'utf8')) as ImageConfig;
const command = [...config.Entrypoint, ...config.Cmd];

/** Every file and folder of the image, with its mode. */
function everything(): { name: string; mode: number }[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return { name: path.relative(root, file), mode: statSync(file).mode };
    });
}

const said = (to: TestClient, body: string) =>
  xml('message', { to: to.jid, type: 'chat', id: body }, xml('body', {}, body));

const writing = (file: string): string[] => ['/opt/interoffice/bin/node', '-e', `fs.writeFileSync('${file}', '')`];

describe('the image', () => {
  // H-01
  it('runs as a user with a number that is not root, in group 0', () => {
    expect(config.User).toBe('10001:0');
    expect(Object.keys(config.Volumes)).toEqual(['/data']);
    expect(statSync(path.join(root, 'data'))).toMatchObject({ uid: 10_001, gid: 0 });
    expect(statSync(path.join(root, 'data')).mode & 0o777).toBe(0o770);
  });

  it('sets what malloc reads before Node starts', () => {
    expect(config.Env).toContain('MALLOC_MMAP_THRESHOLD_=131072');
    expect(config.Env).toContain('MALLOC_TRIM_THRESHOLD_=65536');
  });

  it('exposes the ports of clients and of other servers, and not the metrics', () => {
    const exposed = [5222, 5223, 5269, 5270, 8443].map((port) => `${port}/tcp`);
    expect(Object.keys(config.ExposedPorts).sort()).toEqual(exposed);
  });

  // H-02
  it('holds no shell, no package manager and no setuid file', () => {
    const all = everything();
    expect(all.filter(({ mode }) => (mode & 0o6000) !== 0)).toEqual([]);
    const programs = all.filter(({ name, mode }) => (mode & 0o111) !== 0 && /(^|\/)s?bin\//.test(name));
    const unwanted = /^(ba|da|z|k)?sh$|^busybox$|^(apt|dpkg|rpm|npm|npx|yarn|pip)/;
    expect(programs.map(({ name }) => path.basename(name)).filter((name) => unwanted.test(name))).toEqual([]);
  });

  // H-02
  it('lets everybody write in /tmp only', () => {
    expect(
      everything()
        .filter(({ mode }) => (mode & 0o002) !== 0)
        .map(({ name }) => name),
    ).toEqual(['tmp']);
  });

  it('holds no tests, types, sources or packages that only a build needs', () => {
    const names = everything().map(({ name }) => name);
    expect(names.filter((name) => /\.(spec|contract)\.js$|\.[cm]?tsx?$/.test(name))).toEqual([]);
    const modules = readdirSync(path.join(root, 'opt/interoffice/node_modules'));
    for (const name of ['@mui', 'react', 'typescript', 'vite', 'vitest', 'playwright-core', 'converse.js']) {
      expect(modules).not.toContain(name);
    }
  });
});

describe('the appliance in its image, with a read-only root and an unprivileged user of any number', () => {
  const metrics = `127.0.0.1:${20_000 + (process.pid % 10_000)}`;
  const environment = [...config.Env, `INTEROFFICE_LISTEN__METRICS=${metrics}`];
  const inside = new Contained({ root, environment, settings: SETTINGS });
  const clients: TestClient[] = [];
  let ca = '';
  let port = 0;

  beforeAll(async () => {
    const ready = await inside.start(command);
    ca = inside.read(ready.ca);
    port = Number(ready.listen['c2s']!.split(':').at(-1));
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await inside.dispose();
  });

  const login = async (user: string): Promise<TestClient> => {
    const client = await TestClient.open(DOMAIN, overTcp({ port, ca, domain: DOMAIN }));
    clients.push(client);
    return client.login(user, `${user}-secret-word`);
  };

  it('says it is live and ready, and its health check agrees', async () => {
    expect((await fetch(`http://${metrics}/live`)).status).toBe(200);
    expect((await fetch(`http://${metrics}/ready`)).status).toBe(200);
    expect(await inside.exec(config.Healthcheck.Test.slice(1))).toMatchObject({ code: 0 });
  });

  it('takes new accounts by its own command', async () => {
    for (const [user, role] of [
      ['anna', 'employee'],
      ['bob', 'employee'],
      ['olga', 'officer'],
    ] as const) {
      const add = [
        '/usr/local/bin/interoffice',
        'user',
        'add',
        `${user}@${DOMAIN}`,
        '--role',
        role,
        '--password-stdin',
      ];
      expect(await inside.exec(add, `${user}-secret-word\n`)).toMatchObject({ code: 0, stderr: '' });
    }
  });

  it('carries a conversation over TLS, and the officer finds it in the archive', async () => {
    const anna = await login('anna');
    const bob = await login('bob');
    anna.send(said(bob, 'The heliotrope ledger is ready'));
    expect((await bob.next((stanza) => stanza.is('message'))).getChildText('body')).toBe(
      'The heliotrope ledger is ready',
    );
    bob.send(said(anna, 'Then send the heliotrope ledger'));
    expect((await anna.next((stanza) => stanza.is('message'))).getChildText('body')).toBe(
      'Then send the heliotrope ledger',
    );

    const search = [
      '/usr/local/bin/interoffice',
      'archive',
      'search',
      '--as',
      `olga@${DOMAIN}`,
      '--reason',
      'image test',
    ];
    const asOlga = (...more: string[]) => inside.exec([...search, '--json', ...more], 'olga-secret-word\n');
    await expect
      .poll(async () => found(await asOlga('--text', 'heliotrope')), { timeout: 20_000, interval: 250 })
      .toEqual(['The heliotrope ledger is ready', 'Then send the heliotrope ledger']);
  });

  it('looks names up', async () => {
    const lookup = [
      '/opt/interoffice/bin/node',
      '-e',
      `dns.lookup('localhost', (error, address) => console.log(error ?? address))`,
    ];
    expect((await inside.exec(lookup)).stdout).toMatch(/^(127\.0\.0\.1|::1)\n$/);
  });

  // H-02
  it('cannot write outside its data and /tmp', async () => {
    expect(await inside.exec(writing('/data/probe'))).toMatchObject({ code: 0 });
    expect(await inside.exec(writing('/tmp/probe'))).toMatchObject({ code: 0 });
    for (const file of ['/probe', '/etc/probe', '/opt/interoffice/probe', '/usr/bin/probe', '/var/probe']) {
      expect((await inside.exec(writing(file))).stderr).toMatch(/EROFS|EACCES|ENOENT/);
    }
  });

  it('tells its clients, stops its database and ends with 0 within ten seconds when asked to stop', async () => {
    const anna = await login('anna');
    const began = performance.now();
    expect(await inside.stop(), inside.stderr).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await anna.closed()).toContain('<system-shutdown');
  });
});

function found({ stdout, stderr }: { stdout: string; stderr: string }): string[] {
  if (stdout === '') return [stderr];
  const { hits } = JSON.parse(stdout) as { hits: { body: string }[] };
  return hits.map(({ body }) => body).sort();
}
