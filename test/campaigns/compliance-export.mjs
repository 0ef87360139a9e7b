// For campaigns: exports of a large archive: complete whatever happens on the way, small in memory, and in nobody's way.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { chat, connect } from '../load/generator.mjs';
import { Conversations, readIntoSearch } from './fill.mjs';
import { family, Machinery, memoryOf, root } from './machinery.mjs';
import { MOMENT_LINKS, writeMoment } from './compliance-moment.mjs';
import { sealed } from './compliance-purge.mjs';

const door = (part) => import(path.join(root, part, 'dist/index.js'));
const { Database } = await door('libs/storage');
const { silentLog } = await door('libs/telemetry');
const { ask } = await import(path.join(root, 'apps/ctl/dist/control-client.js'));

const SIZES = {
  full: { messages: 1_000_000, inOneMoment: 10_000, users: 400, rate: 1_000, chatSeconds: 60 },
  small: { messages: 20_000, inOneMoment: 2_000, users: 40, rate: 200, chatSeconds: 6 },
};
/** At small size, on a busy machine, an export is over before its speed says anything. */
const LIMITS = {
  full: { perSecond: 5_000, rssMiB: 300, p99Ratio: 1.2 },
  small: { perSecond: 1_000, rssMiB: 300, p99Ratio: 5 },
};
const FROM_MS = Date.UTC(2026, 0, 1);
const MOMENT_MS = FROM_MS + 20 * 86_400_000;
const OFFICER = 'u0@localhost';
const GIGABYTE = 1_000_000_000;

/** The part of the campaign that is about exports; its lines with figures and limits. */
export async function exportPart({ small = false, log = () => undefined } = {}) {
  const size = small ? SIZES.small : SIZES.full;
  const limits = small ? LIMITS.small : LIMITS.full;
  const machinery = new Machinery({ users: size.users * 2 });
  try {
    await machinery.start();
    await fill(machinery, size, log);
    const office = new Office(machinery);
    const alone = await office.exportedAlone(log);
    const idleMiB = memoryOf([machinery.serverPid]);
    const before = await talk(machinery, size, { run: 1 });
    const begin = () => office.exported('while people chat', log);
    const during = await talk(machinery, size, { run: 2, begin });
    const busy = { ...(await during.begun), idleMiB };
    const after = await talk(machinery, size, { run: 3 });
    const killed = await office.killedAtHalf(log);
    return { name: 'export', lines: linesOf({ size, limits, alone, busy, before, during, after, killed }) };
  } finally {
    await machinery.stop();
  }
}

/** Pairs of people who chat for a while; logged in for this alone: they answer no pings, and are closed in the end. */
async function talk({ port }, { users, rate, chatSeconds: seconds }, { run, begin = async () => undefined }) {
  const { clients } = await connect({ first: users, users, port, domain: 'localhost', password: 'secret' });
  // Who has just come is given what waited, and what he has sent before is looked up at his first message.
  for (const client of clients) {
    client.write(`<message to='${client.user}@localhost' type='chat' id='hello'><body>Hello</body></message>`);
    await wait(5);
  }
  await wait(3_000);
  const begun = begin();
  const figures = await chat(clients, { seconds, rate, run });
  for (const { socket } of clients) socket.destroy();
  return { ...figures, begun };
}

function linesOf({ size, limits, alone, busy, before, during, after, killed }) {
  const total = size.messages + size.inOneMoment;
  const attachments = alone.manifest.exceptions.byKind['attachment-not-archived'] ?? 0;
  const perSecond = Math.round(alone.manifest.counts.messages / alone.seconds);
  const ratio = (during.p99 * 2) / (before.p99 + after.p99);
  const lost = before.lost + during.lost + after.lost;
  const line = (what, figure, limit, ok) => ({ what, figure, limit, ok });
  const isSame = killed.manifest.counts.messages === total && killed.records === alone.records;
  return [
    line(
      'messages exported of those recorded',
      `${alone.manifest.counts.messages} of ${total}`,
      'all',
      alone.manifest.counts.messages === total,
    ),
    line('of one millisecond', alone.inOneMoment, String(size.inOneMoment), alone.inOneMoment === size.inOneMoment),
    line('missing attachments listed', attachments, String(MOMENT_LINKS), attachments === MOMENT_LINKS),
    line('killed at half and resumed: the same records', isSame ? 'the same hash' : 'others', 'the same', isSame),
    line('JSONL, messages/s', perSecond, `>= ${limits.perSecond}`, perSecond >= limits.perSecond),
    line(
      'RSS of an export, with the process that starts it, MiB',
      alone.rssMiB,
      `<= ${limits.rssMiB}`,
      alone.rssMiB <= limits.rssMiB,
    ),
    line(
      'RSS of the server, MiB: with its export, while people chat / before',
      `${busy.rssMiB} / ${busy.idleMiB}`,
      'shown',
      true,
    ),
    line('seconds of the export beside them, which gives way', Math.round(busy.seconds), 'shown', true),
    line('lost while people chat', lost, '0', lost === 0),
    line(
      `chat p99 at ${size.rate}/s, ms: with an export / without (before and after)`,
      `${during.p99} / ${before.p99} and ${after.p99} = ${ratio.toFixed(2)}`,
      `<= ${limits.p99Ratio}`,
      ratio <= limits.p99Ratio,
    ),
  ];
}

