import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestCertificate } from '../../support/certificates.js';
import { freePort } from '../appliance.js';
import { LineProcess } from '../line-process.js';
import { unprivileged } from '../prosody.js';

/** A domain of Prosody's and the certificate that it shows for it. */
export interface PeerHost {
  readonly domain: string;
  readonly shows: TestCertificate;
  /** What it sends of the chain; all of it unless said. */
  readonly sends?: readonly TestCertificate[];
}

/** How it believes others: by a certificate of its authority, or by dialback where theirs does not hold. */
export type Trusting = 'certificates' | 'dialback';

/** Prosody as another company's server. */
export class ProsodyPeer {
  private constructor(
    private readonly home: string,
    private readonly program: LineProcess,
    readonly ports: { readonly tcp: number; readonly tls: number },
  ) {}

  static async open(
    hosts: readonly PeerHost[],
    trusts: TestCertificate,
    by: Trusting = 'certificates',
  ): Promise<ProsodyPeer> {
    const home = mkdtempSync(path.join(tmpdir(), 'prosody-peer-'));
    const ports = { tcp: await freePort(), tls: await freePort() };
    mkdirSync(path.join(home, 'data'));
    writeFileSync(path.join(home, 'root.pem'), trusts.pem);
    for (const { domain, shows, sends = shows.chain } of hosts) {
      writeFileSync(path.join(home, `${domain}.crt`), sends.map(({ pem }) => pem).join(''));
      writeFileSync(path.join(home, `${domain}.key`), await shows.keyPem());
    }
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

  async close(): Promise<void> {
    await this.program.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
}

interface Wish {
  readonly home: string;
  readonly hosts: readonly PeerHost[];
  readonly ports: { readonly tcp: number; readonly tls: number };
  readonly by: Trusting;
}

function settings({ home, hosts, ports, by }: Wish): string {
  const isByDialback = by === 'dialback';
  return `
pidfile = "${home}/prosody.pid"
data_path = "${home}/data"
certificates = "${home}"
log = { info = "*console" }
interfaces = { "127.0.0.1" }
c2s_ports = { }
s2s_ports = { ${ports.tcp} }
s2s_direct_tls_ports = { ${ports.tls} }
http_ports = { }
https_ports = { }
modules_enabled = { "disco", "ping", "s2s", "s2s_auth_certs", "saslauth", "smacks", "tls"${isByDialback ? ', "dialback"' : ''} }
modules_disabled = { "c2s", "http", "limits"${isByDialback ? '' : ', "dialback"'} }
s2s_secure_auth = ${!isByDialback}
s2s_require_encryption = true
authentication = "internal_plain"
storage = "internal"
ssl = { cafile = "${home}/root.pem" }
${hosts.map(({ domain }) => `VirtualHost "${domain}"`).join('\n')}
`;
}
