import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { overTcp, TestClient } from '../support/client.js';
import type { Theatre } from '../support/script.js';
import { freePort } from './appliance.js';
import { LineProcess, run } from './line-process.js';

const DOMAIN = 'im.example';
const PASSWORD = 'correct horse';

/** What our features answer for; `presence`, `message`, `iq` and `c2s` are always there. Rooms are a component below. */
const MODULES = [
  'blocklist',
  'bookmarks',
  'carbons',
  'disco',
  'lastactivity',
  'mam',
  'offline',
  'pep',
  'ping',
  'private',
  'roster',
  'saslauth',
  'time',
  'tls',
  'uptime',
  'vcard',
  'version',
];

/** Prosody, as Debian packages it, with settings and data of its own in a temporary folder: a stage for scripts. */
export class Prosody implements Theatre {
  readonly domain = DOMAIN;

  private constructor(
    private readonly home: string,
    private readonly port: number,
    private readonly program: LineProcess,
  ) {}

  static async open(): Promise<Prosody> {
    const home = mkdtempSync(path.join(tmpdir(), 'prosody-'));
    const port = await freePort();
    mkdirSync(path.join(home, 'data/im%2eexample/accounts'), { recursive: true });
    await certificate(home);
    writeFileSync(path.join(home, 'prosody.cfg.lua'), settings(home, port));
    const owner = await unprivileged(home);
    const program = new LineProcess('prosody', ['--config', `${home}/prosody.cfg.lua`, '-F'], { ...owner, cwd: home });
    try {
      await program.line((line) => line.includes("Activated service 'c2s'"));
    } catch (error) {
      rmSync(home, { recursive: true, force: true });
      throw error;
    }
    return new Prosody(home, port, program);
  }

  account(name: string): Promise<{ user: string; password: string }> {
    const user = `${name}${randomBytes(4).toString('hex')}`;
    const file = path.join(this.home, 'data/im%2eexample/accounts', `${user}.dat`);
    writeFileSync(file, `return { password = "${PASSWORD}" };\n`);
    chmodSync(file, 0o644);
    return Promise.resolve({ user, password: PASSWORD });
  }

  connect(): Promise<TestClient> {
    const ca = readFileSync(path.join(this.home, 'certificate.pem'), 'utf8');
    return TestClient.open(DOMAIN, overTcp({ port: this.port, ca, domain: DOMAIN }));
  }

  async close(): Promise<void> {
    await this.program.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
}

async function certificate(home: string): Promise<void> {
  const subject = ['-subj', `/CN=${DOMAIN}`, '-addext', `subjectAltName=DNS:${DOMAIN}`, '-days', '2'];
  const files = ['-keyout', `${home}/key.pem`, '-out', `${home}/certificate.pem`];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const { code, complaints } = await run('openssl', ['req', '-x509', ...kind, ...subject, ...files]);
  if (code !== 0) throw new Error(complaints);
}

/** Prosody refuses to be root: then it is the user that its package made. */
export async function unprivileged(home: string): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = (await Promise.all([run('id', ['-u', 'prosody']), run('id', ['-g', 'prosody'])])).map(({ text }) =>
    Number(text),
  );
  const { code, complaints } = await run('chown', ['-R', 'prosody:prosody', home]);
  if (code !== 0) throw new Error(complaints);
  return { uid, gid };
}

function settings(home: string, port: number): string {
  return `
pidfile = "${home}/prosody.pid"
data_path = "${home}/data"
certificates = "${home}"
log = { info = "*console" }
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
s2s_ports = { }
http_ports = { }
https_ports = { }
modules_enabled = { ${MODULES.map((name) => `"${name}"`).join(', ')} }
modules_disabled = { "s2s", "http", "limits" }
authentication = "internal_plain"
storage = "internal"
archive_expires_after = "never"
ssl = { key = "${home}/key.pem", certificate = "${home}/certificate.pem" }
VirtualHost "${DOMAIN}"
Component "conference.${DOMAIN}" "muc"
  name = "Rooms"
  modules_enabled = { "muc_mam" }
  restrict_room_creation = false
  allow_unaffiliated_register = true
  max_history_messages = 50
  muc_log_expires_after = "never"
  muc_room_cache_size = 1000
  muc_room_default_history_length = 20
  muc_room_default_public = true
  muc_room_locking = true
  muc_tombstones = true
`;
}
