// Archive: pages, catching up, archived chat and text search while the journal grows to 20 million messages (--small: 100,000).
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { chat, connect } from '../load/generator.mjs';
import { report } from './archive-report.mjs';
import { Device } from './device.mjs';
import { Conversations } from './fill.mjs';
import { Machinery, progress, root } from './machinery.mjs';
import { searches } from './searches.mjs';

const { Database } = await import(path.join(root, 'libs/storage/dist/index.js'));
const { SearchIndex } = await import(path.join(root, 'libs/archive/dist/index.js'));
const { Metrics, silentLog, systemClock } = await import(path.join(root, 'libs/telemetry/dist/index.js'));

const args = process.argv.slice(2);
if (args.includes('--help')) {
  process.stdout.write(`usage: npm run campaign -- archive [--small] [--keep FOLDER]
  --keep FOLDER   the database lies in FOLDER and stays there; a journal that an earlier run has left is measured as it is
`);
  process.exit(0);
}
const isSmall = args.includes('--small');
const dataDir = args.includes('--keep') ? path.resolve(args[args.indexOf('--keep') + 1]) : undefined;
const isThere = dataDir !== undefined && existsSync(path.join(dataDir, 'cluster'));
const STEPS = isSmall ? [0, 100_000] : [0, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 20_000_000];
const ACCOUNTS = isSmall ? 1_000 : 10_000;
const DAYS = 180;
const MISSED = 5_000;
/** A stream is kept for 4,096 stanzas; whoever missed more catches up. */
const HELD = 4_000;
/** What somebody missed is spread over this much of what was written last: about a week. */
const LATELY = isSmall ? 50_000 : 500_000;
const CHATTERS = 400;
const ASKERS = 200;
const CHAT_SECONDS = isSmall ? 3 : 8;
const LIMIT_MS = 20;
const SCENE = {
  accounts: ACCOUNTS,
  askers: ASKERS,
  chatters: CHATTERS,
  days: DAYS,
  held: HELD,
  limitMs: LIMIT_MS,
  missed: MISSED,
};
const MAM = 'urn:xmpp:mam:2';

const say = progress(5_000);
const machinery = new Machinery({ users: ACCOUNTS, dataDir });
const stepMs = Math.floor((DAYS * 86_400_000) / STEPS.at(-1));
const steps = [];
try {
  await machinery.start();
  await machinery.stopServer();
  const accounts = await machinery.query(`SELECT id, jid FROM accounts ORDER BY id`);
  const conversations = new Conversations({ accounts, fromMs: Date.now() - DAYS * 86_400_000, stepMs });
  for (const [i, rows] of (isThere ? [await rowsThere()] : STEPS).entries()) {
    const step = { rows };
    steps.push(step);
    if (!isThere && rows > 0) await grow(conversations, { step, count: rows - STEPS[i - 1] });
    await everybodyHasRead();
    await measure(accounts, step);
    process.stdout.write(`${JSON.stringify(step)}\n`);
    if (!isSmall) report(steps, SCENE);
  }
} finally {
  await machinery.stop();
}
// Promised for pages of 50, on a machine with nothing else to do; at small size what counts is that all of it came.
const slow = steps.flatMap(({ pages: found = {} }) =>
  Object.entries(found).filter(([name, { p95 }]) => !name.startsWith('250') && p95 > LIMIT_MS),
);
const isKept = slow.length === 0 && steps.every(({ catchUpMs = 0 }) => catchUpMs <= 2_000);
process.stdout.write(isKept ? 'All within their limits.\n' : `Over the limits: ${JSON.stringify(slow)}\n`);
process.exitCode = isKept || isSmall ? 0 : 1;
process.exit();

/** To the nearest hundred thousand: what was measured before has added some. */
async function rowsThere() {
  const [{ n }] = await machinery.query('SELECT count(*)::float8 AS n FROM journal');
  return Math.round(n / 100_000) * 100_000;
}

/** Who logs in to be measured has missed nothing: months of messages that come to him now are another measurement. */
function everybodyHasRead() {
  return machinery.query(`INSERT INTO marks (account_id, name, journal_id)
    SELECT id, 'delivered', (SELECT coalesce(max(id), 0) FROM journal) FROM accounts
    ON CONFLICT (account_id, name) DO UPDATE SET journal_id = excluded.journal_id`);
}

