// For campaigns: an office of ours as it is installed: a server with its PostgreSQL, and a gateway that it dials.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { addAccounts } from '../load/accounts.mjs';
import { Program } from './federation-lab.mjs';
import { RENEWAL_PEERS } from './federation-renewal.mjs';
import { root } from './machinery.mjs';

const door = (part) => import(path.join(root, part, 'dist/index.js'));
const { prepareDatabase } = await door('apps/appliance');
const { loadSettings } = await door('libs/config');
const { Database } = await door('libs/storage');
const { silentLog } = await door('libs/telemetry');

const CTL = path.join(root, 'apps/ctl/dist/main.js');
/** As image and unit start it: docs/decisions/0041. */
const NODE_FLAGS = ['--initial-heap-size=160'];
const ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '65536', NODE_ENV: 'production' };
const CLASSES = '[chat, room, presence, file, call, pubsub, iq]';

/** Its ports, behind a number of its own: nobody else is in this network. */
function portsFrom(base) {
  return {
    c2s: base + 222,
    c2sTls: base + 223,
    https: base + 443,
    s2s: base + 269,
    s2sTls: base + 270,
    link: base + 280,
  };
}

export class Office {
  #server;
  #gateway;

  /** `pair`: { key, certificate } for the domain and `gate.` before it. `profiles`: a folder for CPU profiles. */
  constructor({ domain, base, folder, pair, authority, peer, users, password, profiles }) {
    Object.assign(this, { domain, users, password, profiles, ports: portsFrom(base) });
    this.folder = path.join(folder, domain);
    this.dataDir = path.join(this.folder, 'data');
    mkdirSync(this.dataDir, { recursive: true, mode: 0o700 });
    const write = (name, text) => writeFileSync(path.join(this.folder, name), text, { mode: 0o600 });
    write('certificate.pem', pair.certificate);
    write('key.pem', pair.key);
    write('ca.pem', authority.certificate);
    write('interoffice.yaml', this.#serverSettings(peer));
    write('gateway.yaml', this.#gatewaySettings());
  }

  /** Accounts u0, u1 …, then both processes. */
  async start() {
    const settings = loadSettings({ file: path.join(this.folder, 'interoffice.yaml'), environment: {} });
    const people = { users: this.users, password: this.password, domain: this.domain };
    await prepareDatabase(settings, silentLog, (database) => addAccounts(database, people));
    await Promise.all([this.startServer(), this.startGateway()]);
  }

  async startServer() {
    this.#server = this.#run('up', 'interoffice.yaml');
    await this.#server.until((said) => said.includes('{"event":"ready"'));
  }

  async startGateway() {
    this.#gateway = this.#run('gateway', 'gateway.yaml');
    await this.#gateway.until((said) => said.includes('{"event":"ready"'));
  }

  /** kill -9 of the server, with which its PostgreSQL goes, and both again. */
  async killServer() {
    await this.#server.kill();
    await this.startServer();
  }

  async killGateway() {
    await this.#gateway.kill();
    await this.startGateway();
  }

  get serverPid() {
    return this.#server.pid;
  }

  get gatewayPid() {
    return this.#gateway.pid;
  }

  get databasePid() {
    return Number(readFileSync(path.join(this.dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n', 1)[0]);
  }

  /** What both processes said last. */
  get said() {
    return `${this.#server?.said.slice(-2000)}\n${this.#gateway?.said.slice(-2000)}`;
  }

  async query(text, values = []) {
    const host = path.join(this.dataDir, 'postgres');
    const connection = { host, port: 5432, user: 'interoffice_owner', database: 'interoffice' };
    const database = new Database({ connection, log: silentLog });
    try {
      return await database.query('owner', text, values);
    } finally {
      await database.close();
    }
  }

  async stop() {
    await Promise.all([this.#server?.stop(), this.#gateway?.stop()]);
  }

  #run(command, file) {
    const profile = this.profiles
      ? ['--cpu-prof', `--cpu-prof-dir=${this.profiles}`, `--cpu-prof-name=${this.domain}-${command}.cpuprofile`]
      : [];
    const args = [...NODE_FLAGS, ...profile, CTL, command, '--config', path.join(this.folder, file)];
    return new Program(process.execPath, args, {
      name: `interoffice ${command} of ${this.domain}`,
      cwd: root,
      env: { ...process.env, ...ENVIRONMENT },
    });
  }

  #outside() {
    return `certificate: { certificate: ${this.folder}/certificate.pem, key: ${this.folder}/key.pem }
trust: { ca: [${this.folder}/ca.pem] }
`;
  }

  #serverSettings(peer) {
    const { domain, ports } = this;
    return `domain: ${domain}
data-dir: ${this.dataDir}
listen:
  c2s: 127.0.0.1:${ports.c2s}
  c2s-tls: 127.0.0.1:${ports.c2sTls}
  https: 127.0.0.1:${ports.https}
  s2s: false
  s2s-tls: false
  components: false
  metrics: false
c2s: { tls: optional }
${this.#outside()}offices: [{ name: Main, domains: [${domain}], gateway: "gate.${domain}:${ports.link}" }]
federation:
  peers: [{ domain: ${peer}, office: true }]
  rules:
    - { name: peer, effect: allow, peers: [${peer}, "${RENEWAL_PEERS}"], classes: ${CLASSES}, reason: Measured., owner: it@${domain} }
`;
  }

  #gatewaySettings() {
    const { domain, ports } = this;
    return `domain: ${domain}
data-dir: ${this.folder}/gateway
gateway: { listen: "127.0.0.1:${ports.link}", server: ${domain} }
federation: { callable: [127.0.0.1] }
listen: { s2s: "127.0.0.1:${ports.s2s}", s2s-tls: "127.0.0.1:${ports.s2sTls}", metrics: false }
${this.#outside()}`;
  }
}
