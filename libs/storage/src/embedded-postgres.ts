import { spawn, type ChildProcess } from 'node:child_process';
import { chownSync, closeSync, mkdtempSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describeError, type Log } from '@interoffice/telemetry';
import type { Connection } from './connection.js';
import { createDatabase } from './create-database.js';
import { DataDirectory } from './data-directory.js';
import { postgresBinaries } from './postgres-binaries.js';
import { readStartFailure } from './start-failure.js';
import { unprivileged } from './unprivileged.js';
import { WriteOut } from './write-out.js';

/** What an embedded PostgreSQL needs to know. */
export interface EmbeddedPostgresOptions {
  /** Its folder; made with mode 0700 when missing. Data, log and socket live there. */
  readonly dataDir: string;
  readonly log: Log;
  /** Further settings of PostgreSQL. `fsync` and `synchronous_commit` are on unless a test says otherwise here. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Called when it died by itself, and when it accepts connections again. */
  readonly onStateChange?: (state: 'died' | 'restarted') => void;
}

const PORT = '5432';
const OWNER = 'interoffice_owner';
const DATABASE = 'interoffice';
const START_WITHIN_MS = 60_000;
const LOG_MAX_BYTES = 10 * 1024 * 1024;

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  port: PORT,
  max_connections: '60',
  fsync: 'on',
  synchronous_commit: 'on',
  shared_buffers: `${sharedBuffersMb()}MB`,
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  // Housekeeping rests ten times as long as it works: it is in nobody's way, and has the whole day.
  autovacuum_vacuum_cost_delay: '20ms',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
};

/**
 * Room for the pages that are written again and again, two for everybody who writes or receives: a page that is pushed out
 * is written to the disk each time. A sixteenth of the memory there is, from 128 MiB to 512.
 */
function sharedBuffersMb(): number {
  // 0 or beyond all measure where there is no limit of its own.
  const limit = process.constrainedMemory() || Infinity;
  const sixteenth = Math.min(os.totalmem(), limit) / 16 / 2 ** 20;
  return Math.round(Math.min(Math.max(sixteenth, 128), 512));
}

/**
 * A PostgreSQL of our own, as a child process: no TCP port, a socket in a folder only this user can enter.
 * It ends with its parent, kill -9 included, and is started again when it dies by itself; data is kept either way.
 */
export class EmbeddedPostgres {
  readonly #directory: DataDirectory;
  readonly #binaries = postgresBinaries();
  readonly #as = unprivileged();
  readonly #writeOut: WriteOut;
  #socketDir: string | undefined;
  #child: ChildProcess | undefined;
  #wanted = false;

