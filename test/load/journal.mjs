// What the journal costs: messages per second, CPU of Node and of PostgreSQL per message, heap per append.
// node --expose-gc test/load/journal.mjs [messages] [outstanding]        (after a build)
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Journal, OffSink, PostgresSink } from '@interoffice/archive';
import { Database, EmbeddedPostgres, migrate } from '@interoffice/storage';
import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';

const MESSAGES = Number(process.argv[2] ?? 200_000);
const OUTSTANDING = Number(process.argv[3] ?? 2_000);
const EPOCH_MS = Date.UTC(2024, 0, 1);
const ACCOUNTS = 2_000;
const PASS = { verdict: 'passed', record: true, decisionId: undefined, policyVersion: 0, retentionClass: 0 };
const AUTHOR = {};
const TARGET = {};
const clock = { atMs: 0, nth: 0 };

const folder = await mkdtemp(path.join(tmpdir(), 'interoffice-bench-'));
const server = new EmbeddedPostgres({ dataDir: path.join(folder, 'pg'), log: silentLog });
try {
  await server.start();
  const database = new Database({ connection: server.connection, log: silentLog });
  await migrate(database, { log: silentLog });
  const sink = new PostgresSink({
    connection: database.connectionOf('writer'),
    log: silentLog,
    metrics: new Metrics(),
  });
  await sink.open(Date.now());
  await run('warm-up', sink, MESSAGES / 10);
  const result = await run('journal', sink, MESSAGES);
  const [{ rows, bytes }] = await database.query(
    'owner',
    `SELECT (SELECT count(*) FROM journal) AS rows, (SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('journal_content')) + pg_total_relation_size('journal') AS bytes`,
  );
  console.log(JSON.stringify({ ...result, rows, bytesPerRow: Math.round(Number(bytes) / rows) }));
  sink.close();
  console.log(JSON.stringify(await run('off', new OffSink(), MESSAGES)));
  await database.close();
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

/** Keeps so many messages waiting for their release until all have been released. */
async function run(name, sink, messages) {
  const stanzas = Array.from({ length: ACCOUNTS }, (_, i) => stanza(i));
  let sent = 0;
  let released = 0;
  let heap = 0;
  let finish;
  const done = new Promise((resolve) => (finish = resolve));
  const fill = () => {
    const before = process.memoryUsage().heapUsed;
    const first = sent;
    const until = Math.min(messages, released + OUTSTANDING);
    for (; sent < until; sent++) journal.append(next(stanzas[sent % ACCOUNTS]), PASS, AUTHOR, sent, TARGET);
    const grown = process.memoryUsage().heapUsed - before;
    // A collection in between shows as a negative number and is left out.
    if (grown >= 0 && sent > first)
      heap = heap === 0 ? grown / (sent - first) : heap * 0.95 + (0.05 * grown) / (sent - first);
  };
  const journal = new Journal({
    sink,
    clock: systemClock,
    log: silentLog,
    metrics: new Metrics(),
    onPoisoned: () => undefined,
    onReleased: (batch) => {
      released += batch.count;
      if (released === messages) finish();
      else setImmediate(fill);
    },
  });
  const cpu = process.cpuUsage();
  const postgres = postgresCpuMs();
  const start = performance.now();
  fill();
  await done;
  const tookMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return {
    name,
    messages,
    perSecond: Math.round((messages / tookMs) * 1_000),
    nodeUs: round((user + system) / messages),
    postgresUs: round(((postgresCpuMs() - postgres) * 1_000) / messages),
    perBatch: Math.round(messages / journal.releasedBatch),
    heapBytesPerAppend: Math.round(heap),
  };
}

function stanza(i) {
  const party = (n) => ({
    accountId: n + 1,
    bare: Buffer.from(`person${n}@corp.example`),
    device: Buffer.from('Laptop.a7Xq'),
    office: Buffer.from('Berlin'),
  });
  const [author, receiver] = [party(i), party((i * 7_919) % ACCOUNTS)];
  const body = 'The quarterly figures are in the folder; please look at them before the call at three. Thank you!';
  const head = `<message from='${author.bare.toString()}/${author.device.toString()}' to='${receiver.bare.toString()}' type='chat' id='m${i}'>`;
  const bytes = Buffer.from(
    `${head}<body>${body}</body><stanza-id xmlns='urn:xmpp:sid:0' by='${receiver.bare.toString()}' id='046f8e5cb0000000'/></message>`,
  );
  const bodyStart = bytes.indexOf('<body>') + 6;
  const stanzaIdStart = bytes.indexOf(` id='`) + 5;
  return {
    idHigh: 0,
    idLow: 0,
    atMs: 0,
    flags: 5,
    author,
    receiver,
    bytes,
    stanzaIdStart,
    stanzaIdEnd: bytes.indexOf(`'>`),
    originIdStart: -1,
    originIdEnd: -1,
    threadStart: -1,
    threadEnd: -1,
    bodyStart,
    bodyEnd: bodyStart + body.length,
    maxBytes: bytes.length,
    writeTo: (target, offset) => offset + bytes.copy(target, offset),
  };
}

/** The stanza with the next id, as routing would stamp it. */
function next(r) {
  const now = Date.now();
  if (now > clock.atMs) [clock.atMs, clock.nth] = [now, 0];
  else if (++clock.nth === 4_096) [clock.atMs, clock.nth] = [clock.atMs + 1, 0];
  const ms = clock.atMs - EPOCH_MS;
  r.atMs = clock.atMs;
  r.idHigh = Math.floor(ms / 1_024) >>> 0;
  r.idLow = (((ms % 1_024) << 22) | (clock.nth << 10)) >>> 0;
  return r;
}

/** CPU of the embedded PostgreSQL with all its processes; 0 where there is no /proc. */
function postgresCpuMs() {
  let ticks = 0;
  for (const pid of processes()) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /, '')
        .split(' ');
      if (Number(pid) === server.pid || Number(fields[1]) === server.pid)
        ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      continue; // It ended in the meantime.
    }
  }
  return ticks * 10;
}

function processes() {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function round(n) {
  return Math.round(n * 100) / 100;
}
