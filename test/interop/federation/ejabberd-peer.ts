import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestCertificate } from '../../support/certificates.js';
import { overTcp, TestClient } from '../../support/client.js';
import { LineProcess, run } from '../line-process.js';
import { ownPort } from './ports.js';
import { PASSWORD, type PeerHost, type Trusting } from './prosody-peer.js';

/** Where Debian has its Erlang libraries; `erl` itself looks in its own folder only. */
const LIBRARIES = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
/** Names by DNS alone, as /etc/resolv.conf says: by default they are asked of another program. */
const LOOKUP = '{lookup, [file, dns]}.\n';

interface Ports {
  readonly tcp: number;
  readonly tls: number;
  readonly c2s: number;
  /** Its HTTP interface, by which people are let in. */
  readonly api: number;
}

/** ejabberd as another company's server, without `ejabberdctl`, which wants a user of its own and a port daemon. */
export class EjabberdPeer {
  private constructor(
    private readonly home: string,
    private readonly program: LineProcess,
    readonly ports: Ports,
  ) {}

  static async open(host: PeerHost, trusts: TestCertificate, by: Trusting = 'certificates'): Promise<EjabberdPeer> {
    const home = mkdtempSync(path.join(tmpdir(), 'ejabberd-peer-'));
    const ports = { tcp: ownPort(), tls: ownPort(), c2s: ownPort(), api: ownPort() };
    for (const folder of ['spool', 'logs']) mkdirSync(path.join(home, folder));
    const { shows, sends = shows.chain } = host;
    writeFileSync(path.join(home, 'pair.pem'), (await shows.keyPem()) + sends.map(({ pem }) => pem).join(''));
    writeFileSync(path.join(home, 'root.pem'), trusts.pem);
    writeFileSync(path.join(home, 'inetrc'), LOOKUP);
    writeFileSync(path.join(home, 'ejabberd.yml'), JSON.stringify(settings({ home, host, ports, by }), undefined, 1));
    const program = await start(home);
    const peer = new EjabberdPeer(home, program, ports);
    try {
      await program.line((line) => line.includes('is started in the node'), 60_000);
      for (const user of host.people ?? []) await peer.#letIn(user, host.domain);
    } catch (error) {
      await peer.close();
      throw error;
    }
    return peer;
  }

  /** Somebody of its domain, logged in. */
  async login(user: string, domain: string, resource: string): Promise<TestClient> {
    const open = overTcp({ port: this.ports.c2s, domain, rejectUnauthorized: false });
    return (await TestClient.open(domain, open)).login(user, PASSWORD, { resource });
  }

  async close(): Promise<void> {
    await this.program.stop();
    rmSync(this.home, { recursive: true, force: true });
  }

  async #letIn(user: string, host: string): Promise<void> {
    const body = JSON.stringify({ user, host, password: PASSWORD });
    const answer = await fetch(`http://127.0.0.1:${this.ports.api}/api/register`, { method: 'POST', body });
    if (!answer.ok) throw new Error(`${user}@${host} was not let in: ${await answer.text()}`);
  }
}

/** `erl` itself, as the user that the package made where we are root; no distribution, so nothing else listens. */
async function start(home: string): Promise<LineProcess> {
  const env = {
    ...process.env,
    HOME: home,
    ERL_LIBS: LIBRARIES,
    ERL_INETRC: path.join(home, 'inetrc'),
    EJABBERD_CONFIG_PATH: path.join(home, 'ejabberd.yml'),
    EJABBERD_LOG_PATH: path.join(home, 'logs/ejabberd.log'),
  };
  // Mnesia reads its folder as an Erlang term.
  const args = ['-noinput', '+S', '1', '-mnesia', 'dir', `"${home}/spool"`, '-s', 'ejabberd'];
  return new LineProcess('erl', args, { ...(await unprivileged(home)), env, cwd: home });
}

async function unprivileged(home: string): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = (await Promise.all([run('id', ['-u', 'ejabberd']), run('id', ['-g', 'ejabberd'])])).map(
    ({ text }) => Number(text),
  );
  const { code, complaints } = await run('chown', ['-R', 'ejabberd:ejabberd', home]);
  if (code !== 0) throw new Error(complaints);
  return { uid, gid };
}

interface Wish {
  readonly home: string;
  readonly host: PeerHost;
  readonly ports: Ports;
  readonly by: Trusting;
}

/** Its settings are YAML, and so is JSON. */
function settings({ home, host, ports, by }: Wish): object {
  const { domain, rooms, bidi } = host;
  const ip = '127.0.0.1';
  const others = { ip, module: 'ejabberd_s2s_in', max_stanza_size: 524_288 };
  return {
    hosts: [domain],
    loglevel: 'info',
    certfiles: [`${home}/pair.pem`],
    ca_file: `${home}/root.pem`,
    acme: { auto: false },
    auth_method: 'internal',
    s2s_use_starttls: 'required',
    // Tried again at once: no test waits for minutes because a server was not there yet.
    s2s_max_retry_delay: 1,
    outgoing_s2s_families: ['ipv4'],
    listen: [
      { ip, port: ports.c2s, module: 'ejabberd_c2s', starttls: true },
      { ...others, port: ports.tcp },
      { ...others, port: ports.tls, tls: true },
      { ip, port: ports.api, module: 'ejabberd_http', request_handlers: { '/api': 'mod_http_api' } },
    ],
    api_permissions: { 'the test': { who: [{ ip: '127.0.0.1/8' }], what: 'register' } },
    modules: {
      mod_disco: {},
      mod_mam: { default: 'always' },
      mod_offline: {},
      mod_ping: {},
      mod_roster: {},
      ...(rooms !== undefined && { mod_muc: { host: rooms, default_room_options: { mam: true } } }),
      ...(by === 'dialback' && { mod_s2s_dialback: {} }),
      ...(bidi === true && { mod_s2s_bidi: {} }),
    },
  };
}
