// `npm run bench [-- chat | lane | rooms | peers …]`: what the server does under load, on this checkout alone.
//   npm run bench                     log-ins, closed and open loop chat, archived; every id checked in the journal
//   npm run bench -- lane             heap bytes and promises per chat message, all features loaded, journal on
//   npm run bench -- rooms            1,000 people into a room of 5,000 members, a message to all, idle rooms
//   npm run bench -- peers --servers interoffice,ejabberd --scenarios mam-chat-w1 --pin 1core
// Figures are appended to docs/evidence/bench-history.jsonl with the commit; machines are noisy: compare ratios in one run.
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chat, connect } from './generator.mjs';
import { rooms } from './rooms.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const [mode = 'chat', ...rest] = process.argv.slice(2);
const CLOCK_TICKS = Number(execFileSync('getconf', ['CLK_TCK']));

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function serve({ users, recorded, lane = false, flags = '' }) {
  const tmp = mkdtempSync(path.join(os.tmpdir(), 'interoffice-bench-'));
  const port = await freePort();
  const environment = {
    ...process.env,
    BENCH_PORT: port,
    BENCH_TLS_PORT: await freePort(),
    BENCH_TMP: tmp,
    BENCH_USERS: users,
    BENCH_PASS: 'secret',
    BENCH_DOMAIN: 'localhost',
    BENCH_SET: recorded ? 'B' : 'A',
    BENCH_PGPORT: '',
    BENCH_CERT: '',
    BENCH_NODE_FLAGS: flags,
    ...(lane ? { BENCH_LANE: '1' } : {}),
  };
  const child = spawn(path.join(root, 'test/load/serve.sh'), [], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const waiting = [];
  lines.on('line', (line) =>
    (line === 'ready' ? waiting.splice(0) : line.startsWith('{') ? waiting.splice(0) : []).forEach((resume) =>
      resume(line),
    ),
  );
  const next = () =>
    new Promise((resolve, reject) => {
      waiting.push(resolve);
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    });
  await next();
  const stop = async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
    rmSync(tmp, { recursive: true, force: true });
  };
  return { child, port, tmp, next, stop };
}

/** CPU seconds of the server and of its PostgreSQL, from /proc. */
function cpuOf(pid) {
  const stats = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'latin1');
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      stats.set(Number(name), {
        parent: Number(fields[1]),
        seconds: (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS,
      });
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    }
  }
  const below = (top) => [...stats].filter(([, { parent }]) => parent === top).flatMap(([id]) => [id, ...below(id)]);
  return {
    server: stats.get(pid)?.seconds ?? 0,
    postgres: below(pid).reduce((sum, id) => sum + (stats.get(id)?.seconds ?? 0), 0),
  };
}

function rssOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]);
}

async function measured(server, work) {
  const before = cpuOf(server.child.pid);
  const result = await work();
  const after = cpuOf(server.child.pid);
  const per = (seconds) => Number(((seconds / result.delivered) * 1000).toFixed(4));
  return {
    ...result,
    serverCpuPer1000: per(after.server - before.server),
    postgresCpuPer1000: per(after.postgres - before.postgres),
  };
}

/** Rows of the journal for this run: as many as were sent, each id once. */
async function checkJournal(server, run, sent) {
  const { Database } = await import(path.join(root, 'libs/storage/dist/index.js'));
  const { silentLog } = await import(path.join(root, 'libs/telemetry/dist/index.js'));
  const host = path.join(server.tmp, 'interoffice/postgres');
  const socket = existsSync(path.join(host, '.s.PGSQL.5432')) ? host : undefined;
  if (!socket) throw new Error('The socket of the embedded PostgreSQL is not where it should be.');
  const database = new Database({
    connection: { host: socket, port: 5432, user: 'interoffice_owner', database: 'interoffice' },
    log: silentLog,
  });
  const [{ rows, ids }] = await database.query(
    'owner',
    `SELECT count(*)::int AS rows, count(DISTINCT stanza_id)::int AS ids FROM journal WHERE stanza_id LIKE $1`,
    [`m${run}.%`],
  );
  await database.close();
  if (rows !== sent || ids !== sent)
    throw new Error(`Run ${run}: sent ${sent}, the journal has ${rows} rows and ${ids} ids.`);
  return { rows, ids };
}

function keep(name, figures) {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  const dirty =
    execFileSync('git', ['status', '--porcelain', '--untracked-files=no'], { cwd: root, encoding: 'utf8' }) !== '';
  const line = {
    at: new Date().toISOString(),
    commit: dirty ? `${commit}+` : commit,
    name,
    cpus: os.cpus().length,
    model: os.cpus()[0].model,
    ...figures,
  };
  mkdirSync(path.join(root, 'docs/evidence'), { recursive: true });
  appendFileSync(path.join(root, 'docs/evidence/bench-history.jsonl'), `${JSON.stringify(line)}\n`);
}

