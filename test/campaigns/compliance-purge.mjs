// For campaigns: a month of messages goes, but for what is held, while people chat: disk, delay, certificate, what is held.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { chat, connect } from '../load/generator.mjs';
import { Conversations, readIntoSearch } from './fill.mjs';
import { Machinery, root } from './machinery.mjs';

const { Database } = await import(path.join(root, 'libs/storage/dist/index.js'));
const { checkDisposals, parseVerifierKey } = await import(path.join(root, 'libs/archive/dist/index.js'));
const { silentLog } = await import(path.join(root, 'libs/telemetry/dist/index.js'));

const CTL = path.join(root, 'apps/ctl/dist/main.js');
const CHATTERS = 100;
const HELD_SHARE = 0.01;
const DAYS = 30;
const DAY_MS = 86_400_000;
const P95_RATIO = 1.2;
const SIZES = {
  full: { rows: 5_000_000, rate: 1_000, accounts: 10_000, seconds: 60, limit: P95_RATIO },
  small: { rows: 50_000, rate: 100, accounts: 1_000, seconds: 10 },
};

/**
 * `small`: 50,000 messages beside 100 a second instead of 5,000,000 beside 1,000; `of`: another size in parts; `folder`: where
 * `fillForPurge` has put the messages already. Gives what was measured, and its limits.
 */
export async function purgePart({ small, log, of = {}, folder }) {
  const size = { ...(small ? SIZES.small : SIZES.full), ...of };
  const machinery = new Machinery({ users: size.accounts, folder });
  try {
    await machinery.start();
    await machinery.stopServer();
    const month = endedMonth();
    if (!folder) await fill(machinery, { size, month, log });
    const held = await freeze(machinery);
    await rule(machinery);
    await machinery.startServer();
    await sealed(machinery, log);
    const seen = await purge(machinery, { size, month, log });
    return { name: 'purge', lines: await judge(machinery, { size, month, held, seen, log }) };
  } finally {
    await machinery.stop();
  }
}

/** The archive that a purge at full size begins with, in a folder: what takes longest, and need not be alone. */
export async function fillForPurge({ log, of = {}, folder }) {
  const size = { ...SIZES.full, ...of };
  const machinery = new Machinery({ users: size.accounts, folder });
  try {
    await machinery.start();
    await machinery.stopServer();
    await fill(machinery, { size, month: endedMonth(), log });
    await machinery.startServer();
    await sealed(machinery, log);
  } finally {
    await machinery.stop();
  }
}

/** The month before the last two: its end is further away than the rule's days. */
function endedMonth() {
  const now = new Date();
  const beginsMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 3, 1);
  const name = new Date(beginsMs).toISOString().slice(0, 7);
  return { beginsMs, name, table: `journal_content_0_${name.replace('-', '')}` };
}

/** Messages of the whole month, found by text, read by everybody. */
async function fill(machinery, { size, month, log }) {
  const database = new Database({ connection: machinery.connection, log: silentLog });
  const accounts = await database.query('owner', 'SELECT id, jid FROM accounts ORDER BY id');
  const stepMs = (27 * DAY_MS) / size.rows;
  const conversations = new Conversations({ accounts, fromMs: month.beginsMs, stepMs });
  const told = (n) => log(`${n} of ${size.rows} messages written`);
  await conversations.write(database.connectionOf('writer'), { count: size.rows, told });
  log('the text index is made');
  await readIntoSearch(database);
  await database.query(
    'owner',
    `INSERT INTO marks (account_id, name, journal_id)
      SELECT id, 'delivered', (SELECT max(id) FROM journal) FROM accounts
      ON CONFLICT (account_id, name) DO UPDATE SET journal_id = excluded.journal_id`,
  );
  await database.query('owner', 'VACUUM ANALYZE');
  await database.query('owner', 'CHECKPOINT');
  await database.close();
}

