// Starts the appliance as serve.sh says, with accounts u0 … u(BENCH_USERS-1) that all have one password and one salt.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { addAccounts } from './accounts.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const door = (part) => import(path.join(root, part, 'dist/index.js'));
const { Appliance, prepareDatabase } = await door('apps/appliance');
const { loadSettings } = await door('libs/config');
const { jsonLog, systemClock } = await door('libs/telemetry');
const { Database } = await door('libs/storage');

const {
  BENCH_PORT,
  BENCH_TLS_PORT,
  BENCH_CERT,
  BENCH_KEY,
  BENCH_DOMAIN = 'localhost',
  BENCH_SET = 'A',
  BENCH_PGPORT,
  BENCH_TMP = '/tmp',
} = process.env;
const users = Number(process.env.BENCH_USERS ?? 1000);
const log = jsonLog({ write: (line) => process.stderr.write(line), now: () => Date.now(), level: 'warn' });
const dataDir = path.join(BENCH_TMP, 'interoffice');
// A restart after a crash goes on with what is there.
if (!process.env.BENCH_KEEP) rmSync(dataDir, { recursive: true, force: true });

const recorded = BENCH_SET === 'B';
const settings = loadSettings({
  environment: {},
  presets: {
    domain: BENCH_DOMAIN,
    'data-dir': dataDir,
    database:
      recorded && BENCH_PGPORT
        ? { url: `postgres://bench@127.0.0.1:${BENCH_PGPORT}/interoffice?sslmode=disable` }
        : 'embedded',
    directory: 'local',
    listen: {
      c2s: `127.0.0.1:${BENCH_PORT}`,
      'c2s-tls': `127.0.0.1:${BENCH_TLS_PORT}`,
      https: false,
      s2s: false,
      's2s-tls': false,
      components: false,
      metrics: process.env.BENCH_METRICS ?? false,
    },
    c2s: { tls: 'optional' },
    archive: { enabled: recorded ? true : 'off-for-benchmarks', 'hold-for': process.env.BENCH_HOLD_FOR ?? '30s' },
    ...(BENCH_CERT ? { certificate: { certificate: BENCH_CERT, key: BENCH_KEY } } : {}),
  },
});
if (recorded && BENCH_PGPORT && !process.env.BENCH_KEEP) await makeDatabase();
await prepareDatabase(settings, log, (database) =>
  addAccounts(database, { users, password: process.env.BENCH_PASS ?? 'secret', domain: BENCH_DOMAIN }),
);
const appliance = new Appliance({ settings, clock: systemClock, log });
await appliance.start();
// What sealing costs is measured against a server that does not seal; no setting leaves it out.
if (process.env.BENCH_SEAL === 'off') await appliance.seal?.thread.stop();
process.stdout.write('ready\n');
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => appliance.stop().then(() => process.exit(0)));
// What is alive, when node was started with --expose-gc: free memory that the process keeps says nothing about a session.
if (globalThis.gc) process.on('SIGUSR2', () => void tellLive());
if (process.env.BENCH_LANE) (await import('./lane-probe.mjs')).watch(appliance);

async function tellLive() {
  // What was only compiled or waited to be finalised is gone after some collections, not after one.
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await wait(50);
  }
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ liveKiB: Math.round((heapUsed + external) / 1024) })}\n`);
}

/** An empty database of our own in the PostgreSQL that the bench has started. */
async function makeDatabase() {
  const connection = { host: '127.0.0.1', port: Number(BENCH_PGPORT), user: 'bench', database: 'postgres' };
  const database = new Database({ connection, log, poolSizes: { owner: 1 } });
  await database.query('owner', 'DROP DATABASE IF EXISTS interoffice WITH (FORCE)');
  await database.query('owner', 'CREATE DATABASE interoffice');
  await database.close();
}