async function benchChat() {
  const users = 400;
  const server = await serve({ users, recorded: true });
  try {
    const idle = rssOf(server.child.pid);
    const { clients, loginsPerS } = await connect({
      users,
      port: server.port,
      domain: 'localhost',
      password: 'secret',
    });
    const login = {
      name: 'login',
      perS: Math.round(loginsPerS),
      rssPerSessionKb: Number(((rssOf(server.child.pid) - idle) / users).toFixed(1)),
    };
    report(login);
    const scenarios = [
      { name: 'archived chat, 1 in flight', seconds: 8, window: 1 },
      { name: 'archived chat, 10 in flight', seconds: 8, window: 10 },
      { name: 'archived chat, open loop 500/s', seconds: 8, rate: 500 },
    ];
    for (const [i, { name, ...options }] of scenarios.entries()) {
      const run = `${Date.now().toString(36)}${i}`;
      const result = await measured(server, () => chat(clients, { ...options, run }));
      if (result.lost > 0) throw new Error(`${name}: ${result.lost} messages were lost.`);
      report({ name, ...result, journal: await checkJournal(server, run, result.sent) });
    }
  } finally {
    await server.stop();
  }
}

async function benchLane() {
  const users = 200;
  const server = await serve({ users, recorded: true, lane: true });
  try {
    const { clients } = await connect({ users, port: server.port, domain: 'localhost', password: 'secret' });
    // Warm: what is compiled and allocated once is no cost of a message.
    await chat(clients, { seconds: 5, window: Number(process.env.W ?? 10), run: 'warm' });
    server.child.stdin.write('start\n');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const result = await chat(clients, { seconds: 8, window: Number(process.env.W ?? 10), run: 'lane' });
    const answer = server.next();
    server.child.stdin.write('stop\n');
    const { lane } = JSON.parse(await answer);
    const total = lane.fast + lane.tree;
    const figures = {
      name: 'lane',
      messages: total,
      perS: result.perS,
      fastShare: Number((lane.fast / total).toFixed(4)),
      heapBytesPerMessage: Math.round(lane.heapBytes / total),
      promisesPerMessage: Number((lane.promises / total).toFixed(3)),
    };
    report(figures);
    const isWithin = figures.heapBytesPerMessage <= 200 && figures.promisesPerMessage < 0.05;
    process.stdout.write(
      isWithin
        ? 'Within the gate: 200 B of heap and no promise per message.\n'
        : 'OVER THE GATE: 200 B of heap and no promise per message.\n',
    );
    if (!isWithin) process.exitCode = 1;
  } finally {
    await server.stop();
  }
}

/** The peer bench lies beside the checkout, or where PEER_BENCH says. */
function benchPeers() {
  const bench = path.resolve(process.env.PEER_BENCH ?? path.join(root, '../shared/bench'));
  if (!existsSync(path.join(bench, 'compare.mjs')))
    throw new Error(`No peer bench at ${bench}; say where it is with PEER_BENCH.`);
  const nine = 'chat-w1,chat-w10,rate-2k,chat-w1-tls,login,login-tls,mam-chat-w1,mam-chat-w10,mam-rate-500';
  const defaults = { '--servers': 'interoffice,ejabberd', '--scenarios': nine, '--pin': '1core' };
  const args = [...rest];
  for (const [name, value] of Object.entries(defaults)) if (!args.includes(name)) args.push(name, value);
  // What bootstrap tells malloc is for the appliance alone: PostgreSQL would map and unmap memory with every row it
  // copies, ours and the peers' alike. serve.sh sets it for the appliance.
  const environment = { ...process.env, PROJECT: root };
  delete environment.MALLOC_MMAP_THRESHOLD_;
  delete environment.MALLOC_TRIM_THRESHOLD_;
  const child = spawn(process.execPath, [path.join(bench, 'compare.mjs'), ...args], {
    stdio: 'inherit',
    env: environment,
  });
  child.on('exit', (code) => (process.exitCode = code ?? 1));
}

function report(figures) {
  const { name, ...values } = figures;
  process.stdout.write(
    `${name}: ${Object.entries(values)
      .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
      .join(', ')}\n`,
  );
  keep(name, values);
}

/** What is in use in a server that runs with --expose-gc: of its RSS a few thousand rooms are lost in what it keeps free. */
async function liveKiB({ child, next }) {
  const answer = next();
  child.kill('SIGUSR2');
  return JSON.parse(await answer).liveKiB;
}

/** A room of 5,000 members with 1,000 of them there, and idle rooms. */
async function benchRooms() {
  const [people, members] = [1_000, 5_000];
  const server = await serve({ users: members, recorded: true, flags: '--expose-gc' });
  try {
    report({ name: 'rooms', ...(await rooms(server, { people, members, liveKiB: () => liveKiB(server) })) });
  } finally {
    await server.stop();
  }
  process.exit();
}

const modes = { chat: benchChat, lane: benchLane, rooms: benchRooms, peers: benchPeers };
if (mode === '--help' || !modes[mode]) {
  process.stdout.write(
    'usage: npm run bench [-- chat | lane | rooms | peers [--servers a,b] [--scenarios x,y] [--pin 1core]]\n',
  );
  process.exitCode = mode === '--help' ? 0 : 2;
} else await modes[mode]();
