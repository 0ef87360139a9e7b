import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { Agent, get } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, createServer as createTlsServer } from 'node:tls';
import {
  AcmeAuthority,
  type AcmeServer,
  type ChallengeAnswers,
  ensureAuthority,
  ensureServerCertificate,
  loadKeyPair,
  planRenewal,
  swapLivePair,
} from '@interoffice/pki';
import { loadSettings } from '@interoffice/config';
import { CertificateUpkeep } from '@interoffice/gateway';
import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LineProcess } from './line-process.js';

const BERLIN = 'berlin.corp.example';
/** Publishes and withdraws TXT records at the name server of the test. */
const TXT = `const [port, what, record, value] = process.argv.slice(2);
const path = what === 'publish' ? 'set-txt' : 'clear-txt';
const { ok } = await fetch(\`http://127.0.0.1:\${port}/\${path}\`, { method: 'POST', body: JSON.stringify({ host: record + '.', value }) });
process.exit(ok ? 0 : 1);
`;
const folder = mkdtempSync(path.join(tmpdir(), 'acme-'));
const at = (name: string): string => path.join(folder, name);

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks until it is answered: a server says that it listens shortly before it does. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

/** Debian's pebble, with the name server that belongs to it; its certificate is from an authority of our own. */
class Pebble {
  #trust = '';
  #root = '';
  #pebble: LineProcess | undefined;
  readonly #ports: Record<'acme' | 'management' | 'http', number>;

  constructor(
    ports: Record<'acme' | 'management' | 'http', number>,
    private readonly settings: object = {},
  ) {
    this.#ports = ports;
  }

  async start(dns: number): Promise<void> {
    const authority = await ensureAuthority(at('own'), systemClock);
    const names = ['localhost', '127.0.0.1'];
    const { files } = await ensureServerCertificate(at('own'), names, { authority, clock: systemClock });
    this.#trust = authority.certificate;
    const { acme, management, http } = this.#ports;
    const config = {
      listenAddress: `127.0.0.1:${acme}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: files.certificate,
      privateKey: files.key,
      httpPort: http,
      tlsPort: 1,
      ocspResponderURL: '',
      externalAccountBindingRequired: false,
      domainBlocklist: ['blocked.example'],
      ...this.settings,
    };
    writeFileSync(at(`${acme}.json`), JSON.stringify({ pebble: config }));
    const env = { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_AUTHZREUSE: '0', PEBBLE_CHAIN_LENGTH: '2' };
    const args = ['-config', at(`${acme}.json`), '-dnsserver', `127.0.0.1:${dns}`];
    this.#pebble = new LineProcess('pebble', args, { env });
    this.#root = await answered(() => this.#managed('/roots/0'));
  }

  get root(): string {
    return this.#root;
  }

  get trust(): readonly string[] {
    return [this.#trust];
  }

  get directoryUrl(): string {
    return `https://localhost:${this.#ports.acme}/dir`;
  }

  async stop(): Promise<void> {
    await this.#pebble?.stop();
  }

  async #managed(where: string): Promise<string> {
    const agent = new Agent({ ca: this.#trust });
    const url = `https://localhost:${this.#ports.management}${where}`;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(url, { agent }, resolve).once('error', reject);
    });
    return (await response.setEncoding('utf8').toArray()).join('');
  }
}

/** Says that every domain is at 127.0.0.1, and any TXT record that it is given. */
class NameServer {
  readonly #program: LineProcess;