/** The rows, and the text index up to them; what was measured before is taken away: it lies in the present. */
async function grow(conversations, { step, count }) {
  await machinery.query(`DELETE FROM journal_content WHERE id > ${idAt(conversations.atMs)}`);
  await machinery.query(`DELETE FROM journal WHERE id > ${idAt(conversations.atMs)}`);
  await machinery.query(`DELETE FROM journal_search WHERE last_id > ${idAt(conversations.atMs)}`);
  await machinery.query(`DELETE FROM marks`);
  await machinery.query(
    `UPDATE settings_state SET value = jsonb_build_object('id', lpad(to_hex((SELECT coalesce(max(last_id), 0) FROM journal_search)), 16, '0')) WHERE name = 'archive.index'`,
  );
  const database = new Database({ connection: machinery.connection, log: silentLog });
  let began = performance.now();
  const perS = (n) => Math.round(n / ((performance.now() - began) / 1_000));
  const lately = Math.min(count, LATELY);
  const told = (n) => say(`${step.rows}: ${n} written, ${perS(n)}/s`);
  const writer = database.connectionOf('writer');
  if (count > lately) await conversations.write(writer, { count: count - lately, told });
  await conversations.write(writer, { count: lately, told, to: 0, every: lately / MISSED });
  step.writtenPerS = perS(count);
  const [{ upto }] = await database.query('owner', `SELECT lpad(to_hex(max(id)), 16, '0') AS upto FROM journal`);
  const index = new SearchIndex({ database, clock: systemClock, metrics: new Metrics(), upTo: () => upto });
  began = performance.now();
  await index.catchUp();
  step.indexedPerS = perS(count);
  await index.stop();
  await database.query('owner', 'VACUUM ANALYZE');
  await database.query('owner', 'CHECKPOINT');
  step.bytes = await sizes(database);
  await database.close();
}

async function sizes(database) {
  const text = `SELECT pg_total_relation_size('journal')::float8 AS journal, pg_total_relation_size('journal_search')::float8 AS search,
    (SELECT sum(pg_total_relation_size(relid))::float8 FROM pg_partition_tree('journal_content')) AS content`;
  const [row] = await database.query('owner', text);
  return row;
}

async function measure(accounts, step) {
  await machinery.startServer();
  if (step.rows > 0) {
    const middle = await middles(accounts.slice(0, ASKERS));
    await withPeople(ASKERS, async (clients) => {
      step.pages = await pages(clients, { accounts, middle });
      step.catchUpMs = await catchUp(clients[0]);
    });
  }
  await withPeople(CHATTERS, async (clients) => {
    step.chat = await talk(clients, `${step.rows}`);
    if (step.rows > 0) step.resumeMs = await resume(clients.slice(2, 42), `r${step.rows}`);
  });
  await machinery.stopServer();
  if (isThere || step.rows === STEPS.at(-1)) step.searches = await searches(machinery.connection);
}

/** Logged in for this work alone: they answer no pings, and whoever is silent for long is closed. */
async function withPeople(users, work) {
  const { clients } = await connect({ users, port: machinery.port, domain: 'localhost', password: 'secret' });
  clients.sort((a, b) => Number(a.user.slice(1)) - Number(b.user.slice(1)));
  await work(clients);
  for (const { socket } of clients) socket.destroy();
}

/** Milliseconds of a page of 50 of each shape, for each of the people once; asked for over their streams. */
async function pages(clients, { accounts, middle }) {
  const with_ = (nth) => (i) => field('with', accounts[Conversations.contactOf(i, nth, accounts.length)].jid);
  const month = (i) => field('start', new Date(middle[i].atMs).toISOString());
  const shapes = {
    'the latest': () => [set(50, '<before/>')],
    'the first': () => [set(50)],
    'behind a message': (i) => [set(50, `<after>${middle[i].id}</after>`)],
    'before a message': (i) => [set(50, `<before>${middle[i].id}</before>`)],
    'from a day on': (i) => [form(month(i)), set(50)],
    'with one contact': (i) => [form(with_(0)(i)), set(50, '<before/>')],
    'with a rare contact': (i) => [form(with_(39)(i)), set(50, '<before/>')],
    '250, the latest': () => [set(250, '<before/>')],
  };
  const found = {};
  for (const [name, query] of Object.entries(shapes)) {
    const times = [];
    for (const [i, client] of clients.entries()) {
      const began = performance.now();
      await ask(client, query(i).join(''));
      times.push(performance.now() - began);
    }
    times.sort((a, b) => a - b);
    const at = (q) => Number(times[Math.floor(times.length * q)].toFixed(1));
    found[name] = { p50: at(0.5), p95: at(0.95), max: Number(times.at(-1).toFixed(1)) };
  }
  return found;
}

/** The message in the middle of each one's archive, and when it was; by the owner's index, as the server reads. */
async function middles(accounts) {
  const rows = [];
  for (const { id } of accounts) {
    const text = `SELECT lpad(to_hex(id), 16, '0') AS id, extract(epoch FROM at)::float8 * 1000 AS "atMs" FROM journal
      WHERE (author_id, id) >= (${id}, (SELECT (min(id) + max(id)) / 2 FROM journal)) AND author_id <> 0
      AND receiver_id >= 0 ORDER BY author_id, id LIMIT 1`;
    const [row] = await machinery.query(text);
    rows.push(row);
  }
  return rows;
}