  constructor(private readonly options: EmbeddedPostgresOptions) {
    this.#directory = new DataDirectory(path.resolve(options.dataDir));
    const base = path.join(this.#directory.cluster, 'base');
    this.#writeOut = new WriteOut({ base, onFailed: (error) => this.#recover(error) });
  }

  /** How to reach it as the owner of the database; valid once started. */
  get connection(): Connection {
    return {
      host: this.#socket(),
      port: Number(this.options.settings?.['port'] ?? PORT),
      user: OWNER,
      database: DATABASE,
    };
  }

  /** The process id of the running server. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Creates the cluster and the database when missing, and returns when connections are accepted.
   * Fails with `DATA_DIRECTORY_IN_USE`, `DATA_DIRECTORY_NEWER`, `DATA_DIRECTORY_OLDER`, `DISK_FULL` or
   * `DATABASE_START_FAILED`; then nothing is left running.
   */
  async start(): Promise<{ initMs: number; startMs: number }> {
    this.#directory.checkVersion(this.#binaries.major);
    await this.#directory.enter(this.options.log);
    try {
      const begin = performance.now();
      if (!this.#directory.isInitialised) await this.#initialise();
      const initialised = performance.now();
      await this.#launch();
      this.#wanted = true;
      this.#writeOut.start();
      await createDatabase({ ...this.connection, user: 'postgres', database: 'postgres' }, DATABASE, OWNER);
      const initMs = Math.round(initialised - begin);
      const startMs = Math.round(performance.now() - initialised);
      this.options.log.info('database.server.started', { initMs, startMs });
      return { initMs, startMs };
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Ends it with a checkpoint (PostgreSQL's "fast" shutdown); returns when it is gone. Safe to call twice. */
  async stop(): Promise<void> {
    this.#wanted = false;
    this.#writeOut.stop();
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGINT');
      const hurry = setTimeout(() => child.kill('SIGQUIT'), 30_000);
      await ended;
      clearTimeout(hurry);
    }
    if (this.#socketDir !== undefined && this.#socketDir !== this.#directory.path) {
      rmSync(this.#socketDir, { recursive: true, force: true });
      this.#socketDir = undefined;
    }
    this.#directory.leave();
  }

  /** As PostgreSQL does when the disk does not take a page: it ends at once and makes the page again from its log. */
  #recover(error: Error): void {
    this.options.log.error('database.write.failed', { error: describeError(error) });
    this.#child?.kill('SIGQUIT');
  }

  /** The path of a Unix socket may not exceed about 107 bytes; a deep data directory gets a short folder elsewhere. */
  #socket(): string {
    if (this.#socketDir === undefined) {
      const fits = Buffer.byteLength(`${this.#directory.path}/.s.PGSQL.${PORT}`) <= 100;
      this.#socketDir = fits ? this.#directory.path : mkdtempSync(path.join(os.tmpdir(), 'interoffice-'));
      if (!fits && this.#as.uid !== undefined) chownSync(this.#socketDir, this.#as.uid, this.#as.uid);
    }
    return this.#socketDir;
  }

  /** Into a folder beside it, renamed when whole: a first start that was cut off begins anew. */
  async #initialise(): Promise<void> {
    const fresh = `${this.#directory.cluster}.new`;
    rmSync(fresh, { recursive: true, force: true });
    if (this.#as.uid !== undefined) chownSync(this.#directory.path, this.#as.uid, this.#as.uid);
    const args = ['-D', fresh, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-instructions'];
    if (this.options.settings?.['fsync'] === 'off') args.push('--no-sync');
    const child = this.#spawn(this.#binaries.initdb, args);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    if (code !== 0) throw readStartFailure(this.#directory);
    renameSync(fresh, this.#directory.cluster);
    this.#directory.flush();
  }

  async #launch(): Promise<void> {
    const settings = { ...SETTINGS, unix_socket_directories: this.#socket(), ...this.options.settings };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = this.#spawn(this.#binaries.postgres, ['-D', this.#directory.cluster, ...flags]);
    this.#child = child;
    const seen = { ended: false, ready: false };
    child.once('error', () => (seen.ended = true));
    child.once('exit', () => {
      seen.ended = true;
      if (seen.ready && this.#wanted) void this.#relaunch();
    });
    for (let waitedMs = 0; waitedMs < START_WITHIN_MS && !seen.ended; waitedMs += 5) {
      const postmaster = this.#directory.postmaster();
      seen.ready = postmaster?.ready === true && postmaster.pid === child.pid;
      if (seen.ready) return;
      await delay(5);
    }
    throw readStartFailure(this.#directory);
  }

  /** Never gives up: without the database nothing is delivered, so the next try is always worth it. */
  async #relaunch(): Promise<void> {
    this.options.log.error('database.server.died', { pid: this.#child?.pid });
    this.options.onStateChange?.('died');
    for (let pauseMs = 50; this.#wanted; pauseMs = Math.min(pauseMs * 2, 2_000)) {
      try {
        await this.#launch();
        this.options.onStateChange?.('restarted');
        return;
      } catch (error) {
        // Often only its last processes, which hold the shared memory a moment longer than it lived.
        this.options.log.error('database.server.restart.failed', { error: describeError(error) });
        await delay(pauseMs);
      }
    }
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const log = this.#openLog();
    const [command, ...rest] = [...this.#as.prefix, program, ...args];
    const drop = this.#as.uid !== undefined && this.#as.prefix.length === 0;
    const child = spawn(command!, rest, {
      cwd: '/',
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' },
      stdio: ['ignore', log, log],
      ...(drop ? { uid: this.#as.uid, gid: this.#as.uid } : {}),
    });
    closeSync(log);
    return child;
  }

  #openLog(): number {
    const file = this.#directory.log;
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size > LOG_MAX_BYTES) renameSync(file, `${file}.1`);
    return openSync(file, 'a', 0o600);
  }
}
