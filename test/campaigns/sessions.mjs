// 1,000 to 18,000 sessions on one core, a storm of presence, a start with 100,000 accounts: memory and log-ins stay on their lines.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Crowd } from './crowd.mjs';
import { family, Machinery, progress, provenance, root } from './machinery.mjs';
import { plot } from './plot.mjs';

if (process.argv.includes('--help')) {
  process.stdout.write('usage: npm run campaign -- sessions [--small]\n');
  process.exit(0);
}
const isSmall = process.argv.includes('--small');
const size = isSmall
  ? { steps: 3, perStep: 300, storm: 200, roster: 20, chatters: 40, rate: 200, accounts: 10_000 }
  : { steps: 18, perStep: 1000, storm: 2000, roster: 50, chatters: 200, rate: 1000, accounts: 100_000 };
const LIMITS = { plainKiB: 14, stormS: 10, chatP99Ms: 500 };
const SETTLE_MS = 2000;
const STARTS = 5;
const CORE = '0';
const LOGIN = { domain: 'localhost', password: 'secret' };
const say = progress(3000);
const note = (what, figures) => process.stdout.write(`${JSON.stringify({ what, ...figures })}\n`);

const growth = await sessions();
const storm = await presenceStorm();
const starts = [await startWith(size.perStep), await startWith(size.accounts)];
report();

/**
 * Idle sessions in steps: what each costs in memory, and its log-in in processor time. A few hundred sessions are lost in
 * what the process keeps free: at small size, what is alive is measured, after a collection that would flatter the RSS.
 */
async function sessions() {
  const machinery = new Machinery({ users: size.steps * size.perStep });
  await machinery.start();
  pin(machinery);
  const crowd = new Crowd();
  const steps = [];
  try {
    await wait(SETTLE_MS);
    const before = rssKiB(machinery.serverPid);
    for (let i = 0; i < size.steps; i++) {
      say(`${i * size.perStep} sessions`);
      const cpu = machinery.cpuSeconds();
      const perS = await crowd.login({
        ...LOGIN,
        port: machinery.port,
        first: i * size.perStep,
        users: size.perStep,
      });
      const after = machinery.cpuSeconds();
      await wait(SETTLE_MS);
      const total = (i + 1) * size.perStep;
      const rss = rssKiB(machinery.serverPid);
      steps.push({
        sessions: total,
        perS,
        serverMs: perLogin(after.server - cpu.server),
        postgresMs: perLogin(after.postgres - cpu.postgres),
        rssMiB: Math.round(rss / 1024),
        perSessionKiB: round((rss - before) / total),
        ...(isSmall ? { liveKiB: await machinery.live() } : {}),
      });
      note('sessions', steps.at(-1));
    }
  } finally {
    await crowd.leave();
    await machinery.stop();
  }
  return steps;
}

/** Everybody logs in at once, each with a roster of people who log in at the same time; others chat meanwhile. */
async function presenceStorm() {
  const machinery = new Machinery({ users: size.storm + size.chatters });
  await machinery.start();
  pin(machinery);
  const [crowd, others] = [new Crowd(), new Crowd()];
  try {
    await befriend(machinery);
    const { port } = machinery;
    await others.login({ ...LOGIN, port, first: size.storm, users: size.chatters });
    await wait(SETTLE_MS);
    say(`a storm of ${size.storm} people`);
    const cpu = machinery.cpuSeconds();
    const chatting = others.chat({ seconds: 120, rate: size.rate, run: 'storm' });
    // One's own, and everybody in one's roster once.
    const presences = size.storm * (1 + size.roster);
    const done = crowd.presences(presences);
    const [perS, seconds] = await Promise.all([crowd.login({ ...LOGIN, port, users: size.storm }), done]);
    const after = machinery.cpuSeconds();
    others.endChat();
    const { p50, p99, p999, sent, lost } = await chatting;
    const cpuS = round(after.server + after.postgres - cpu.server - cpu.postgres);
    const figures = {
      people: size.storm,
      roster: size.roster,
      presences,
      seconds,
      perS,
      cpuS,
      sent,
      lost,
      p50,
      p99,
      p999,
    };
    note('storm', figures);
    return figures;
  } finally {
    await Promise.all([crowd.leave(), others.leave()]);
    await machinery.stop();
  }
}

/** Person i knows the next and the last ones in a ring, mutually. */
async function befriend(machinery) {
  const half = size.roster / 2;
  await machinery.query(`
    INSERT INTO contacts (account_id, jid, subscription, version)
      SELECT a.id, 'u' || (n + step + ${size.storm}) % ${size.storm} || '@localhost', 'both', 1
        FROM generate_series(0, ${size.storm - 1}) n
        JOIN accounts a ON a.jid = 'u' || n || '@localhost'
       CROSS JOIN generate_series(-${half}, ${half}) step WHERE step <> 0`);
  await machinery.query('ANALYZE contacts');
}