/** Months of conversations and one crowded moment, written while no server runs; then one that seals them. */
async function fill(machinery, { messages, inOneMoment, users }, log) {
  await machinery.stopServer();
  const database = new Database({ connection: machinery.connection, log: silentLog });
  await database.query('owner', `UPDATE accounts SET role = 'officer', name = 'Olga' WHERE jid = $1`, [OFFICER]);
  const accounts = await database.query('owner', 'SELECT id, jid FROM accounts ORDER BY id');
  const writer = database.connectionOf('writer');
  const spread = (MOMENT_MS - 86_400_000 - FROM_MS) / messages;
  const months = new Conversations({ accounts: accounts.slice(0, users), fromMs: FROM_MS, stepMs: spread });
  await months.write(writer, { count: messages });
  await writeMoment(writer, { count: inOneMoment, atMs: MOMENT_MS, accounts });
  // A server that still reads them into its index is no measure of one that does not.
  await readIntoSearch(database);
  await database.query('owner', 'VACUUM ANALYZE');
  await database.query('owner', 'CHECKPOINT');
  await database.close();
  log(`export: ${messages + inOneMoment} messages written`);
  await machinery.startServer();
  await sealed(machinery, log);
}

/** An officer at the control socket of the server. */
class Office {
  constructor(machinery) {
    this.machinery = machinery;
    this.dataDir = path.join(machinery.folder, 'interoffice');
  }

  /** In a process of its own, while no server runs: as much memory as it takes, as fast as it goes. */
  async exportedAlone(log) {
    const { machinery, dataDir } = this;
    await machinery.stopServer();
    const who = { scope: '*', requestedBy: OFFICER, role: 'officer', reason: 'campaign', address: '::1' };
    const { filters, ...form } = this.#request();
    const request = { ...form, ...who, filter: { until: Date.parse(filters.until) } };
    const folder = path.join(machinery.folder, 'alone');
    const given = JSON.stringify({
      connection: machinery.connection,
      folder,
      seal: path.join(dataDir, 'seal'),
      request,
    });
    const program = path.join(import.meta.dirname, 'compliance-export-alone.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [program, given]);
    const made = JSON.parse(stdout);
    log(`export alone: ${made.messages} messages in ${made.seconds.toFixed(1)} s, ${made.rssMiB} MiB`);
    await machinery.startServer();
    return { ...made, ...this.#read(made) };
  }

  /** What was exported, how fast, and the most memory the server had meanwhile. */
  async exported(why, log) {
    const memory = watchMemory(this.machinery.serverPid);
    const began = performance.now();
    const made = await this.#ask('archive.export', this.#request()).finally(() => memory.stop());
    const seconds = (performance.now() - began) / 1_000;
    log(`export ${why}: ${made.messages} messages in ${seconds.toFixed(1)} s, ${memory.mostMiB} MiB`);
    return { ...this.#read(made), seconds, rssMiB: memory.mostMiB };
  }

  /** kill -9 when half of it is done. */
  async killedAtHalf(log) {
    const { promise, resolve } = Promise.withResolvers();
    const asked = this.#ask('archive.export', this.#request(), ({ done, total }) => done * 2 >= total && resolve());
    // It ends with the server.
    await Promise.race([promise, asked.catch(() => undefined)]);
    await Promise.all([this.machinery.killServer(), asked.catch(() => undefined)]);
    const [latest] = await this.#ask('archive.export.list', {});
    log(`export killed at half: ${latest.state} after the start`);
    return this.#read(await this.#ask('archive.export.take', { job: latest.id }));
  }

  #request() {
    const until = new Date(MOMENT_MS).toISOString();
    return { format: 'jsonl', splitBytes: GIGABYTE, filters: { until } };
  }

  #ask(operation, input, progress) {
    const who = { as: OFFICER, password: 'secret', reason: 'campaign' };
    return ask(this.dataDir, operation, { ...who, ...input }, progress);
  }

  #read({ folder }) {
    const manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
    const records = manifest.files.find((file) => file.path === 'records.jsonl').sha256;
    const conversations = readFileSync(path.join(folder, 'conversations.jsonl'), 'utf8').trim().split('\n');
    const moment = conversations
      .map((line) => JSON.parse(line))
      .find(({ conversation }) => conversation.includes('crowd'));
    return { manifest, records, inOneMoment: moment?.messages ?? 0 };
  }
}

/** The most memory that a process and those it has started have had since, in MiB, looked at twice a second. */
function watchMemory(pid) {
  const seen = { mostMiB: 0, stop: () => clearInterval(timer) };
  const timer = setInterval(() => (seen.mostMiB = Math.max(seen.mostMiB, memoryOf(family(pid)))), 500);
  return seen;
}
