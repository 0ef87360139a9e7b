// For campaigns: what a message from one server to another costs: rate, processor time and delay, ours and Prosody's.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Correspondence } from './federation-people.mjs';
import { family, root } from './machinery.mjs';

const TICKS_PER_SECOND = 100;
const CORES = os.cpus().length;
/** What a server does soon after a message, marks and acknowledgements, is a cost of it. */
const AFTERWARDS_MS = 700;

/**
 * Two servers under the same load: people of each write to as many of the other, in a closed loop with ten in flight each,
 * then twice in an open one. All servers, gateways and databases share the first core, as in the peer bench, and the clients
 * have the last; but in `apart` each side has a core of its own. `pids`: gives lists of processes by name, one
 * for each side, of which all that comes from them counts; what is under `databases` comes from `servers` and counts there
 * no more. Gives { closed, open, apart }. Rejects for a message out of order.
 */
export async function measure({ servers, senders, password, size, pids, say, name }) {
  const people = new Correspondence();
  pin('0', pids());
  if (CORES > 1) pin(String(CORES - 1), { clients: [people.pid] });
  const all = { servers, senders, password };
  const during = { pids, clients: people.pid };
  try {
    say(`${name}: ${senders * 4} people log in`);
    await people.login(all);
    say(`${name}: warming up`);
    await people.chat({ seconds: size.warmS, window: size.window, run: 'warm' });
    say(`${name}: ${size.window} in flight for each of ${senders * 2}, ${size.closedS} s`);
    const closed = await metered(during, () =>
      people.chat({ seconds: size.closedS, window: size.window, run: 'closed' }),
    );
    const steady = (run) => metered(during, () => people.chat({ seconds: size.openS, rate: size.rate, run }));
    say(`${name}: ${size.rate} per second, ${size.openS} s`);
    const open = await steady('open');
    say(`${name}: ${size.rate} per second, each side on a core of its own, ${size.openS} s`);
    spread(pids(), people.pid);
    return { closed, open, apart: await steady('apart') };
  } finally {
    await people.leave();
  }
}

async function metered({ pids, clients }, work) {
  const workMs = fixedWork();
  const before = sample(pids(), clients);
  const result = await work();
  await wait(AFTERWARDS_MS);
  const after = sample(pids(), clients);
  const spent = (name) => after.cpu[name] - before.cpu[name];
  const names = Object.keys(after.cpu).filter((name) => name !== 'clients');
  const per1000 = Object.fromEntries(names.map((name) => [name, round((spent(name) / result.delivered) * 1000, 4)]));
  const total = names.reduce((sum, name) => sum + spent(name), 0);
  const seconds = after.at - before.at;
  return {
    ...result,
    seconds: round(seconds, 1),
    workMs,
    per1000,
    cpuPer1000: round((total / result.delivered) * 1000, 4),
    cpuShare: Math.round((total / seconds) * 100),
    clientsShare: Math.round((spent('clients') / seconds) * 100),
    foreignShare: Math.max(0, Math.round(((after.busy - before.busy - total - spent('clients')) / seconds) * 100)),
    // For profiles: by the clock that V8 puts into them.
    fromUs: before.us,
    toUs: after.us,
  };
}

/** How long the same work takes, on this host and at this moment: CPU seconds of two runs compare as these do. */
function fixedWork() {
  const begin = performance.now();
  for (let i = 0, x = 1; i < 3e7; i++) x = (x * 48_271) % 2_147_483_647;
  return Math.round(performance.now() - begin);
}

function sample(pids, clients) {
  const cpu = {};
  for (const [name, list] of Object.entries({ ...pids, clients: [clients] }))
    cpu[name] = list.reduce((sum, pid) => sum + cpuSecondsBelow(pid), 0);
  if (cpu.databases !== undefined) cpu.servers -= cpu.databases;
  return { cpu, at: performance.now() / 1000, us: Number(process.hrtime.bigint() / 1000n), busy: busySeconds() };
}

/** Of a process, all that come from it, and all that came from it and have ended. */
function cpuSecondsBelow(top) {
  let ticks = 0;
  for (const pid of family(top)) {
    const fields = statOf(pid);
    if (fields) ticks += [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0);
  }
  return ticks / TICKS_PER_SECOND;
}

function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    // Gone meanwhile.
    return undefined;
  }
}

/** Of the whole machine, whoever used them. */
function busySeconds() {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0];
  const [, user, nice, system, , , irq, softirq, steal] = line.trim().split(/\s+/).map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

/** One core for each side, as far as there are any; the clients take what is left of all. */
function spread(pids, clients) {
  for (const sides of Object.values(pids)) sides.forEach((top, i) => pin(String(i % CORES), { side: [top] }));
  pin(`0-${CORES - 1}`, { clients: [clients] });
}

function pin(core, pids) {
  for (const pid of Object.values(pids).flatMap((list) => list.flatMap((top) => family(top)))) {
    try {
      execFileSync(path.join(root, 'test/load/pin.sh'), [core, String(pid)], { stdio: 'ignore' });
    } catch {
      // Gone meanwhile, such as a worker of PostgreSQL's.
    }
  }
}

function round(value, digits) {
  return Number(value.toFixed(digits));
}
