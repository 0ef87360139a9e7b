// Two offices over their gateways beside two Prosodys: CPU, rate and delay of a message, what a line that breaks costs; rooms of both and renewals.
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inLab, labFolder, missing, NameServer } from './federation-lab.mjs';
import { Line, Talk } from './federation-line.mjs';
import { measure } from './federation-load.mjs';
import { Office } from './federation-office.mjs';
import { Prosody } from './federation-prosody.mjs';
import { renewUnderStreams } from './federation-renewal.mjs';
import { checksOf, report } from './federation-report.mjs';
import { tests } from './federation-tests.mjs';
import { progress, root } from './machinery.mjs';

const { ensureAuthority } = await import(path.join(root, 'libs/pki/dist/index.js'));
const { systemClock } = await import(path.join(root, 'libs/telemetry/dist/index.js'));

const USAGE = `usage: npm run campaign -- federation [--small] [--only load|line|renewal|tests] [--profile FOLDER]

Examples:
  npm run campaign -- federation --only line          a part alone; writes no page
  npm run campaign -- federation --only load --profile /tmp/profiles
                                                      servers and gateways leave V8's CPU profiles there (test/load/flame.mjs)
`;
const isSmall = process.argv.includes('--small');
const [only, profiles] = ['--only', '--profile'].map((name) =>
  process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined,
);
const size = isSmall
  ? {
      senders: 20,
      renewal: { streams: 20, renewals: 3 },
      load: { window: 10, rate: 200, warmS: 1, closedS: 2, openS: 2 },
      line: { talkers: 2, everyMs: 200, leadMs: 2000, cutMs: 20_000, tailMs: 3000, quietMs: 30_000, peerQuietMs: 6000 },
      mostMs: 4 * 60_000,
    }
  : {
      senders: 50,
      renewal: { streams: 200, renewals: 100 },
      load: { window: 10, rate: 1000, warmS: 5, closedS: 20, openS: 20 },
      line: {
        talkers: 4,
        everyMs: 200,
        leadMs: 20_000,
        cutMs: 600_000,
        tailMs: 20_000,
        quietMs: 120_000,
        peerQuietMs: 60_000,
      },
      mostMs: 60 * 60_000,
    };
const has = (part) => only === undefined || only === part;
const PASSWORD = 'secret';
const USERS = size.senders * 2 + size.line.talkers * 2;
const LINE_BEHIND = 500;

if (process.argv.includes('--help')) process.stdout.write(USAGE);
else if (labFolder === undefined) await outside();
else await inside();

async function outside() {
  const lacks = missing();
  if (lacks.length === 0) {
    process.exitCode = await inLab(fileURLToPath(import.meta.url), size);
    return;
  }
  process.stderr.write(`federation: ${isSmall ? 'left out' : 'not possible'}: it needs ${lacks.join(', and ')}\n`);
  process.exitCode = isSmall ? 0 : 1;
}

async function inside() {
  const since = Date.now();
  const say = progress();
  const lab = await prepare();
  const found = {};
  try {
    if (has('load')) found.prosody = await loadOfProsody(lab, say);
    if (only !== 'tests') {
      await lab.dns.serve(zonesOf(lab.offices));
      await Promise.all(lab.offices.map((office) => office.start()));
    }
    if (has('load')) found.ours = await loadOfOurs(lab, say);
    if (has('renewal'))
      found.renewal = await renewUnderStreams({
        ...size.renewal,
        office: lab.offices[0],
        authority: lab.authority,
        say,
      });
    if (has('line')) found.line = await brokenLine(lab, say);
  } finally {
    await Promise.all([...lab.offices, ...lab.prosodys].map((one) => one.stop()));
    await lab.dns.stop();
  }
  // At small size they are among the tests of every day.
  if (!isSmall && has('tests')) found.tests = await tests(say);
  if (process.stderr.isTTY) process.stderr.write('\n');
  const checks = checksOf(found, size);
  report({ found, checks, size, since, isKept: !isSmall && only === undefined });
  const decisive = isSmall ? checks.filter(({ isOfLoss }) => isOfLoss) : checks;
  process.exitCode = decisive.every(({ holds }) => holds) ? 0 : 1;
}