/** What the server holds once it is ready, with nobody there. */
async function startWith(accounts) {
  say(`a start with ${accounts} accounts`);
  const machinery = new Machinery({ users: accounts });
  await machinery.start();
  try {
    // The first start has made the accounts in the same process: the later ones only find them.
    const found = [];
    for (let i = 0; i < STARTS; i++) found.push(await again(machinery));
    const least = (of) => Math.min(...found.map(of));
    const figures = { accounts, seconds: least(({ seconds }) => seconds), rssMiB: least(({ rssMiB }) => rssMiB) };
    note('start', figures);
    return figures;
  } finally {
    await machinery.stop();
  }
}

async function again(machinery) {
  await machinery.stopServer();
  const began = performance.now();
  await machinery.startServer();
  const seconds = round((performance.now() - began) / 1000);
  await wait(SETTLE_MS);
  return { seconds, rssMiB: Math.round(rssKiB(machinery.serverPid) / 1024) };
}

/** Server and PostgreSQL share one core; the people are on the others. */
function pin({ serverPid, postgresPid }) {
  execFileSync(path.join(root, 'test/load/pin.sh'), [CORE, serverPid, ...family(postgresPid)].map(String));
}

function rssKiB(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]);
}

function perLogin(seconds) {
  return Number(((seconds * 1000) / size.perStep).toFixed(3));
}

function round(value) {
  return Math.round(value * 10) / 10;
}

function livePerSession() {
  const [first, last] = [growth[0], growth.at(-1)];
  return round((last.liveKiB - first.liveKiB) / (last.sessions - first.sessions));
}

function report() {
  const perSession = isSmall ? livePerSession() : growth.at(-1).perSessionKiB;
  const checks = [
    [perSession <= LIMITS.plainKiB, `${perSession} KiB per session (at most ${LIMITS.plainKiB})`],
    [storm.seconds <= LIMITS.stormS, `storm done in ${storm.seconds} s (at most ${LIMITS.stormS})`],
    [storm.p99 <= LIMITS.chatP99Ms, `chat p99 meanwhile ${storm.p99} ms (at most ${LIMITS.chatP99Ms})`],
    [storm.lost === 0, `${storm.lost} of ${storm.sent} messages lost`],
  ];
  for (const [holds, what] of checks) process.stdout.write(`${holds ? 'holds' : 'FAILS'}: ${what}\n`);
  if (checks.some(([holds]) => !holds)) process.exitCode = 1;
  if (isSmall) return;
  // Made before anything is written: what it says of the checkout is said of the one that ran.
  const text = page(checks);
  writeFileSync(path.join(root, 'docs/evidence/sessions.svg'), drawing());
  writeFileSync(path.join(root, 'docs/evidence/sessions.md'), text);
}

function drawing() {
  const line = (name, of) => ({ name, points: growth.map((step) => [step.sessions, of(step)]) });
  return plot({
    title: 'What a session costs while there are more and more',
    x: 'sessions',
    y: 'KiB per session; log-ins per 10 ms of CPU',
    lines: [
      line('memory per session, KiB', ({ perSessionKiB }) => perSessionKiB),
      line('log-ins per 10 ms of CPU', ({ serverMs, postgresMs }) => 10 / (serverMs + postgresMs)),
    ],
    limit: { y: LIMITS.plainKiB, name: `${LIMITS.plainKiB} KiB` },
  });
}

function page(checks) {
  const rows = growth.map(
    ({ sessions: count, perS, serverMs, postgresMs, rssMiB, perSessionKiB }) =>
      `| ${count} | ${perSessionKiB} | ${rssMiB} | ${serverMs} | ${postgresMs} | ${perS} |`,
  );
  const { people, roster, presences, seconds, perS, cpuS, sent, p50, p99, p999 } = storm;
  return `# Sessions: memory, log-ins, a storm of presence

\`npm run campaign -- sessions\` at ${provenance()}. Server and PostgreSQL on one core, archive on; clients over plain TCP with SCRAM-SHA-1, in processes of their own on the other core. Memory is the growth of the server's RSS over the sessions.

${checks.map(([holds, what]) => `- ${holds ? 'holds' : '**fails**'}: ${what}`).join('\n')}

![Memory and log-ins over the number of sessions](sessions.svg)

| sessions | KiB per session | RSS, MiB | CPU per log-in, server, ms | PostgreSQL, ms | log-ins/s seen by the clients |
|---|---|---|---|---|---|
${rows.join('\n')}

## Storm
${people} people, each with ${roster} contacts who log in at the same time: ${presences} presence stanzas, all delivered ${seconds} s after the first connection (${perS} log-ins/s, ${cpuS} s of CPU). Others sent ${sent} archived messages meanwhile, at ${size.rate} per second: p50 ${p50} ms, p99 ${p99} ms, p99.9 ${p999} ms.

## Start
Accounts are read when somebody needs them, not at the start. The least of ${STARTS} starts each, the rehearsal of log-ins (decision 0030) included.

| accounts in the database | ready after, s | RSS, MiB |
|---|---|---|
${starts.map(({ accounts, seconds: s, rssMiB }) => `| ${accounts} | ${s} | ${rssMiB} |`).join('\n')}
`;
}
