import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Neither root nor the user of the image: what OpenShift would choose. */
export const UID = 23_456;

/** Mounts as a container runtime would make them; the root file system is read-only. */
const MOUNTS = `
set -e
root=$1 data=$2 settings=$3; shift 3
mount --bind "$root" "$root"
mount -o remount,bind,ro,nosuid "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 dev "$root/dev"
mkdir -m 1777 "$root/dev/shm"
for device in null zero random urandom; do touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
mount -t tmpfs -o mode=1777,size=64m tmp "$root/tmp"
mount --bind "$data" "$root/data"
mount --bind "$settings" "$root/etc/interoffice"
exec "$@"
`;

/** What the appliance prints when it is ready, as far as tests look at it. */
interface Ready {
  readonly ca: string;
  readonly listen: Readonly<Record<string, string>>;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One run of the image's root file system, with a data folder of its own, as an unprivileged user. */
export class Contained {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'contained-'));
  stdout = '';
  stderr = '';
  #runtime!: ChildProcess;
  #ended!: Promise<number | null>;

  constructor(private readonly options: { root: string; environment: readonly string[]; settings: string }) {
    mkdirSync(this.#sub('data'), { mode: 0o770 });
    chownSync(this.#sub('data'), UID, 0);
    mkdirSync(this.#sub('settings'), { mode: 0o755 });
    writeFileSync(path.join(this.#sub('settings'), 'interoffice.yaml'), options.settings);
  }

  /** Starts the image's command; resolves with its ready line. Rejects with its log when it ends before. */
  async start(command: readonly string[]): Promise<Ready> {
    const { root, environment } = this.options;
    const inside = [
      'env',
      '-i',
      ...environment,
      '/usr/sbin/chroot',
      `--userspec=${UID}:0`,
      '--groups=',
      root,
      ...command,
    ];
    const isolated = ['--mount', '--pid', '--ipc', '--fork', '--kill-child', 'sh', '-c', MOUNTS, 'mounts'];
    const mounts = [root, this.#sub('data'), this.#sub('settings')];
    this.#runtime = spawn('unshare', [...isolated, ...mounts, ...inside], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.#runtime, 'exit').then(([code]) => code as number | null);
    this.#runtime.stderr!.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    return new Promise((resolve, reject) => {
      this.#runtime.stdout!.on('data', (chunk: Buffer) => {
        this.stdout += chunk.toString();
        const line = /^\{"event":"ready".*$/m.exec(this.stdout);
        if (line) resolve(JSON.parse(line[0]) as Ready);
      });
      void this.#ended.then((code) => reject(new Error(`ended with ${code}:\n${this.stderr}`)));
    });
  }

  /** A file of the data folder, as the inside names it. */
  read(inside: string): string {
    return readFileSync(path.join(this.folder, inside), 'utf8');
  }

  /** Runs another program beside the first, as `kubectl exec` would. */
  async exec(command: readonly string[], stdin = ''): Promise<Finished> {
    const { environment } = this.options;
    const enter = ['-t', String(this.pid), '--mount', '--pid', '--root', '--wd', '-S', String(UID), '-G', '0', '--'];
    const child = spawn('env', ['-i', ...environment, '/usr/bin/nsenter', ...enter, ...command]);
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    child.stdin.end(stdin);
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, ...output };
  }

  /** Process 1 of the inside, by its number outside. */
  get pid(): number {
    const { pid } = this.#runtime;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
  }

  /** Asks it to stop, as a runtime does; the exit code. */
  async stop(): Promise<number | null> {
    process.kill(this.pid, 'SIGTERM');
    return this.#ended;
  }

  /** Ends it if it still runs and removes its folder. */
  async dispose(): Promise<void> {
    if (this.#runtime.exitCode === null) this.#runtime.kill('SIGKILL');
    await this.#ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  #sub(name: string): string {
    return path.join(this.folder, name);
  }
}
