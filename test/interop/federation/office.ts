import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestCertificate } from '../../support/certificates.js';
import { overTcp, TestClient } from '../../support/client.js';
import { ROOT, RunningAppliance } from '../appliance.js';
import { LineProcess } from '../line-process.js';
import { ownPort } from './ports.js';

const PASSWORD = 'correct horse';
const CTL = path.join(ROOT, 'apps/ctl/dist/main.js');

/** Somebody of a unit of administration: rules may be about it. */
export interface Person {
  readonly user: string;
  readonly office: string;
}

/** What `interoffice peer show` says of one of its lines, as far as tests read it. */
export interface ShownLine {
  readonly domain: string;
  readonly state: 'up' | 'calling' | 'idle';
  readonly attempts: readonly { readonly stage: string; readonly code: string }[];
}

/** … and of the peer: its lines, and when it came and was not let in. */
export interface ShownPeer {
  readonly lines: readonly ShownLine[];
  readonly turnedAway: readonly { readonly code: string; readonly text: string }[];
}

export interface OfficeWish {
  readonly domain: string;
  readonly shows: TestCertificate;
  readonly trusts: TestCertificate;
  readonly people: readonly (string | Person)[];
  /** Lines of YAML below `federation`, indented by two. */
  readonly federation: string;
  /** The gateway is a process of its own, at `gate.` before the domain, which DNS has to know. */
  readonly isGatewayApart?: boolean;
}

/** The built appliance as an office's server, with its gateway listening on free ports of loopback. */
export class Office {
  private constructor(
    readonly domain: string,
    readonly appliance: RunningAppliance,
    readonly ports: { readonly s2s: number; readonly s2sTls: number },
    /** Its certificate and key are here, as chain.pem and key.pem. */
    readonly home: string,
    private readonly gatewayFile: string | undefined,
  ) {}

  gateway: LineProcess | undefined;

  static async open(wish: OfficeWish): Promise<Office> {
    const { domain, shows, trusts, people } = wish;
    const home = mkdtempSync(path.join(tmpdir(), 'office-'));
    const ports = { s2s: ownPort(), s2sTls: ownPort() };
    writeFileSync(path.join(home, 'chain.pem'), shows.chain.map(({ pem }) => pem).join(''));
    writeFileSync(path.join(home, 'key.pem'), await shows.keyPem());
    writeFileSync(path.join(home, 'root.pem'), trusts.pem);
    const outside = `listen: { s2s: "127.0.0.1:${ports.s2s}", s2s-tls: "127.0.0.1:${ports.s2sTls}" }
certificate: { certificate: ${home}/chain.pem, key: ${home}/key.pem }
trust: { ca: [${home}/root.pem] }
`;
    const link = ownPort();
    const apart = `gateway: { listen: "127.0.0.1:${link}", server: ${domain} }
federation: { callable: [127.0.0.1] }
domain: ${domain}
data-dir: ${home}
${outside}`;
    const gatewayFile = path.join(home, 'gateway.yaml');
    if (wish.isGatewayApart === true) writeFileSync(gatewayFile, apart);
    const dialled = `offices: [{ name: Main, domains: [${domain}], gateway: "gate.${domain}:${link}" }]\n`;
    const appliance = await RunningAppliance.configured(
      domain,
      `${outside}${wish.isGatewayApart === true ? dialled : ''}federation:
  callable: [127.0.0.1]
${wish.federation}
`,
    );
    const office = new Office(domain, appliance, ports, home, wish.isGatewayApart === true ? gatewayFile : undefined);
    await office.startGateway();
    for (const person of people) await office.#letIn(person);
    return office;
  }

  /** The gateway, where it is a process of its own and is not running. */
  async startGateway(): Promise<void> {
    if (this.gatewayFile === undefined) return;
    this.gateway = new LineProcess(process.execPath, [CTL, 'gateway', '--config', this.gatewayFile], { cwd: ROOT });
    await this.gateway.line((line) => line.startsWith('{"event":"ready"'));
  }

  /** `kill -9`, and up again. */
  async killGateway(): Promise<void> {
    this.gateway!.signal('SIGKILL');
    await this.gateway!.ended;
    await this.startGateway();
  }

  async login(user: string, resource: string): Promise<TestClient> {
    const { domain, appliance } = this;
    const open = overTcp({ port: appliance.port('c2s'), domain, rejectUnauthorized: false });
    return (await TestClient.open(domain, open)).login(user, PASSWORD, { resource });
  }

  async close(): Promise<void> {
    await this.gateway?.stop();
    await this.appliance.remove();
    rmSync(this.home, { recursive: true, force: true });
  }

  /** `interoffice peer show`; nothing where nothing is known of the peer. */
  async peer(domain: string): Promise<ShownPeer> {
    const { code, text, complaints } = await this.appliance.ctl(['peer', 'show', domain, '--json']);
    if (code === 0) return JSON.parse(text) as ShownPeer;
    if (!complaints.includes('There is no line')) throw new Error(complaints);
    return { lines: [], turnedAway: [] };
  }

  async #letIn(person: string | Person): Promise<void> {
    const { user, office } = typeof person === 'string' ? { user: person, office: undefined } : person;
    const { code, complaints } = await this.appliance.ctl(
      ['user', 'add', `${user}@${this.domain}`, '--password-stdin', ...(office ? ['--office', office] : [])],
      PASSWORD,
    );
    if (code !== 0) throw new Error(complaints);
  }
}

/** A rule that lets everybody exchange everything with these peers. */
export function openTo(...peers: readonly string[]): string {
  return `  rules:
    - name: partners
      effect: allow
      peers: [${peers.map((peer) => `"${peer}"`).join(', ')}]
      classes: [chat, room, presence, file, call, pubsub, iq]
      reason: We work together.
      owner: it@berlin.example`;
}