/** Certificates and settings of all; nothing runs yet. */
async function prepare() {
  const authority = await ensureAuthority(path.join(labFolder, 'pki'), systemClock);
  const dns = new NameServer(labFolder);
  const prosodys = [];
  const wish = async (domain, base) => ({
    domain,
    base,
    authority,
    pair: await authority.issue({ names: [domain, `gate.${domain}`], nowMs: Date.now(), days: 2 }),
    folder: labFolder,
    users: USERS,
    password: PASSWORD,
  });
  const office = async (domain, base, peer) => new Office({ ...(await wish(domain, base)), peer, profiles });
  return {
    dns,
    authority,
    prosodys,
    prosody: async (domain, base, acks) => {
      const one = new Prosody({ ...(await wish(domain, base)), acks });
      prosodys.push(one);
      return one;
    },
    offices: [
      await office('berlin.example', 11_000, 'tokyo.example'),
      await office('tokyo.example', 12_000, 'berlin.example'),
    ],
  };
}

async function loadOfProsody({ dns, prosody }, say) {
  const pair = [await prosody('paris.example', 13_000), await prosody('rome.example', 14_000)];
  await dns.serve(zonesOf(pair));
  await Promise.all(pair.map((one) => one.start()));
  const pids = () => ({ servers: pair.map(({ pid }) => pid) });
  try {
    return await load('Prosody', pair, { pids, say });
  } finally {
    await Promise.all(pair.map((one) => one.stop()));
  }
}

async function loadOfOurs({ offices }, say) {
  const pids = () => ({
    servers: offices.map(({ serverPid }) => serverPid),
    gateways: offices.map(({ gatewayPid }) => gatewayPid),
    databases: offices.map(({ databasePid }) => databasePid),
  });
  return load('ours', offices, { pids, say });
}

async function load(name, pair, { pids, say }) {
  const servers = serversOf(pair);
  try {
    const { senders } = size;
    const figures = await measure({ servers, senders, password: PASSWORD, size: size.load, pids, say, name });
    for (const [what, one] of Object.entries(figures)) {
      note({ what: `${name}, ${what}`, ...one });
      if (one.lost > 0) complain(pair);
    }
    return figures;
  } catch (error) {
    process.stderr.write(`\n${name}: ${error.stack}\n`);
    complain(pair);
    return { fault: error.message };
  }
}

/** The same cut for all at the same time, as nothing of it is measured by the clock. */
async function brokenLine({ dns, offices, prosody }, say) {
  const plain = [await prosody('oslo.example', 15_000), await prosody('lima.example', 16_000)];
  const acks = [await prosody('cairo.example', 17_000, true), await prosody('quito.example', 18_000, true)];
  await dns.serve(zonesOf([...offices, ...plain, ...acks], lineAt));
  await Promise.all([...plain, ...acks].map((one) => one.start()));
  const parties = [
    { name: 'ours', pair: offices, kill: () => offices[0].killServer() },
    { name: 'Prosody', pair: plain, kill: () => plain[0].kill() },
    { name: 'Prosody, XEP-0198 between servers', pair: acks, kill: () => acks[0].kill() },
  ];
  const lines = await openLines(parties.flatMap(({ pair }) => pair));
  // They ask DNS anew where the others are.
  await Promise.all(offices.map((office) => office.killGateway()));
  const { talkers, everyMs, quietMs, peerQuietMs } = size.line;
  const all = { first: size.senders * 2, pairs: talkers, password: PASSWORD, everyMs };
  for (const party of parties) party.talk = new Talk({ ...all, servers: serversOf(party.pair) });
  try {
    await Promise.all(parties.map(({ talk }) => talk.begin()));
    await breakLines({ lines, parties, offices, say });
    await Promise.all(parties.map(({ talk, pair }) => talk.settle(pair === offices ? quietMs : peerQuietMs)));
    const outcomes = parties.map(outcomeOf);
    return { parties: outcomes, recorded: await recordedAmiss(offices, outcomes[0].ways) };
  } catch (error) {
    complain(offices);
    throw error;
  } finally {
    await Promise.all(parties.map(({ talk }) => talk.leave()));
    for (const line of lines) line.close();
  }
}

