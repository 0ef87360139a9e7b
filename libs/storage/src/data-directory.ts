import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Failure, type Log } from '@interoffice/telemetry';
import { hasEnded, isRunning, startedAt } from './running.js';

const held = new Set<string>();

const ENDS_WITHIN_MS = 1000;

/**
 * The folder of one embedded PostgreSQL: `cluster/` is PostgreSQL's own, beside it its log, its socket and `owner.json`,
 * which names the process that runs it.
 */
export class DataDirectory {
  readonly cluster: string;
  readonly log: string;
  readonly #owner: string;

  constructor(readonly path: string) {
    this.cluster = path + '/cluster';
    this.log = path + '/postgres.log';
    this.#owner = path + '/owner.json';
  }

  get isInitialised(): boolean {
    return existsSync(this.cluster);
  }

  /** Refuses files of another major version: PostgreSQL does not convert them by itself. */
  checkVersion(major: number): void {
    if (!this.isInitialised) return;
    const found = Number.parseInt(readFileSync(path.join(this.cluster, 'PG_VERSION'), 'utf8'), 10);
    if (found === major) return;
    const way =
      found > major
        ? 'Start the newer release it was used with, or restore a backup made by this one.'
        : 'Make a backup with the release it was used with and restore it here.';
    throw new Failure(
      found > major ? 'DATA_DIRECTORY_NEWER' : 'DATA_DIRECTORY_OLDER',
      `The data directory ${this.path} was written by PostgreSQL ${found}; this release brings PostgreSQL ${major}. ${way}`,
    );
  }

  /**
   * Makes the folder ours until `leave()`. A PostgreSQL whose owner was killed is stopped first (its data is whole);
   * one whose owner lives, or that is not ours, is left alone: `DATA_DIRECTORY_IN_USE`.
   */
  async enter(log: Log): Promise<void> {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    const owner = this.#readOwner();
    const inUse = held.has(this.path) || (owner !== undefined && isRunning(owner.pid, owner.startedAt));
    // Who was killed a moment ago may still be on its way out.
    if (inUse && owner?.pid !== process.pid && !(owner && (await hasEnded(owner.pid, ENDS_WITHIN_MS))))
      throw this.#inUse(owner?.pid);
    if (held.has(this.path)) throw this.#inUse(process.pid);
    await this.#stopOrphan(owner !== undefined, log);
    held.add(this.path);
    writeFileSync(this.#owner, JSON.stringify({ pid: process.pid, startedAt: startedAt(process.pid) }));
  }

  /** Gives the folder back; safe to call twice. */
  leave(): void {
    if (held.delete(this.path)) rmSync(this.#owner, { force: true });
  }

  /** Makes a rename inside the folder survive a power cut. */
  flush(): void {
    const folder = openSync(this.path, 'r');
    fsyncSync(folder);
    closeSync(folder);
  }

  /** What PostgreSQL wrote about itself: its process and whether it takes connections. */
  postmaster(): { pid: number; ready: boolean } | undefined {
    const file = path.join(this.cluster, 'postmaster.pid');
    if (!existsSync(file)) return undefined;
    const lines = readFileSync(file, 'utf8').split('\n');
    return { pid: Number(lines[0]), ready: lines[7]?.trim() === 'ready' };
  }

  async #stopOrphan(wasOurs: boolean, log: Log): Promise<void> {
    const postmaster = this.postmaster();
    if (!postmaster || !(postmaster.pid > 0)) return;
    const { pid } = postmaster;
    if (!isRunning(pid)) return;
    if (!isRunning(pid, undefined, 'postgres')) {
      // The number belongs to another program by now; PostgreSQL would take that for a second server.
      rmSync(path.join(this.cluster, 'postmaster.pid'), { force: true });
      return;
    }
    if (!wasOurs) throw this.#inUse(pid);
    // Usually it is already on its way out: it was told when its parent died.
    if (!(await hasEnded(pid, 2_000))) {
      process.kill(pid, 'SIGINT');
      if (!(await hasEnded(pid, 8_000))) process.kill(pid, 'SIGQUIT');
      if (!(await hasEnded(pid, 5_000))) throw this.#inUse(pid);
    }
    log.info('database.server.taken.over', { pid });
  }

  #readOwner(): { pid: number; startedAt: string | undefined } | undefined {
    if (!existsSync(this.#owner)) return undefined;
    try {
      return JSON.parse(readFileSync(this.#owner, 'utf8')) as { pid: number; startedAt: string | undefined };
    } catch {
      // Cut off while it was written: whoever wrote it is gone.
      return { pid: -1, startedAt: undefined };
    }
  }

  #inUse(pid: number | undefined): Failure {
    return new Failure(
      'DATA_DIRECTORY_IN_USE',
      `The data directory ${this.path} is in use by process ${pid ?? 'unknown'}. Stop that instance, or choose another "data-dir".`,
    );
  }
}
