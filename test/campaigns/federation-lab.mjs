// For campaigns: a network, processes and a name server of their own, which end with the campaign however it ends.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Each Debian package and a file that is there when it is installed. */
const NEEDED = {
  prosody: '/usr/bin/prosody',
  'dnsmasq-base': '/usr/sbin/dnsmasq',
  iproute2: '/usr/bin/ip',
  mount: '/usr/bin/mount',
  'util-linux': '/usr/bin/unshare',
};
const OWN_MACHINE = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
/**
 * Servers find each other by DNS: a name server of our own, on the usual port. The shell stays, and does not become the
 * program: the first of all processes has to bury those whose parents were killed, which node does not.
 */
const PREPARED = `mount -t tmpfs tmpfs /run && ip link set lo up &&
  echo nameserver 127.0.0.1 > /run/resolv.conf && mount --bind /run/resolv.conf /etc/resolv.conf || exit 3
"$@"
exit $?`;
const VARIABLE = 'FEDERATION_LAB';
const TOLD = 20_000;
const LOOK_EVERY_MS = 20;

/** The folder of this lab; undefined outside of it. */
export const labFolder = process.env[VARIABLE];

/** What is missing here for a lab, in words; empty: nothing. */
export function missing() {
  const packages = Object.keys(NEEDED).filter((name) => !existsSync(NEEDED[name]));
  return [
    ...(process.getuid?.() === 0 ? [] : ['root, who alone makes networks']),
    ...(packages.length === 0 ? [] : [`these packages of Debian: ${packages.join(' ')}`]),
  ];
}

/**
 * Runs this program once more inside of a lab, for `mostMs` at most; gives its exit code. Whatever it has started is gone
 * by then, and so is the folder.
 */
export async function inLab(script, { mostMs }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'interoffice-federation-'));
  // Prosody is a user of its own.
  chmodSync(folder, 0o711);
  const again = ['sh', '-c', PREPARED, 'sh', process.execPath, script, ...process.argv.slice(2)];
  const child = spawn('unshare', [...OWN_MACHINE, ...again], {
    stdio: 'inherit',
    env: { ...process.env, [VARIABLE]: folder },
  });
  // With it goes the namespace of processes, and all of them.
  const end = () => child.kill('SIGKILL');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
  const late = setTimeout(() => {
    process.stderr.write(`\nfederation: not done after ${mostMs / 60_000} minutes, ended\n`);
    end();
  }, mostMs);
  const code = await new Promise((resolve) => child.once('exit', (status) => resolve(status ?? 1)));
  clearTimeout(late);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  return code;
}

/** A program that was started: what it said last, and how it is stopped, by its own process id. */
export class Program {
  #said = '';
  #isOver = false;

  constructor(command, args, { name = command, ...options } = {}) {
    this.name = name;
    this.child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (this.#said = (this.#said + text).slice(-TOLD)));
    this.ended = new Promise((resolve) => {
      const over = (what) => {
        this.#isOver = true;
        resolve(what);
      };
      this.child.once('error', (error) => over(error.message));
      this.child.once('exit', (code, signal) => over(signal ?? code));
    });
  }

  get pid() {
    return this.child.pid;
  }

  get said() {
    return this.#said;
  }

  /** Waits until what it says, or what `holds` asks, is so. */
  async until(holds, withinMs = 60_000) {
    const deadline = Date.now() + withinMs;
    while (!(await holds(this.#said))) {
      if (this.#isOver || Date.now() > deadline)
        throw new Error(`${this.name} ${this.#isOver ? 'has ended' : 'is not ready'}:\n${this.#said.slice(-3000)}`);
      await wait(LOOK_EVERY_MS);
    }
  }

  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  async stop() {
    if (this.#isOver) return;
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), 15_000);
    await this.ended;
    clearTimeout(late);
  }
}

/** The name server of the lab: it knows what it was told last. */
export class NameServer {
  #program;

  constructor(folder) {
    this.file = path.join(folder, 'dnsmasq.conf');
  }

  /** `zones`: { domain, port }: where servers of the domain are called. */
  async serve(zones) {
    await this.#program?.stop();
    const settings = ['no-hosts', 'no-resolv', 'local=/example/', 'listen-address=127.0.0.1', 'bind-interfaces'];
    const lines = zones.flatMap(({ domain, port }) => [
      `host-record=gate.${domain},127.0.0.1`,
      `srv-host=_xmpp-server._tcp.${domain},gate.${domain},${port},5,10`,
    ]);
    writeFileSync(this.file, [...settings, 'user=root', ...lines, ''].join('\n'));
    this.#program = new Program('dnsmasq', ['-k', '--log-facility=-', '--pid-file', `--conf-file=${this.file}`]);
    await this.#program.until((said) => said.includes('started'), 10_000);
  }

  async stop() {
    await this.#program?.stop();
  }
}
