// For campaigns: a PostgreSQL and a server that can be killed, frozen and started again, and what was run where.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net, { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { EmbeddedPostgres, Database } = await import(path.join(root, 'libs/storage/dist/index.js'));
const { silentLog } = await import(path.join(root, 'libs/telemetry/dist/index.js'));

const given = new Set();

/**
 * A port that nobody has and nobody will be given, by us neither: below those from which the system takes one for every
 * outgoing connection, since a server that is killed comes back to its own.
 */
export async function freePort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (given.has(port)) continue;
    given.add(port);
    const server = createServer();
    const isFree = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** Processes and all that come from them. */
export function family(pid) {
  const parents = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // Gone meanwhile.
    }
  }
  const all = [pid];
  for (let i = 0; i < all.length; i++) for (const [child, parent] of parents) if (parent === all[i]) all.push(child);
  return all;
}

function signal(pids, name) {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // Gone meanwhile.
    }
  }
}

/** What processes have in memory together, in MiB. */
export function memoryOf(pids) {
  let kiB = 0;
  for (const pid of pids) {
    try {
      const [, rss = 0] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      kiB += Number(rss);
    } catch {
      // Gone meanwhile.
    }
  }
  return Math.round(kiB / 1_024);
}

const TICKS_PER_SECOND = 100;

/** As Linux counts it; what ended meanwhile is left out. */
function cpuSecondsOf(pids) {
  let ticks = 0;
  for (const pid of pids) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // Gone meanwhile.
    }
  }
  return ticks / TICKS_PER_SECOND;
}

/** PostgreSQL as a process of its own, and the server on it as another. */
export class Machinery {
  #pg;
  #standby;
  #server;
  #stopped = [];
  serverErrors = '';

  /**
   * `isBehindProxy`: the server reaches PostgreSQL over a line that can go dead. `folder`: where everything lies, which
   * then is still there afterwards. `dataDir`: PostgreSQL's folder.
   */
  constructor({ users, environment = {}, isBehindProxy = false, folder, dataDir }) {
    this.isKept = folder !== undefined;
    if (folder) mkdirSync(folder, { recursive: true });
    this.folder = folder ?? mkdtempSync(path.join(os.tmpdir(), 'interoffice-campaign-'));
    this.users = users;
    this.isBehindProxy = isBehindProxy;
    this.pgFolder = dataDir ?? path.join(this.folder, 'pg');
    this.environment = environment;
  }