/** A hold on so many people that it covers a hundredth of what was said; what it covers, and a digest of that. */
async function freeze(machinery) {
  const people = await machinery.query(`WITH said AS (
      SELECT id, sum(n) AS n FROM (
        SELECT author_id AS id, count(*) AS n FROM journal GROUP BY 1 UNION ALL
        SELECT receiver_id, count(*) FROM journal GROUP BY 1) each GROUP BY id),
    counted AS (SELECT id, sum(n) OVER (ORDER BY md5(id::text)) AS upto FROM said)
    SELECT a.jid FROM counted c JOIN accounts a ON a.id = c.id
     WHERE c.upto <= greatest((SELECT count(*) FROM journal) * ${HELD_SHARE}, (SELECT min(upto) FROM counted))`);
  const hold = {
    office: '*',
    name: 'Purge',
    matter: 'campaign',
    reason: 'measured',
    people: people.map(({ jid }) => jid),
  };
  await machinery.query(`SELECT place_hold('${JSON.stringify(hold)}', 'u0@localhost', now())`);
  const covered = await digestOfHeld(machinery);
  return { people: people.length, ...covered };
}

/** Of what the hold covers and still has its content, byte by byte; without what is said during the measurement. */
async function digestOfHeld(machinery) {
  const [row] = await machinery.query(`SELECT count(*)::float8 AS rows,
      md5(string_agg(md5(c.stanza) || md5(coalesce(c.body, '')), '' ORDER BY c.id)) AS digest
    FROM holds h, journal j JOIN journal_content c ON c.id = j.id AND c.at = j.at AND c.retention_class = j.retention_class
    WHERE (j.author_id = ANY (h.account_ids) OR j.receiver_id = ANY (h.account_ids)) AND j.stanza_id NOT LIKE 'm%.u%.%'`);
  return row;
}

/** Everything goes after thirty days, as two officers have said. */
async function rule(machinery) {
  await machinery.query(`UPDATE accounts SET role = 'officer' WHERE jid IN ('u0@localhost', 'u1@localhost')`);
  const [{ id }] = await machinery.query(
    `SELECT id FROM propose_retention('add', NULL, '{"office":"*","days":${DAYS}}', 'measured', 'u0@localhost', now())`,
  );
  await machinery.query(`SELECT decide_retention(${id}, 'done', 'u1@localhost', now())`);
}

