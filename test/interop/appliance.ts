import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LineProcess, run } from './line-process.js';

export const ROOT = path.resolve(import.meta.dirname, '../..');
const CTL = path.join(ROOT, 'apps/ctl/dist/main.js');
const START_WITHIN_MS = 120_000;

export interface Person {
  readonly jid: string;
  readonly password: string;
  readonly role: string;
}

/** The line that says that every listener accepts: see interfaces.md in docs. */
export interface ReadyLine {
  readonly event: 'ready';
  readonly domain: string;
  readonly console: string;
  readonly chat: string;
  readonly ca: string;
  readonly listen: Readonly<Record<'c2s' | 'c2s-tls' | 'https' | 'metrics', string>>;
  readonly people?: readonly Person[];
}

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The built appliance in a process of its own, on free loopback ports, with a data directory that goes with it. */
export class RunningAppliance {
  private constructor(
    readonly ready: ReadyLine,
    private running: LineProcess,
    readonly dataDir: string,
    private readonly again: () => LineProcess,
  ) {}

  get program(): LineProcess {
    return this.running;
  }

  /** As `npm start` runs it once everything is installed and built. */
  static demo(): Promise<RunningAppliance> {
    return RunningAppliance.#start((dataDir) => [CTL, 'up', '--demo', '--data-dir', dataDir]);
  }

  /** With local accounts, and nobody in it. */
  static local(domain: string): Promise<RunningAppliance> {
    return RunningAppliance.#start((dataDir) => {
      const file = path.join(dataDir, 'interoffice.yaml');
      writeFileSync(file, `domain: ${domain}\ndirectory: local\ndata-dir: ${dataDir}\n`);
      return [CTL, 'up', '--config', file];
    });
  }

  /** With settings of its own: lines of YAML below `domain` and `data-dir`. */
  static configured(domain: string, settings: string): Promise<RunningAppliance> {
    return RunningAppliance.#start((dataDir) => {
      const file = path.join(dataDir, 'interoffice.yaml');
      writeFileSync(file, `domain: ${domain}\ndata-dir: ${dataDir}\n${settings}`);
      return [CTL, 'up', '--config', file];
    });
  }

  static async #start(args: (dataDir: string) => readonly string[]): Promise<RunningAppliance> {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'interop-'));
    const env = { ...process.env, ...(await freeListeners()) };
    const given = args(dataDir);
    const again = (): LineProcess => new LineProcess(process.execPath, given, { cwd: ROOT, env });
    const program = again();
    try {
      return new RunningAppliance(await readyLine(program), program, dataDir, again);
    } catch (error) {
      await program.stop();
      rmSync(dataDir, { recursive: true, force: true });
      throw error;
    }
  }

  get ca(): string {
    return readFileSync(this.ready.ca, 'utf8');
  }

  port(listener: keyof ReadyLine['listen']): number {
    return Number(this.ready.listen[listener].split(':').at(-1));
  }

  /** Somebody of the demo, by role. */
  person(role: string): Person {
    const found = this.ready.people?.find((person) => person.role === role);
    if (!found) throw new Error(`The ready line names nobody with the role ${role}.`);
    return found;
  }

  /** `interoffice …` about this appliance. */
  ctl(args: readonly string[], input = ''): ReturnType<typeof run> {
    return run(process.execPath, [CTL, ...args, '--data-dir', this.dataDir], { cwd: ROOT, input });
  }

  /** The sum of a counter's series, by one label. */
  async counted(name: string, label: string): Promise<ReadonlyMap<string, number>> {
    const text = await (await fetch(`http://${this.ready.listen.metrics}/metrics`)).text();
    const sums = new Map<string, number>();
    for (const [, labels = '', value] of text.matchAll(new RegExp(`^${name}\\{([^}]*)\\} (\\S+)$`, 'gm'))) {
      const key = new RegExp(`${label}="([^"]*)"`).exec(labels)?.[1] ?? '';
      sums.set(key, (sums.get(key) ?? 0) + Number(value));
    }
    return sums;
  }

  /** `kill -9`: nothing is tidied up. */
  async kill(): Promise<void> {
    this.program.signal('SIGKILL');
    await this.program.ended;
  }

  /** Once more, on the same data and the same ports. */
  async restart(): Promise<void> {
    this.running = this.again();
    await readyLine(this.running);
  }

  /** SIGTERM, and what became of it. */
  async stop(): Promise<{ code: number | null; seconds: number }> {
    const began = performance.now();
    const { code } = await this.program.stop();
    return { code, seconds: (performance.now() - began) / 1000 };
  }

  /** For the end of a suite, also of one that failed. */
  async remove(): Promise<void> {
    await this.program.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

async function readyLine(program: LineProcess): Promise<ReadyLine> {
  return JSON.parse(await program.line((text) => text.startsWith('{"event":"ready"'), START_WITHIN_MS)) as ReadyLine;
}

async function freeListeners(): Promise<Record<string, string>> {
  const names = ['C2S', 'C2S_TLS', 'HTTPS', 'METRICS'];
  const ports = await Promise.all(names.map(freePort));
  return Object.fromEntries(names.map((name, at) => [`INTEROFFICE_LISTEN__${name}`, `127.0.0.1:${ports[at]}`]));
}
