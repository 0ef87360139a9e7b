import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
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
  readonly gateway?: string;
  readonly direction: 'out' | 'both';
  readonly openedBy: 'us' | 'peer';
  readonly isCounted: boolean;
  readonly via?: string;
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
  /** So many gateways are processes of their own, at `gate.` before the domain, which DNS has to know. */
  readonly gatewaysApart?: number;
}

/** The built appliance as an office's server, with its gateway listening on free ports of loopback. */
export class Office {
  private constructor(
    readonly domain: string,
    readonly appliance: RunningAppliance,
    /** Where the world reaches it; of several gateways the first. */
    readonly ports: GatewayPorts,
    /** Its certificate and key are here, as chain.pem and key.pem. */
    readonly home: string,
    readonly gateways: readonly GatewayProcess[],
  ) {}

  static async open(wish: OfficeWish): Promise<Office> {
    const { domain, shows, trusts, people } = wish;
    const home = mkdtempSync(path.join(tmpdir(), 'office-'));
    writeFileSync(path.join(home, 'chain.pem'), shows.chain.map(({ pem }) => pem).join(''));
    writeFileSync(path.join(home, 'key.pem'), await shows.keyPem());
    writeFileSync(path.join(home, 'root.pem'), trusts.pem);
    const gateways = Array.from({ length: wish.gatewaysApart ?? 0 }, () => new GatewayProcess(domain, home));
    const ports = gateways[0]?.ports ?? freePorts();
    const names = gateways.map(({ name }) => JSON.stringify(name)).join(', ');
    const dialled = `offices: [{ name: Main, domains: [${domain}], gateways: [${names}] }]\n`;
    const appliance = await RunningAppliance.configured(
      domain,
      `${outside(home, ports)}${gateways.length > 0 ? dialled : ''}federation:
  callable: [127.0.0.1]
${wish.federation}
`,
    );
    const office = new Office(domain, appliance, ports, home, gateways);
    await Promise.all(gateways.map((gateway) => gateway.start()));
    for (const person of people) await office.#letIn(person);
    return office;
  }

  async login(user: string, resource: string): Promise<TestClient> {
    const { domain, appliance } = this;
    const open = overTcp({ port: appliance.port('c2s'), domain, rejectUnauthorized: false });
    return (await TestClient.open(domain, open)).login(user, PASSWORD, { resource });
  }

  async close(): Promise<void> {
    await Promise.all(this.gateways.map((gateway) => gateway.stop()));
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

  /** Resolves once every gateway of its own is there: they are dialled at first when DNS may not know them yet. */
  async hasGateways(): Promise<void> {
    for (;;) {
      const { text } = await this.appliance.ctl(['peer', 'list', '--json']);
      const { gateways } = JSON.parse(text) as { gateways: readonly { state: string }[] };
      if (gateways.every(({ state }) => state === 'up')) return;
      await wait(500);
    }
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

interface GatewayPorts {
  readonly s2s: number;
  readonly s2sTls: number;
}

function freePorts(): GatewayPorts {
  return { s2s: ownPort(), s2sTls: ownPort() };
}

function outside(home: string, { s2s, s2sTls }: GatewayPorts): string {
  return `listen: { s2s: "127.0.0.1:${s2s}", s2s-tls: "127.0.0.1:${s2sTls}", metrics: "127.0.0.1:0" }
certificate: { certificate: ${home}/chain.pem, key: ${home}/key.pem }
trust: { ca: [${home}/root.pem] }
`;
}

/** A gateway in a process of its own. */
class GatewayProcess {
  readonly ports = freePorts();
  /** As the office's settings name it. */
  readonly name: string;
  readonly #file: string;
  #program: LineProcess | undefined;

  constructor(domain: string, home: string) {
    const link = ownPort();
    this.name = `gate.${domain}:${link}`;
    this.#file = path.join(home, `gateway-${link}.yaml`);
    writeFileSync(
      this.#file,
      `gateway: { listen: "127.0.0.1:${link}", server: ${domain} }
federation: { callable: [127.0.0.1] }
domain: ${domain}
data-dir: ${home}/${link}
${outside(home, this.ports)}`,
    );
  }

  async start(): Promise<void> {
    this.#program = new LineProcess(process.execPath, [CTL, 'gateway', '--config', this.#file], { cwd: ROOT });
    await this.#program.line((line) => line.startsWith('{"event":"ready"'));
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    this.#program!.signal('SIGKILL');
    await this.#program!.ended;
  }

  async stop(): Promise<void> {
    await this.#program?.stop();
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
