// Hold: PostgreSQL frozen, stopped, killed, black-holed, failing, failing over, full; streams stay, nothing is lost, and the status says so.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Device } from './device.mjs';
import { Machinery, progress, provenance, root } from './machinery.mjs';

const args = process.argv.slice(2);
if (args.includes('--help')) {
  process.stdout.write('usage: npm run campaign -- hold [--small] [--only frozen,killed,…]\n');
  process.exit(0);
}
const isSmall = args.includes('--small');
const PAIRS = 50;
const RATE = isSmall ? 200 : 500;
const LIMITS = { ackMs: 1000, pingMs: 1000, recoveryMs: 3000, alarmMs: 10_000 };
const chosen = args.includes('--only') ? args[args.indexOf('--only') + 1].split(',') : undefined;

/** Each fault: how long, how it begins and ends. `holdFor`: after that messages come back with an error of type wait. */
const faults = [
  { name: 'frozen', seconds: isSmall ? 12 : 90, begin: (m) => m.freezePostgres(), end: (m) => m.thawPostgres() },
  { name: 'stopped', seconds: isSmall ? 6 : 30, begin: (m) => m.stopPostgres(), end: (m) => m.startPostgres() },
  { name: 'killed', seconds: 0, begin: (m) => m.killPostgres(), end: () => undefined },
  { name: 'black-holed', seconds: isSmall ? 8 : 40, begin: (m) => m.blackHole(), end: (m) => m.heal() },
  { name: 'failing statements', seconds: isSmall ? 6 : 20, begin: refuseRows, end: takeRows },
  {
    name: 'failing over',
    seconds: isSmall ? 5 : 20,
    begin: (m) => m.losePrimary(),
    end: (m) => m.failOver(),
    needsStandby: true,
  },
  { name: 'full', seconds: isSmall ? 8 : 30, begin: fillDisk, end: freeDisk, needsDisk: true },
].filter(({ name }) => !chosen || chosen.includes(name));

const results = [];
const say = progress();
for (const fault of faults) {
  const disk = fault.needsDisk ? smallDisk() : undefined;
  if (fault.needsDisk && !disk) {
    results.push({ fault: fault.name, skipped: 'only root can mount a small disk' });
    continue;
  }
  results.push(await play(fault, disk));
  disk?.free();
}
report();

async function play(fault, disk) {
  const holdForMs = isSmall ? 5000 : 30_000;
  const machinery = new Machinery({
    users: PAIRS * 2,
    isBehindProxy: true,
    dataDir: disk && path.join(disk.folder, 'pg'),
    environment: { BENCH_HOLD_FOR: `${holdForMs / 1000}s` },
  });
  machinery.disk = disk;
  await machinery.start();
  if (fault.needsStandby) await machinery.addStandby();
  const run = { refused: 0, delivered: [], drops: 0, slowestPing: 0, alarmAfterMs: undefined };
  const pairs = Array.from({ length: PAIRS }, (_, i) => pair(i, machinery, run));
  const devices = pairs.flatMap(({ from, to }) => [from, to]);
  await until(() => devices.every(({ isUp }) => isUp), 60_000, 'everybody is there');
  const connects = () => devices.reduce((sum, { counts }) => sum + counts.connects, 0);
  const before = connects();

  let isOver = false;
  const load = sendAll(pairs, () => isOver);
  const asking = askAll(devices, run, () => isOver);
  await wait(2000);
  const began = performance.now();
  say(`${fault.name} for ${fault.seconds} s`);
  const watch = watchAlarm(machinery, run, began);
  await fault.begin(machinery);
  await wait(fault.seconds * 1000);
  const orderedAt = performance.now();
  await fault.end(machinery);
  // A standby is no database before it has become the primary, which may take PostgreSQL seconds.
  const endedAt = fault.needsStandby ? performance.now() : orderedAt;
  say(`${fault.name}: PostgreSQL is back after ${Math.round(endedAt - orderedAt)} ms`);
  const deliveredBefore = run.delivered.length;
  await until(() => run.delivered.length > deliveredBefore, 60_000, 'messages are delivered again');
  const recoveryMs = run.delivered.at(-1).at - endedAt;
  run.isWatched = false;
  await watch;
  await wait(2000);
  isOver = true;
  await Promise.all([load, asking]);
  await until(() => pairs.every(({ from }) => from.queue.length === 0), 60_000, 'everything is acknowledged');
  await wait(500);
  const outcome = await judge(pairs, machinery, run);
  outcome.fault = fault.name;
  outcome.seconds = fault.seconds;
  outcome.drops = connects() - before;
  outcome.recoveryMs = Math.round(recoveryMs);
  outcome.slowestAckMs = Math.round(
    Math.max(...devices.map(({ slowestAck, oldestAsk }) => Math.max(slowestAck, oldestAsk))),
  );
  outcome.slowestPingMs = Math.round(run.slowestPing);
  outcome.alarmAfterMs = run.alarmAfterMs && Math.round(run.alarmAfterMs);
  for (const device of devices) void device.stop();
  await machinery.stop();
  return outcome;
}

