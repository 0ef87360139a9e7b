import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestCertificate } from '../../support/certificates.js';
import { overTcp, TestClient } from '../../support/client.js';
import { LineProcess } from '../line-process.js';
import { unprivileged } from '../prosody.js';
import { ownPort } from './ports.js';

/** A domain of Prosody's and the certificate that it shows for it. */
export interface PeerHost {
  readonly domain: string;
  readonly shows: TestCertificate;
  /** What it sends of the chain; all of it unless said. */
  readonly sends?: readonly TestCertificate[];
  /** Who may log in, with the password `PASSWORD`. */
  readonly people?: readonly string[];
  /** It has rooms, at this address; the certificate is good for it as well. */
  readonly rooms?: string;
  /** Its server wants one connection for both directions. XEP-0288 */
  readonly bidi?: boolean;
}

export const PASSWORD = 'correct horse';

/** How it believes others: by a certificate of its authority, or by dialback where theirs does not hold. */
export type Trusting = 'certificates' | 'dialback';

/** Prosody as another company's server. */
export class ProsodyPeer {
  private constructor(
    private readonly home: string,
    private readonly program: LineProcess,
    readonly ports: { readonly tcp: number; readonly tls: number; readonly c2s: number },
  ) {}

  static async open(
    hosts: readonly PeerHost[],
    trusts: TestCertificate,
    by: Trusting = 'certificates',
  ): Promise<ProsodyPeer> {
    const home = mkdtempSync(path.join(tmpdir(), 'prosody-peer-'));
    const ports = { tcp: ownPort(), tls: ownPort(), c2s: ownPort() };
    mkdirSync(path.join(home, 'data'));
    writeFileSync(path.join(home, 'root.pem'), trusts.pem);
    for (const { domain, shows, sends = shows.chain } of hosts) {
      writeFileSync(path.join(home, `${domain}.crt`), sends.map(({ pem }) => pem).join(''));
      writeFileSync(path.join(home, `${domain}.key`), await shows.keyPem());
    }
    for (const host of hosts) letIn(home, host);
    writeFileSync(path.join(home, 'prosody.cfg.lua'), settings({ home, hosts, ports, by }));
    const owner = await unprivileged(home);
    const program = new LineProcess('prosody', ['--config', `${home}/prosody.cfg.lua`, '-F'], { ...owner, cwd: home });
    try {
      await program.line((line) => line.includes("Activated service 's2s_direct_tls'"));
    } catch (error) {
      rmSync(home, { recursive: true, force: true });
      throw error;
    }
    return new ProsodyPeer(home, program, ports);
  }

  /** Somebody of a domain with people, logged in. */
  async login(user: string, domain: string, resource: string): Promise<TestClient> {
    const open = overTcp({ port: this.ports.c2s, domain, rejectUnauthorized: false });
    return (await TestClient.open(domain, open)).login(user, PASSWORD, { resource });
  }

  async close(): Promise<void> {
    await this.program.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
}

interface Wish {
  readonly home: string;
  readonly hosts: readonly PeerHost[];
  readonly ports: { readonly tcp: number; readonly tls: number; readonly c2s: number };
  readonly by: Trusting;
}

function letIn(home: string, { domain, people = [], rooms, shows }: PeerHost): void {
  const accounts = path.join(home, 'data', domain.replaceAll('.', '%2e'), 'accounts');
  mkdirSync(accounts, { recursive: true });
  for (const user of people)
    writeFileSync(path.join(accounts, `${user}.dat`), `return { password = "${PASSWORD}" };\n`);
  if (rooms === undefined) return;
  writeFileSync(path.join(home, `${rooms}.crt`), shows.chain.map(({ pem }) => pem).join(''));
  writeFileSync(path.join(home, `${rooms}.key`), readFileSync(path.join(home, `${domain}.key`)));
}

function settings({ home, hosts, ports, by }: Wish): string {
  const isByDialback = by === 'dialback';
  const hasPeople = hosts.some(({ people = [] }) => people.length > 0);
  const modules = ['disco', 'ping', 's2s', 's2s_auth_certs', 'saslauth', 'smacks', 'tls'];
  if (isByDialback) modules.push('dialback');
  if (hosts.some(({ bidi }) => bidi)) modules.push('s2s_bidi');
  if (hasPeople) modules.push('roster', 'mam', 'offline', 'vcard');
  const disabled = ['http', 'limits', ...(isByDialback ? [] : ['dialback']), ...(hasPeople ? [] : ['c2s'])];
  return `
pidfile = "${home}/prosody.pid"
data_path = "${home}/data"
certificates = "${home}"
log = { info = "*console" }
interfaces = { "127.0.0.1" }
c2s_ports = { ${hasPeople ? ports.c2s : ''} }
s2s_ports = { ${ports.tcp} }
s2s_direct_tls_ports = { ${ports.tls} }
http_ports = { }
https_ports = { }
modules_enabled = { ${quoted(modules)} }
modules_disabled = { ${quoted(disabled)} }
s2s_secure_auth = ${!isByDialback}
s2s_require_encryption = true
authentication = "internal_plain"
storage = "internal"
ssl = { cafile = "${home}/root.pem" }
${hosts.map(({ domain }) => `VirtualHost "${domain}"`).join('\n')}
${hosts
  .flatMap(({ rooms }) => rooms ?? [])
  .map((rooms) => `Component "${rooms}" "muc"\n  modules_enabled = { "muc_mam" }\n  restrict_room_creation = false`)
  .join('\n')}
`;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