/** What the first account missed, in pages of 250 from the last message it knew. */
async function catchUp(client) {
  const [{ id }] = await machinery.query(
    `SELECT lpad(to_hex(id), 16, '0') AS id FROM (SELECT id FROM journal WHERE author_id = 1 AND author_id <> 0
     UNION ALL SELECT id FROM journal WHERE receiver_id = 1 AND author_id <> 1) own ORDER BY id DESC OFFSET ${MISSED} LIMIT 1`,
  );
  const began = performance.now();
  let after = id;
  let count = 0;
  for (let isComplete = false; !isComplete;) {
    const answer = await ask(client, set(250, `<after>${after}</after>`));
    count += answer.split('<result ').length - 1;
    after = /<last>(\w+)<\/last>/.exec(answer)?.[1];
    isComplete = /complete=.true/.test(answer);
  }
  const tookMs = Math.round(performance.now() - began);
  if (count !== MISSED) throw new Error(`${count} messages came instead of ${MISSED}`);
  return tookMs;
}

/** Archived chat, closed loop, one in flight, with seconds of processor per 1,000 messages. */
async function talk(clients, run) {
  await chat(clients, { seconds: 1, window: 1, run: `w${run}` });
  const before = machinery.cpuSeconds();
  const { delivered, perS, p50, p99 } = await chat(clients, { seconds: CHAT_SECONDS, window: 1, run });
  const after = machinery.cpuSeconds();
  const per = (name) => Number((((after[name] - before[name]) / delivered) * 1_000).toFixed(4));
  return { perS, p50, p99, serverCpu: per('server'), postgresCpu: per('postgres') };
}

/** From the resumption of a stream until all that was sent to it meanwhile has come. XEP-0198 */
async function resume(senders, run) {
  const got = new Set();
  const told = { accepted: () => undefined, bounced: () => undefined, message: (element) => got.add(element.attrs.id) };
  const where = { port: machinery.port, domain: 'localhost', user: 'u1', resource: 'away', password: 'secret' };
  const [{ lastId }] = await machinery.query(
    `SELECT lpad(to_hex(max(id)), 16, '0') AS "lastId" FROM journal WHERE receiver_id = 2 AND receiver_id <> 0`,
  );
  // What is there it has read: the archive is not what is measured here.
  const device = Object.assign(new Device({ ...where, reads: true, told }), { lastId });
  await until(() => device.isUp);
  const back = device.leave();
  const each = HELD / senders.length;
  for (let n = 0; n < each; n++) {
    for (const [i, { socket }] of senders.entries())
      socket.write(
        `<message to='u1@localhost/away' type='chat' id='${run}.${i}.${n}'><body>While you were away</body></message>`,
      );
    await wait(5);
  }
  await until(async () => (await recorded(run)) >= HELD);
  got.clear();
  const began = performance.now();
  back();
  await until(() => got.size === HELD);
  const tookMs = Math.round(performance.now() - began);
  if (device.counts.resumed !== 1)
    throw new Error(`The stream was not resumed: ${JSON.stringify([device.counts, device.why])}`);
  await device.stop();
  return tookMs;
}

/** Messages of a run, among the latest there are. */
async function recorded(run) {
  const [{ n }] = await machinery.query(
    `SELECT count(*)::int AS n FROM (SELECT stanza_id FROM journal ORDER BY id DESC LIMIT 20000) late WHERE stanza_id LIKE '${run}.%'`,
  );
  return n;
}

async function ask(client, query) {
  client.chatting = false;
  client.carry = '';
  const answer = await client.ask(`<iq type='set' id='p'><query xmlns='${MAM}'>${query}</query></iq>`, '</iq>');
  if (answer.includes('<error')) throw new Error(answer.slice(0, 500));
  client.carry = '';
  client.chatting = true;
  return answer;
}

function set(max, place = '') {
  return `<set xmlns='http://jabber.org/protocol/rsm'><max>${max}</max>${place}</set>`;
}

function form(...fields) {
  return `<x xmlns='jabber:x:data' type='submit'>${field('FORM_TYPE', MAM)}${fields.join('')}</x>`;
}

function field(name, value) {
  return `<field var='${name}'><value>${value}</value></field>`;
}

/** The lowest id of a millisecond, as PostgreSQL has it. */
function idAt(ms) {
  return (BigInt(Math.floor(ms) - Date.UTC(2024, 0, 1)) << 22n).toString();
}

async function until(holds) {
  const deadline = performance.now() + 120_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`It did not come about: ${holds}`);
    await wait(2);
  }
}