  constructor(
    dns: number,
    private readonly management: number,
  ) {
    const none = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', ''];
    const own = ['-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${management}`];
    this.#program = new LineProcess('pebble-challtestsrv', [...none, ...own]);
  }

  async tell(what: 'set-txt' | 'clear-txt' | 'add-caa', body: object): Promise<void> {
    const url = `http://127.0.0.1:${this.management}/${what}`;
    const { ok } = await answered(() => fetch(url, { method: 'POST', body: JSON.stringify(body) }));
    if (!ok) throw new Error(`${what} was refused`);
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }
}

describe('certificates from an ACME server (pebble)', () => {
  let pebble: Pebble;
  let names: NameServer;
  let web: Server;
  let ports: Record<'acme' | 'management' | 'http' | 'dns' | 'names' | 'strict' | 'other', number>;
  /** What is served at /.well-known/acme-challenge/, by host and token. */
  const served = new Map<string, string>();
  const asked: string[] = [];

  beforeAll(async () => {
    const [acme, management, dns, own, strict, other] = await Promise.all(Array.from({ length: 6 }, freePort));
    web = createServer(({ url = '', headers }, response) => {
      const where = `${(headers.host ?? '').split(':')[0]}${url}`;
      asked.push(where);
      const content = served.get(where);
      response.writeHead(content === undefined ? 404 : 200).end(content ?? 'nothing here');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => web.once('listening', resolve));
    const http = (web.address() as AddressInfo).port;
    ports = { acme: acme!, management: management!, http, dns: dns!, names: own!, strict: strict!, other: other! };
    names = new NameServer(ports.dns, ports.names);
    pebble = new Pebble(ports);
    await pebble.start(ports.dns);
    await names.tell('clear-txt', { host: 'nothing.' });
  });
  afterAll(async () => {
    await Promise.all([pebble.stop(), names.stop()]);
    await new Promise((resolve) => web.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  const byHttp: ChallengeAnswers = {
    http: async ({ name, token, content }) => {
      const where = `${name}/.well-known/acme-challenge/${token}`;
      served.set(where, content);
      return async () => void served.delete(where);
    },
  };
  const byDns: ChallengeAnswers = {
    dns: async ({ record, value }) => {
      await names.tell('set-txt', { host: `${record}.`, value });
      return () => names.tell('clear-txt', { host: `${record}.` });
    },
  };
  const server = (changed: Partial<AcmeServer> = {}): AcmeServer => ({
    directoryUrl: pebble.directoryUrl,
    accountKey: at('account.key'),
    trust: pebble.trust,
    mail: ['ops@corp.example'],
    agreesToTerms: true,
    pollMs: 50,
    ...changed,
  });
  const authority = (changed: Partial<AcmeServer> = {}) => new AcmeAuthority(server(changed), systemClock);
  const order = (wanted: readonly string[]) => ({ names: wanted, roots: [pebble.root] });
  const failure = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);
  const refused = (code: string, text: RegExp) => ({ code, message: expect.stringMatching(text) as string });

  it('are got by serving a file over HTTP, for every name, with a chain up to its root', async () => {
    const wanted = [BERLIN, `conference.${BERLIN}`];
    const pair = await authority().obtain(order(wanted), byHttp);
    expect(pair.facts.names.dns.toSorted()).toEqual(wanted);
    expect(pair.chain).toMatchObject({ isComplete: true, root: expect.stringContaining('Pebble Root CA') as string });
    expect(pair.certificate.match(/BEGIN CERTIFICATE/g)).toHaveLength(3);
    expect(new Set(asked.map((where) => where.split('/')[0]))).toEqual(new Set(wanted));
    expect([...served]).toEqual([]);
    writeFileSync(at('root.pem'), pebble.root);
    writeFileSync(at('got.pem'), pair.certificate);
    const verdict = execFileSync(
      'openssl',
      ['verify', '-CAfile', at('root.pem'), '-untrusted', at('got.pem'), '-verify_hostname', BERLIN, at('got.pem')],
      { encoding: 'utf8' },
    );
    expect(verdict).toContain('got.pem: OK');
  });

  it('are got by a record in the DNS, also for a wildcard', async () => {
    const wanted = [BERLIN, `*.${BERLIN}`];
    const pair = await authority().obtain({ ...order(wanted), key: 'P-384' }, byDns);
    expect(pair.facts.names.dns.toSorted()).toEqual(wanted.toSorted());
  });

  it('are got for addresses and for names that are not ASCII, with a key of RSA', async () => {
    const wanted = ['bücher.example', '127.0.0.1'];
    const pair = await authority().obtain({ ...order(wanted), key: 'RSA-3072' }, byHttp);
    expect(pair.facts.names).toMatchObject({ dns: ['xn--bcher-kva.example'], ip: ['127.0.0.1'] });
  });

  it('are got by one account, whose key is nobody else’s to read', async () => {
    await authority().obtain(order([BERLIN]), byHttp);
    const key = readFileSync(at('account.key'), 'utf8');
    expect(statSync(at('account.key')).mode & 0o777).toBe(0o600);
    await authority().obtain(order([BERLIN]), byHttp);
    expect(readFileSync(at('account.key'), 'utf8')).toBe(key);
  });

  it('are got by several orders at once, from servers that are trusted differently', async () => {
    const [good, untrusted, again] = await Promise.all([
      authority().obtain(order([BERLIN]), byHttp),
      failure(authority({ trust: undefined, accountKey: at('second.key') }).obtain(order([BERLIN]), byHttp)),
      authority({ accountKey: at('third.key') }).obtain(order([`x.${BERLIN}`]), byHttp),
    ]);
    expect([good.facts.names.dns, again.facts.names.dns]).toEqual([[BERLIN], [`x.${BERLIN}`]]);
    expect(untrusted).toMatchObject(refused('ACME_UNTRUSTED', /is not trusted here \(.+\)/));
  });

  it('say where their chain ends when the root is not known here', async () => {
    const { chain } = await authority().obtain({ names: [BERLIN], roots: [] }, byHttp);
    expect(chain).toMatchObject({ isComplete: false, text: expect.stringContaining('Pebble') as string });
  });

  it('are got and renewed as the settings say, names proven by a program', async () => {
    writeFileSync(at('root.pem'), pebble.root);
    writeFileSync(at('trust.pem'), pebble.trust.join('\n'));
    writeFileSync(at('txt.mjs'), TXT);
    const wanted = [BERLIN, `gate.${BERLIN}`];
    const settings = loadSettings({
      overrides: {
        domain: BERLIN,
        'data-dir': at('data'),
        trust: { ca: [at('root.pem')] },
        certificate: {
          names: wanted,
          renew: {
            acme: {
              directory: pebble.directoryUrl,
              'account-key': at('settings.key'),
              'agrees-to-terms': true,
              trust: [at('trust.pem')],
              dns: [process.execPath, at('txt.mjs'), String(ports.names)],
            },
          },
        },
      },
    });
    let taken = 0;
    const upkeep = new CertificateUpkeep({
      settings,
      clock: systemClock,
      log: silentLog,
      metrics: new Metrics(),
      others: () => [],
      renewed: () => void taken++,
    });
    // As a gateway begins, which has nothing else to show.
    const first = await upkeep.firstPair();
    expect(first.facts.names.dns.toSorted()).toEqual(wanted.toSorted());
    await upkeep.renewal!.look();
    expect(taken).toBe(1);
    await upkeep.renewal!.renewNow();
    const second = await upkeep.firstPair();
    expect(second.facts.serial).not.toBe(first.facts.serial);
    expect(upkeep.renewal!.state).toMatchObject({ by: 'acme', failed: undefined });
    // What proves nothing leaves the one in use as it is.
    writeFileSync(at('txt.mjs'), 'process.exit(1)');
    await expect(upkeep.renewal!.renewNow()).rejects.toMatchObject({ code: 'CHALLENGE_PROGRAM' });
    expect((await upkeep.firstPair()).facts.serial).toBe(second.facts.serial);
  });

  it('take the place of the old one in time, without a stream dropped, and not when they are broken', async () => {
    const live = at('live.pem');
    const rules = { names: [BERLIN], roots: [pebble.root], chain: 'known-root' as const };
    const first = await authority().obtain(order([BERLIN]), byHttp);
    await swapLivePair(live, first, { ...rules, now: Date.now() });
    const due = planRenewal(first.facts, { now: Date.now() });
    expect(due.isDue).toBe(false);
    expect(planRenewal(first.facts, { now: due.at }).isDue).toBe(true);

    const load = () => loadKeyPair({ certificate: live, key: live }, systemClock);
    const contextOf = ({ key, certificate }: { key: string; certificate: string }) => ({ key, cert: certificate });
    const tls = createTlsServer(contextOf(await load()), (socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => tls.once('listening', resolve));
    const dial = async () => {
      const { port } = tls.address() as AddressInfo;
      const socket = connect({ port, host: '127.0.0.1', servername: BERLIN, ca: pebble.root });
      await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
      return { socket, fingerprint: socket.getPeerX509Certificate()!.fingerprint256 };
    };
    const old = await dial();
    const second = await authority().obtain(order([BERLIN]), byHttp);
    await swapLivePair(live, second, { ...rules, now: Date.now() });
    tls.setSecureContext(contextOf(await load()));
    const fresh = await dial();
    expect([old.fingerprint, fresh.fingerprint]).toEqual([first.facts.fingerprint, second.facts.fingerprint]);
    old.socket.write('still there');
    expect(String(await new Promise((resolve) => old.socket.once('data', resolve)))).toBe('still there');

    const broken = { ...rules, now: Date.now(), names: [BERLIN, 'paris.corp.example'] };
    expect(await failure(swapLivePair(live, second, broken))).toMatchObject(refused('CERTIFICATE_NAMES', /paris/));
    expect((await load()).facts.fingerprint).toBe(second.facts.fingerprint);
    for (const { socket } of [old, fresh]) socket.destroy();
    await new Promise((resolve) => tls.close(resolve));
  });

  it('are refused with what the server found when something else answers', async () => {
    // Once in a hundred times pebble takes what an account has proved before: this one has proved nothing.
    const newcomer = (name: string) => authority({ accountKey: at(`${name}.key`) });
    const wrong: ChallengeAnswers = { http: (answer) => byHttp.http!({ ...answer, content: 'other' }) };
    expect(await failure(newcomer('wrong').obtain(order([BERLIN]), wrong))).toMatchObject(
      refused('ACME_CHALLENGE_FAILED', new RegExp(`${BERLIN} is ours: .*Something else answers`, 's')),
    );
    const nothing: ChallengeAnswers = { http: async () => async () => undefined };
    expect(await failure(newcomer('nothing').obtain(order([BERLIN]), nothing))).toMatchObject(
      refused('ACME_CHALLENGE_FAILED', /404/),
    );
    const dns: ChallengeAnswers = { dns: async () => async () => undefined };
    expect(await failure(newcomer('no-record').obtain(order([BERLIN]), dns))).toMatchObject(
      refused('ACME_CHALLENGE_FAILED', new RegExp(`TXT record at _acme-challenge\\.${BERLIN}`)),
    );
    expect([...served]).toEqual([]);
  });

  it('are refused when nothing can prove a name, or the server issues none for it', async () => {
    expect(await failure(authority().obtain(order([`*.${BERLIN}`]), byHttp))).toMatchObject(
      refused('ACME_NO_CHALLENGE', /\*\.berlin\.corp\.example be proven by dns-01/),
    );
    expect(await failure(authority().obtain(order(['blocked.example']), byHttp))).toMatchObject(
      refused('ACME_NAME_REFUSED', /blocked\.example/),
    );
  });

  it('are refused when nobody agreed to the terms', async () => {
    const stranger = authority({ agreesToTerms: false, accountKey: at('stranger.key') });
    expect(await failure(stranger.obtain(order([BERLIN]), byHttp))).toMatchObject(
      refused('ACME_ACCOUNT_REFUSED', /terms/i),
    );
  });

  it('need an account of the operator’s where they ask for one', async () => {
    const hmacKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W';
    const strict = new Pebble(
      { acme: ports.strict, management: ports.other, http: ports.http },
      { externalAccountBindingRequired: true, externalAccountMACKeys: { 'kid-1': hmacKey } },
    );
    await strict.start(ports.dns);
    try {
      const from = { directoryUrl: strict.directoryUrl, accountKey: at('bound.key') };
      const bound = { names: [BERLIN], roots: [strict.root] };
      expect(await failure(authority(from).obtain(bound, byHttp))).toMatchObject({ code: 'ACME_ACCOUNT_REFUSED' });
      const given = authority({ ...from, external: { keyId: 'kid-1', hmacKey } });
      expect((await given.obtain(bound, byHttp)).chain.isComplete).toBe(true);
    } finally {
      await strict.stop();
    }
  });

  it('cannot be got while the server is away', async () => {
    const gone = authority({ directoryUrl: `https://localhost:${ports.strict}/dir` });
    expect(await failure(gone.obtain(order([BERLIN]), byHttp))).toMatchObject(
      refused('ACME_UNREACHABLE', /cannot be reached \(ECONNREFUSED\)/),
    );
  });
});