async function openLines(servers) {
  const lines = servers.map(() => new Line());
  await Promise.all(servers.map((server, i) => lines[i].open(lineAt(server), server.ports.s2s)));
  return lines;
}

function outcomeOf({ name, talk }) {
  const { caughtUpAfterS, faults } = talk;
  const ways = talk.outcome();
  for (const { lost, double, disordered, ...way } of ways) {
    const counts = { lost: lost.length, double: double.length, disordered: disordered.length };
    note({ what: name, caughtUpAfterS, ...way, ...counts });
  }
  return { name, caughtUpAfterS, ways, faults };
}

async function breakLines({ lines, parties, offices, say }) {
  const { leadMs, cutMs, tailMs } = size.line;
  const heard = () => `${parties[0].talk.said} messages of ours said`;
  await pass(leadMs, () => say(`talking; ${heard()}`));
  for (const line of lines) line.die();
  const began = performance.now();
  const until = (part) => pass(began + cutMs * part - performance.now(), () => say(`the lines are dead; ${heard()}`));
  await until(1 / 3);
  say('both gateways are killed');
  await Promise.all(offices.map((office) => office.killGateway()));
  await until(2 / 3);
  // The lines are back when it is time for them, whether the servers are or not.
  const back = Promise.all(parties.map(({ kill }) => kill()));
  back.catch(() => undefined);
  await until(1);
  for (const line of lines) line.revive();
  for (const { talk } of parties) talk.revived();
  await back;
  await pass(tailMs, () => say(`the lines are back; ${heard()}`));
  await Promise.all(parties.map(({ talk }) => talk.end()));
}

async function pass(ms, each) {
  const end = performance.now() + ms;
  for (let left = ms; left > 0; left = end - performance.now()) {
    each();
    await wait(Math.min(left, 1000));
  }
}

/** In the journals of both offices each message stands once, and those of one author in order: what is otherwise. */
async function recordedAmiss(offices, ways) {
  const amiss = [];
  for (const [i, { said }] of ways.entries()) {
    for (const office of offices) {
      const rows = await office.query(
        `SELECT stanza_id AS id FROM journal WHERE verdict = 0 AND stanza_id LIKE $1 ORDER BY journal.id`,
        [`${offices[i].domain} %`],
      );
      const where = `${ways[i].name}, journal of ${office.domain}`;
      if (rows.length !== said) amiss.push(`${where}: ${rows.length} rows for ${said} messages`);
      const last = new Map();
      for (const { id } of rows) {
        const [, author, number] = id.split(' ').map(Number);
        if (number !== (last.get(author) ?? -1) + 1) amiss.push(`${where}: ${id} behind ${last.get(author)}`);
        last.set(author, number);
      }
    }
  }
  return amiss;
}

/** What they said last. */
function complain(servers) {
  process.stderr.write(`\n${servers.map(({ domain, said }) => `${domain}:\n${said}`).join('\n')}\n`);
}

function serversOf(pair) {
  return pair.map(({ domain, ports }) => ({ domain, port: ports.c2s }));
}

/** `at`: where each is called. */
function zonesOf(servers, at = ({ ports }) => ports.s2s) {
  return servers.map((server) => ({ domain: server.domain, port: at(server) }));
}

/** Where a server is called while its line can die. */
function lineAt({ ports }) {
  return ports.s2s + LINE_BEHIND;
}

function note(figures) {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
