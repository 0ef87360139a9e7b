// For campaigns: Prosody as a server that talks to another one, with an archive, as Debian packages it.
import { execFileSync } from 'node:child_process';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Program } from './federation-lab.mjs';

const SALT = 'bench-salt-16byt';
const ITERATIONS = 4096;
const MODULES = ['disco', 'mam', 'ping', 'roster', 's2s', 's2s_auth_certs', 'saslauth', 'smacks', 'tls'];

export class Prosody {
  #program;

  /** `acks`: it counts what other servers take (XEP-0198), and sends the rest once more over another stream. */
  constructor({ domain, base, folder, pair, authority, users, password, acks = false }) {
    this.domain = domain;
    this.ports = { c2s: base + 222, s2s: base + 269 };
    this.folder = path.join(folder, domain);
    const accounts = path.join(this.folder, 'data', domain.replaceAll('.', '%2e'), 'accounts');
    mkdirSync(accounts, { recursive: true });
    const write = (name, text) => writeFileSync(path.join(this.folder, name), text);
    write(`${domain}.crt`, pair.certificate);
    write(`${domain}.key`, pair.key);
    write('ca.pem', authority.certificate);
    write('prosody.cfg.lua', this.#settings(acks));
    const account = hashed(password);
    for (let i = 0; i < users; i++) writeFileSync(path.join(accounts, `u${i}.dat`), account);
    execFileSync('chown', ['-R', 'prosody:prosody', this.folder]);
  }

  async start() {
    const [uid, gid] = ['-u', '-g'].map((which) =>
      Number(execFileSync('id', [which, 'prosody'], { encoding: 'utf8' })),
    );
    const args = ['--config', path.join(this.folder, 'prosody.cfg.lua'), '-F'];
    this.#program = new Program('prosody', args, { name: `Prosody of ${this.domain}`, cwd: this.folder, uid, gid });
    for (const port of Object.values(this.ports)) await this.#program.until(() => answers(port));
  }

  get pid() {
    return this.#program.pid;
  }

  get said() {
    return this.#program?.said.slice(-2000);
  }

  async kill() {
    await this.#program.kill();
    await this.start();
  }

  async stop() {
    await this.#program?.stop();
  }

  /** Everything that bounds how fast it may be is off; the garbage collector is the one with which it is fastest. */
  #settings(acks) {
    const { folder, ports, domain } = this;
    return `pidfile = "${folder}/prosody.pid"
data_path = "${folder}/data"
certificates = "${folder}"
log = { warn = "*console" }
gc = { mode = "generational" }
network_settings = { tcp_backlog = 4096 }
interfaces = { "127.0.0.1" }
c2s_ports = { ${ports.c2s} }
c2s_direct_tls_ports = { }
s2s_ports = { ${ports.s2s} }
s2s_direct_tls_ports = { }
http_ports = { }
https_ports = { }
modules_enabled = { ${MODULES.map((name) => `"${name}"`).join(', ')} }
modules_disabled = { "http", "limits", "dialback" }
s2s_secure_auth = true
s2s_require_encryption = true
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
smacks_enabled_s2s = ${acks}
smacks_s2s_resend = ${acks}
authentication = "internal_hashed"
storage = "internal"
default_archive_policy = true
archive_expires_after = "never"
ssl = { cafile = "${folder}/ca.pem" }
VirtualHost "${domain}"
`;
  }
}

/** One salt for all, so that the clients derive one key. */
function hashed(password) {
  const salted = pbkdf2Sync(password, SALT, ITERATIONS, 20, 'sha1');
  const key = (name) => createHmac('sha1', salted).update(name).digest();
  const stored = createHash('sha1').update(key('Client Key')).digest('hex');
  return `return {
  ["iteration_count"] = ${ITERATIONS};
  ["salt"] = "${SALT}";
  ["stored_key"] = "${stored}";
  ["server_key"] = "${key('Server Key').toString('hex')}";
};
`;
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