  async start() {
    this.port = await freePort();
    this.pgPort = await freePort();
    this.tlsPort = await freePort();
    this.#pg = new EmbeddedPostgres({
      dataDir: this.pgFolder,
      log: silentLog,
      settings: { listen_addresses: '127.0.0.1', port: String(this.pgPort) },
    });
    await this.#pg.start();
    const owner = new Database({ connection: { ...this.#pg.connection, user: 'postgres' }, log: silentLog });
    const [known] = await owner.query('owner', `SELECT 1 FROM pg_roles WHERE rolname = 'bench'`);
    if (!known) await owner.query('owner', 'CREATE ROLE bench SUPERUSER LOGIN');
    await owner.close();
    if (this.isBehindProxy) await this.#openLine();
    await this.startServer();
  }

  async startServer() {
    const environment = {
      ...process.env,
      MALLOC_MMAP_THRESHOLD_: '131072',
      MALLOC_TRIM_THRESHOLD_: '65536',
      BENCH_PORT: String(this.port),
      BENCH_TLS_PORT: String(this.tlsPort),
      BENCH_TMP: this.folder,
      BENCH_USERS: String(this.users),
      BENCH_PASS: 'secret',
      BENCH_SET: 'B',
      BENCH_PGPORT: String(this.linePort ?? this.pgPort),
      BENCH_CERT: '',
      BENCH_KEEP: '1',
      ...this.environment,
    };
    const child = spawn(
      process.execPath,
      ['--initial-heap-size=160', '--expose-gc', path.join(root, 'test/load/serve.mjs')],
      {
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#server = child;
    child.stderr.on('data', (text) => (this.serverErrors = (this.serverErrors + text).slice(-200_000)));
    await new Promise((resolve, reject) => {
      child.stdout.on('data', (text) => String(text).includes('ready') && resolve());
      child.once('exit', (code) =>
        reject(new Error(`The server ended with ${code}: ${this.serverErrors.slice(-2000)}`)),
      );
    });
  }

  /** KiB that are in use in the server once its garbage is collected: heap, and buffers outside of it. */
  async live() {
    const said = new Promise((resolve) =>
      this.#server.stdout.on('data', function hear(text) {
        const [, liveKiB] = /"liveKiB":(\d+)/.exec(text) ?? [];
        if (liveKiB === undefined) return;
        this.off('data', hear);
        resolve(Number(liveKiB));
      }),
    );
    this.#server.kill('SIGUSR2');
    return said;
  }

  get serverPid() {
    return this.#server.pid;
  }

  get postgresPid() {
    return this.#pg.pid;
  }

  /** How to reach PostgreSQL as its superuser. */
  get connection() {
    return { host: '127.0.0.1', port: this.pgPort, user: 'bench', database: 'interoffice' };
  }

  /** Seconds of processor that the server and PostgreSQL have used. */
  cpuSeconds() {
    return { server: cpuSecondsOf([this.serverPid]), postgres: cpuSecondsOf(family(this.#pg.pid)) };
  }

  /** Ends the server in good order; PostgreSQL goes on. */
  async stopServer() {
    const gone = new Promise((resolve) => this.#server.once('exit', resolve));
    this.#server.kill('SIGTERM');
    await gone;
  }

  /** kill -9, and a new one on the same data; tries again while PostgreSQL is away. */
  async killServer() {
    const gone = new Promise((resolve) => this.#server.once('exit', resolve));
    this.#server.kill('SIGKILL');
    await gone;
    for (let tries = 0; ; tries++) {
      try {
        return await this.startServer();
      } catch (error) {
        if (tries === 20) throw error;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }

  /** kill -9 of every process of PostgreSQL; it is started again at once. */
  async killPostgres() {
    const { pid } = this.#pg;
    signal(family(pid), 'SIGKILL');
    for (let i = 0; i < 600 && (this.#pg.pid === pid || !(await this.#answers())); i++)
      await new Promise((resolve) => setTimeout(resolve, 100));
  }

  /** SIGSTOP to every process of PostgreSQL, again and again, since new ones come for new connections. */
  freezePostgres() {
    signal([this.#pg.pid], 'SIGSTOP');
    this.#stopped = family(this.#pg.pid);
    signal(this.#stopped, 'SIGSTOP');
  }

  thawPostgres() {
    signal(this.#stopped, 'SIGCONT');
  }

  /** The line to PostgreSQL goes dead: nothing passes, nobody is told, new connections get no answer. */
  blackHole() {
    this.isDead = true;
    for (const pair of this.lines) for (const socket of pair) socket.pause();
  }

  heal() {
    this.isDead = false;
    for (const pair of this.lines) for (const socket of pair) socket.resume();
  }

  async #openLine() {
    this.lines = new Set();
    this.line = net.createServer({ pauseOnConnect: true }, (near) => {
      const far = net.connect(this.pgPort, '127.0.0.1');
      const pair = [near, far];
      this.lines.add(pair);
      const end = () => {
        this.lines.delete(pair);
        for (const socket of pair) socket.destroy();
      };
      for (const [from, to] of [pair, pair.toReversed()]) {
        from.on('data', (data) => to.write(data));
        from.on('error', end);
        from.on('close', end);
        if (!this.isDead) from.resume();
      }
    });
    await new Promise((resolve) => this.line.listen(0, '127.0.0.1', resolve));
    this.linePort = this.line.address().port;
  }

  /**
   * A second PostgreSQL that has whatever the first has committed before anybody hears of the commit: synchronous streaming
   * replication, begun from a base backup by hand. PostgreSQL manual, 26.3.3 and 27.2.8
   */
  async addStandby() {
    const folder = path.join(this.folder, 'standby');
    const cluster = path.join(folder, 'cluster');
    mkdirSync(folder, { mode: 0o700 });
    const database = new Database({ connection: this.connection, log: silentLog });
    await database.session('owner', async (session) => {
      await session.query(`SELECT pg_backup_start('standby', fast => true)`);
      cpSync(path.join(this.pgFolder, 'cluster'), cluster, {
        recursive: true,
        filter: (file) => !file.endsWith('/postmaster.pid'),
      });
      const [{ labelfile }] = await session.query('SELECT labelfile FROM pg_backup_stop()');
      writeFileSync(path.join(cluster, 'backup_label'), labelfile);
      writeFileSync(path.join(cluster, 'standby.signal'), '');
    });
    this.standbyPort = await freePort();
    this.#standby = new EmbeddedPostgres({
      dataDir: folder,
      log: silentLog,
      settings: {
        listen_addresses: '127.0.0.1',
        port: String(this.standbyPort),
        // Not five seconds asleep between two looks for the primary, when it is told to be the primary itself.
        wal_retrieve_retry_interval: '100ms',
        primary_conninfo: `host=127.0.0.1 port=${this.pgPort} user=bench application_name=standby`,
      },
    });
    await this.#standby.start();
    await database.query('owner', `ALTER SYSTEM SET synchronous_standby_names = 'standby'`);
    await database.query('owner', 'SELECT pg_reload_conf()');
    await database.close();
    const isFollowing = `SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'`;
    for (let i = 0; i < 200 && (await this.query(isFollowing)).length === 0; i++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    if ((await this.query(isFollowing)).length === 0) throw new Error('The standby does not follow.');
  }

  /** The first PostgreSQL is gone, for good. */
  async losePrimary() {
    const pids = family(this.#pg.pid);
    const gone = this.#pg.stop();
    signal(pids, 'SIGKILL');
    await gone;
  }

  /** The second takes its place, under the same address. */
  async failOver() {
    this.pgPort = this.standbyPort;
    this.#pg = this.#standby;
    this.#standby = undefined;
    await this.query('SELECT pg_promote()');
  }

  async stopPostgres() {
    await this.#pg.stop();
  }

  async startPostgres() {
    await this.#pg.start();
  }

  async query(text) {
    const database = new Database({ connection: this.connection, log: silentLog });
    try {
      return await database.query('owner', text);
    } finally {
      await database.close();
    }
  }

  async #answers() {
    try {
      await this.query('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }

  async stop() {
    const gone = new Promise((resolve) => this.#server?.once('exit', resolve));
    this.#server?.kill('SIGTERM');
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 15_000))]);
    this.#server?.kill('SIGKILL');
    this.line?.close();
    for (const pair of this.lines ?? []) for (const socket of pair) socket.destroy();
    await this.#standby?.stop();
    await this.#pg?.stop();
    if (!this.isKept) rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** One line on machine and commit, for evidence. */
export function provenance() {
  const git = (...args) => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' }).trim();
  const commit = `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' with changes'}`;
  const [cpu] = os.cpus();
  return `${commit}, ${new Date().toISOString().slice(0, 10)}, ${os.cpus().length} × ${cpu.model}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
}

/** A progress line that writes over itself on a terminal, and now and then a new one elsewhere. */
export function progress(everyMs = 10_000) {
  let last = 0;
  return (text) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${text.padEnd(100)}`);
    else if (Date.now() - last >= everyMs) {
      last = Date.now();
      process.stderr.write(`${text}\n`);
    }
  };
}