/** What was written here without a server is sealed once one runs: that is another measurement. */
export async function sealed(machinery, log) {
  for (;;) {
    const { sealedThrough, size } = await ctl(machinery, ['seal', 'show']);
    const [{ rows }] = await machinery.query('SELECT count(*)::float8 AS rows FROM journal');
    if (size >= rows && sealedThrough !== undefined) return;
    log(`${size} of ${rows} messages sealed`);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

/** Chat before, while the month goes, and after it: a server that has run for a while is slower than a fresh one. */
async function purge(machinery, { size, month, log }) {
  const to = { port: machinery.port, domain: 'localhost', password: 'secret' };
  const { clients } = await connect({ first: CHATTERS, users: CHATTERS, ...to });
  clients.sort((a, b) => Number(a.user.slice(1)) - Number(b.user.slice(1)));
  const talk = (run, more) => chat(clients, { rate: size.rate, run, ...more });
  log('chat without anything else');
  await talk('warm', { seconds: 5 });
  const before = await talk('before', { seconds: size.seconds });
  const bytesBefore = await bytesOf(machinery, month);
  log('chat while the month goes');
  const began = performance.now();
  let seconds = 0;
  const disposed = ctl(machinery, ['dispose']).then((items) => {
    seconds = (performance.now() - began) / 1_000;
    return items;
  });
  // Not for longer than it takes: what comes after it is not slowed down by it.
  const during = await talk('during', { seconds: 7_200, ended: disposed.catch(() => undefined) });
  const [certificate] = await disposed;
  const bytesAfter = await bytesOf(machinery, month);
  log('chat without anything else, once more');
  const after = await talk('after', { seconds: size.seconds });
  for (const { socket } of clients) socket.destroy();
  return { before, during, after, seconds, certificate, bytesBefore, bytesAfter };
}

/** What the month has of the disk: by PostgreSQL, and by the files there are. */
async function bytesOf(machinery, { table }) {
  await machinery.query('CHECKPOINT');
  const [{ relation, files }] =
    await machinery.query(`SELECT coalesce(pg_total_relation_size(to_regclass('${table}')), 0) AS relation,
    (SELECT sum(size)::float8 FROM (SELECT (pg_stat_file(folder || '/' || name)).size FROM (
      SELECT 'base/' || oid AS folder FROM pg_database WHERE datname = current_database()) d, pg_ls_dir(folder) name) f) AS files`);
  return { relation, files };
}

async function judge(machinery, { size, held, seen, log }) {
  log('what is left is looked at');
  const { before, during, after, certificate, bytesBefore, bytesAfter } = seen;
  const kept = await digestOfHeld(machinery);
  const [{ content }] = await machinery.query(
    `SELECT count(*)::float8 AS content FROM journal_content c JOIN journal j ON j.id = c.id WHERE j.stanza_id NOT LIKE 'm%.u%.%'`,
  );
  const { keys } = JSON.parse(readFileSync(path.join(machinery.folder, 'interoffice/seal/keys.json'), 'utf8'));
  const database = new Database({ connection: machinery.connection, log: silentLog });
  const faults = await checkDisposals(
    database,
    keys.map(({ key }) => parseVerifierKey(key)),
  );
  await database.close();
  const returned = bytesBefore.relation - bytesAfter.relation;
  const ratio = (during.p95 * 2) / (before.p95 + after.p95);
  const line = (what, figure, limit, ok) => ({ what, figure, limit, ok });
  const lines = [
    line(
      'rows removed',
      certificate?.removed ?? 0,
      size.rows - held.rows,
      certificate?.removed === size.rows - held.rows,
    ),
    line(
      'rows held, byte for byte as before',
      kept.rows,
      held.rows,
      kept.rows === held.rows && kept.digest === held.digest,
    ),
    line('rows left of the month', content, held.rows, content === held.rows),
    line(
      'bytes returned, by the certificate',
      certificate?.bytesReturned ?? 0,
      returned,
      // A vacuum may write a map of some pages between the two looks.
      Math.abs((certificate?.bytesReturned ?? 0) - returned) <= returned / 100,
    ),
    line(
      'share of the month’s bytes returned',
      round(returned / bytesBefore.relation),
      0.9,
      returned / bytesBefore.relation >= 0.9,
    ),
    line(
      'bytes the files have become less',
      bytesBefore.files - bytesAfter.files,
      `about ${returned}, less what was said meanwhile`,
      small(bytesBefore, bytesAfter, returned),
    ),
    line('faults of the certificate', faults.length, 0, faults.length === 0),
    line('seconds for the month', round(seen.seconds), 'none', true),
    line('chat p95 before and after, ms', `${before.p95} and ${after.p95}`, 'none', true),
    line('chat p95 during, ms', during.p95, 'none', true),
    // At small size the start of the command is most of what is measured.
    line(
      'chat p95 during ÷ before and after',
      round(ratio),
      size.limit ?? 'none',
      size.limit === undefined || ratio <= size.limit,
    ),
    line(
      'chat p99 and p99.9 during, ms',
      `${during.p99} and ${during.p999}`,
      `${before.p99} and ${before.p999} before, ${after.p99} and ${after.p999} after`,
      true,
    ),
    line('messages lost', before.lost + during.lost + after.lost, 0, before.lost + during.lost + after.lost === 0),
  ];
  return lines;
}

/** What was said meanwhile has taken some of what came back. */
function small(before, after, returned) {
  return before.files - after.files > returned / 2;
}

function round(value) {
  return Number(value.toFixed(3));
}

/** `interoffice archive …`, as JSON. */
async function ctl(machinery, args) {
  const dataDir = path.join(machinery.folder, 'interoffice');
  const child = spawn(process.execPath, [CTL, 'archive', ...args, '--json', '--data-dir', dataDir]);
  let [out, error] = ['', ''];
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (error += text));
  child.stdin.end();
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`interoffice archive ${args.join(' ')}: ${error}`);
  return JSON.parse(out);
}