function pair(i, machinery, run) {
  const one = { accepted: new Set(), bounced: new Set(), next: 0, got: [] };
  const common = { port: machinery.port, domain: 'localhost', password: 'secret' };
  one.from = new Device({
    ...common,
    user: `u${i}`,
    resource: 'desk',
    reads: false,
    told: {
      accepted: (ids) => {
        for (const id of ids) if (!one.bounced.has(id)) one.accepted.add(id);
      },
      bounced: (id) => {
        one.bounced.add(id);
        one.accepted.delete(id);
        run.refused++;
      },
    },
  });
  // Asked for by the clock below, so that every <r/> is timed.
  one.from.asksItself = false;
  one.to = new Device({
    ...common,
    user: `u${i + PAIRS}`,
    resource: 'phone',
    reads: true,
    told: {
      accepted: () => undefined,
      bounced: () => undefined,
      message: (element) => {
        one.got.push(element.attrs.id);
        run.delivered.push({ at: performance.now() });
      },
    },
  });
  one.send = () => {
    const id = `m${i}-${one.next++}`;
    one.from.send(id, `<message to='u${i + PAIRS}@localhost' type='chat' id='${id}'><body>${id}</body></message>`);
  };
  return one;
}

async function sendAll(pairs, isOver) {
  const gapMs = (1000 * PAIRS) / RATE;
  await Promise.all(
    pairs.map(async (one, i) => {
      await wait((gapMs * i) / PAIRS);
      while (!isOver()) {
        one.send();
        await wait(gapMs);
      }
    }),
  );
}

async function askAll(devices, run, isOver) {
  await Promise.all(
    devices.map(async (device) => {
      while (!isOver()) {
        device.ask();
        run.slowestPing = Math.max(run.slowestPing, await device.ping());
        await wait(500);
      }
    }),
  );
  for (const device of devices) device.ask();
}

/** How long until `interoffice status` says that something does not work. */
async function watchAlarm(machinery, run, began) {
  run.isWatched = true;
  while (run.isWatched && run.alarmAfterMs === undefined) {
    const { parts } = await status(path.join(machinery.folder, 'interoffice/control.sock'));
    if (parts.some(({ state }) => state === 'failing')) run.alarmAfterMs = performance.now() - began;
    else await wait(300);
  }
}

async function status(socketPath) {
  const response = await new Promise((resolve, reject) => {
    request({ socketPath, method: 'POST', path: '/status' }, resolve).on('error', reject).end('{}');
  });
  let text = '';
  for await (const chunk of response) text += chunk;
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return lines.at(-1).result;
}

