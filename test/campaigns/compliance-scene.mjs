// For campaigns: an archive of months that officers search, with words of known frequency and messages that were planted.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Conversations } from './fill.mjs';
import { root } from './machinery.mjs';

const { Database, EmbeddedPostgres, migrate } = await import(path.join(root, 'libs/storage/dist/index.js'));
const { SearchIndex } = await import(path.join(root, 'libs/archive/dist/index.js'));
const { Metrics, silentLog, systemClock } = await import(path.join(root, 'libs/telemetry/dist/index.js'));

const ACCOUNTS = 10_000;
const ROOMS = 300;
const DAYS = 180;

/** Made of what other words are made of; each in one of so many messages. */
export const WORDS = [
  { every: 10, word: 'besprechung' },
  { every: 100, word: 'lieferschein' },
  { every: 1_000, word: 'standfuge' },
  { every: 10_000, word: 'brunesterol' },
  { every: 100_000, word: 'trawandel' },
  { every: 1_000_000, word: 'pelingaster' },
  { every: 10_000_000, word: 'vorustinade' },
];

/** Said once each; found by every one of `by`. */
export const PLANTED = [
  { text: 'The indemnification clause of the Hartwell deal', by: ['indemnification', 'hartwell', '"Hartwell deal"'] },
  {
    text: 'Donaudampfschifffahrtsgesellschaft, Weißdornstraße 12',
    by: ['schifffahrt', 'weissdornstrasse', 'Weißdorn'],
  },
  { text: 'Ёлка стоит у окна, отчёт по Запорожью готов', by: ['елка', 'запорожь', 'отчёт'] },
  { text: '来週の監査は横浜支店で行います', by: ['監査', '横浜支店', '来週の監査'] },
  { text: '请把合同发给法务部门审核', by: ['合同', '法务部门', '审核'] },
  { text: '내일 감사위원회 회의가 있습니다', by: ['감사', '감사위원회', '회의'] },
  { text: 'Işıklı köşk için ödeme yapıldı, DİYARBAKIR', by: ['ışıklı', 'IŞIKLI', 'diyarbakır', 'ödeme'] },
  { text: 'Host 10.73.218.9 and fe80::7c2d:91ff answer no more', by: ['10.73.218.9', '73.218', 'fe80::7c2d'] },
  { text: 'Please look at INC-4471902 and TKT#99-81773', by: ['INC-4471902', '4471902', 'tkt#99-81773', '81773'] },
];

/** What is special about the nth message, if anything. */
export function varying(rows) {
  const plantedEvery = Math.floor(rows / (PLANTED.length + 1));
  return (nth, said) => {
    const found = {};
    const planted = nth % plantedEvery === plantedEvery - 1 ? PLANTED[Math.floor(nth / plantedEvery)] : undefined;
    const isOneOf = (every, salt) => mixed(nth, salt) % every === 0;
    // The rarest ones by count, so that there are as many as said.
    const words = WORDS.filter(({ every }, i) =>
      every >= 1_000 ? nth % every === Math.floor(every / 2) : isOneOf(every, i),
    ).map(({ word }) => word);
    if (planted) found.text = Buffer.from(planted.text);
    else if (words.length > 0 && said) found.text = Buffer.concat([said, Buffer.from(` ${words.join(' ')}`)]);
    if (isOneOf(3, 11)) found.room = roomOf(nth);
    if (isOneOf(50, 12)) found.more = FILE;
    if (isOneOf(2_000, 13)) found.more = LABEL;
    if (isOneOf(500, 14)) found.verdict = 'refused';
    return found;
  };
}

const FILE = Buffer.from(`<x xmlns='jabber:x:oob'><url>https://upload.localhost/a.pdf</url></x>`);
const LABEL = Buffer.from(
  `<securitylabel xmlns='urn:xmpp:sec-label:0'><displaymarking>SECRET</displaymarking><label/></securitylabel>`,
);

/** Each salt its own order of all numbers, so that nothing special coincides always or never. */
function mixed(nth, salt) {
  let hash = Math.imul(nth ^ Math.imul(salt + 1, 0x85ebca6b), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function roomOf(nth) {
  const id = 1 + Math.floor(ROOMS * ((nth * 0.618034) % 1) ** 2);
  return { id: -id, jid: `room${id}@conference.localhost` };
}

/**
 * PostgreSQL with so many messages, indexed and analysed. `dataDir` keeps it, and what is there already is taken as it is;
 * `close` ends it.
 */
export async function openScene({ rows, dataDir, log }) {
  const folder = dataDir ?? mkdtempSync(path.join(os.tmpdir(), 'interoffice-campaign-'));
  const postgres = new EmbeddedPostgres({ dataDir: folder, log: silentLog });
  await postgres.start();
  const database = new Database({ connection: postgres.connection, log: silentLog });
  await migrate(database, { log: silentLog });
  const figures = { rows };
  const [{ there }] = await database.query('owner', 'SELECT EXISTS (SELECT FROM journal) AS there');
  if (!there) figures.writtenPerS = await fill(database, { rows, log });
  figures.indexedPerS = await index(database, log);
  await database.query('owner', 'VACUUM ANALYZE');
  return {
    database,
    figures,
    connection: postgres.connection,
    close: async () => {
      await database.close();
      await postgres.stop();
      if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function fill(database, { rows, log }) {
  await database.query(
    'owner',
    `INSERT INTO accounts (jid, directory, name, search) SELECT 'u' || n || '@localhost', 'local', 'Person ' || n,
       'person' || n || ' u' || n || '@localhost' FROM generate_series(0, $1::int - 1) n`,
    [ACCOUNTS],
  );
  await database.query(
    'owner',
    `INSERT INTO rooms (id, jid, office, config, created_by) OVERRIDING SYSTEM VALUE
       SELECT n, 'room' || n || '@conference.localhost', 'Berlin', '{}', 'u0@localhost' FROM generate_series(1, $1::int) n`,
    [ROOMS],
  );
  const accounts = await database.query('owner', 'SELECT id, jid FROM accounts ORDER BY id');
  const spanMs = DAYS * 86_400_000;
  const fromMs = Date.now() - spanMs;
  const scene = new Conversations({ accounts, fromMs, stepMs: spanMs / rows, vary: varying(rows) });
  const began = performance.now();
  let saidAtMs = began;
  const told = (n) => {
    if (performance.now() - saidAtMs < 10_000) return;
    saidAtMs = performance.now();
    log(`${n} of ${rows} messages written`);
  };
  await scene.write(database.connectionOf('writer'), { count: rows, told });
  return Math.round(rows / ((performance.now() - began) / 1_000));
}

async function index(database, log) {
  const [{ upto }] = await database.query('owner', `SELECT lpad(to_hex(max(id)), 16, '0') AS upto FROM journal`);
  const following = new SearchIndex({ database, clock: systemClock, metrics: new Metrics(), upTo: () => upto });
  await following.start();
  const [{ n }] = await database.query('owner', 'SELECT count(*)::int AS n FROM journal WHERE id > $1', [
    BigInt(`0x${following.indexedId}`).toString(),
  ]);
  log(`${n} messages to index`);
  const began = performance.now();
  const progress = setInterval(() => log(`indexed up to ${following.indexedId} of ${upto}`), 30_000);
  // On a busy machine a write may take longer than the server waits for one; it goes on from there, as the server does.
  while (following.indexedId < upto) await following.catchUp().catch((error) => log(error.message));
  clearInterval(progress);
  await following.stop();
  return Math.round(n / ((performance.now() - began) / 1_000));
}