async function judge(pairs, machinery, run) {
  const rows = await machinery.query(
    'SELECT stanza_id AS id, count(*)::int AS n FROM journal WHERE verdict = 0 GROUP BY 1',
  );
  const recorded = new Map(rows.map(({ id, n }) => [id, n]));
  const outcome = { sent: 0, accepted: 0, refused: run.refused, lost: 0, double: 0, unrecorded: 0, undelivered: 0 };
  for (const { accepted, next, got } of pairs) {
    outcome.sent += next;
    outcome.accepted += accepted.size;
    for (const id of accepted) if (!recorded.has(id)) outcome.lost++;
    for (const id of accepted) if (!got.includes(id)) outcome.undelivered++;
    for (const id of got) if (!recorded.has(id)) outcome.unrecorded++;
    outcome.double += got.length - new Set(got).size;
  }
  for (const n of recorded.values()) if (n > 1) outcome.double++;
  return outcome;
}

function refuseRows(machinery) {
  return machinery.query(`CREATE FUNCTION refuse_rows() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'this statement fails' USING ERRCODE = '57014'; END $$;
    CREATE TRIGGER refuse_rows BEFORE INSERT ON journal FOR EACH STATEMENT EXECUTE FUNCTION refuse_rows()`);
}

function takeRows(machinery) {
  return machinery.query('DROP TRIGGER refuse_rows ON journal; DROP FUNCTION refuse_rows()');
}

/** A file system of its own, small enough to be filled. */
function smallDisk() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'interoffice-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=0777', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  return {
    folder,
    free: () => {
      execFileSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function fillDisk({ disk }) {
  const room = Number(execFileSync('df', ['--output=avail', '-B1', disk.folder], { encoding: 'utf8' }).split('\n')[1]);
  writeFileSync(path.join(disk.folder, 'filler'), Buffer.alloc(room));
}

function freeDisk({ disk }) {
  rmSync(path.join(disk.folder, 'filler'));
}

function report() {
  const bad = [];
  const lines = results.map((r) => {
    if (r.skipped) return `| ${r.fault} | ${r.skipped} |`;
    const within = (name, value, limit) => value <= limit || bad.push(`${r.fault}: ${name} ${value}, at most ${limit}`);
    for (const name of ['lost', 'double', 'unrecorded', 'undelivered', 'drops']) within(name, r[name], 0);
    within('slowest answer to <r/> in ms', r.slowestAckMs, LIMITS.ackMs);
    within('slowest answer to a ping in ms', r.slowestPingMs, LIMITS.pingMs);
    within('ms until messages are delivered again', r.recoveryMs, LIMITS.recoveryMs);
    if (r.seconds >= 5) within('ms until the status says so', r.alarmAfterMs ?? Infinity, LIMITS.alarmMs);
    const told = r.alarmAfterMs === undefined ? '–' : r.alarmAfterMs;
    return `| ${r.fault} | ${r.seconds} | ${r.sent} | ${r.accepted} | ${r.refused} | ${r.drops} | ${r.slowestAckMs} | ${r.slowestPingMs} | ${told} | ${r.recoveryMs} | ${r.lost} | ${r.double} | ${r.unrecorded} | ${r.undelivered} |`;
  });
  const table = [
    '| PostgreSQL | s | sent | accepted | error of type wait | disconnects | slowest `<a/>` ms | slowest ping ms | status after ms | delivered again after ms | lost | double | unrecorded | undelivered |',
    `|---|${'---:|'.repeat(13)}`,
    ...lines,
  ].join('\n');
  process.stdout.write(`${table}\n${bad.join('\n')}${bad.length > 0 ? '\nFAILED\n' : 'all within their limits\n'}`);
  if (!isSmall && !chosen) {
    const text = `# While the database is away\n\n\`npm run campaign -- hold\`: ${provenance()}.\n\n${PAIRS} senders, ${RATE} messages/s in all, each device asks \`<r/>\` and a ping every half second. After \`hold-for\` (30 s), or 256 messages of one stream, further messages come back with an error of type wait; what was accepted is recorded once and delivered once.\n\n${table}\n`;
    writeFileSync(path.join(root, 'docs/evidence/hold.md'), text);
  }
  process.exitCode = bad.length === 0 ? 0 : 1;
  setTimeout(() => process.exit(), 1000).unref();
}

async function until(holds, withinMs, what) {
  const deadline = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`In ${withinMs / 1000} s it did not come about that ${what}.`);
    await wait(20);
  }
}
