// For campaigns: what an officer waits for while searching, whether everything is found, and whether a table is read whole.
import path from 'node:path';
import { openScene, PLANTED, WORDS } from './compliance-scene.mjs';
import { seeded } from '../load/corpus.mjs';
import { Conversations } from './fill.mjs';
import { root } from './machinery.mjs';
import { RecordedDatabase } from '../support/recorded-database.ts';

const { OfficerArchive } = await import(path.join(root, 'libs/archive/dist/index.js'));
const { Database } = await import(path.join(root, 'libs/storage/dist/index.js'));
const { silentLog } = await import(path.join(root, 'libs/telemetry/dist/index.js'));

const ROWS = { full: 10_000_000, small: 30_000 };
const FOLLOWED = { indexedId: '7fffffffffffffff', lagMs: 0, catchUp: async () => undefined };
const PAGE = { limit: 50, scope: '*' };
const TIMES = 3;
const MONTH_MS = 30 * 86_400_000;
const QUESTIONS = 200;

/** `folder`: for the database, which is used again when it is there. */
export async function searchPart({ small, log, rows = small ? ROWS.small : ROWS.full, folder }) {
  const scene = await openScene({ rows, dataDir: folder, log });
  const database = new RecordedDatabase(new Database({ connection: scene.connection, log: silentLog }));
  try {
    const archive = new OfficerArchive(database, FOLLOWED);
    // At small size, on a machine with other things to do, what counts is that all of it came.
    const isInTime = (ms, limit) => small || ms <= limit;
    const part = { archive, database, rows, isInTime };
    const lines = [];
    for (const measure of [words, partWords, people, conversations, planted, others])
      lines.push(...(await measure(part)));
    lines.push(await plans(part));
    log(`filled ${scene.figures.writtenPerS ?? '-'}/s, indexed ${scene.figures.indexedPerS}/s`);
    return { name: 'search', lines };
  } finally {
    await database.close();
    await scene.close();
  }
}

async function words({ archive, rows, isInTime }) {
  const lines = [];
  for (const { every, word } of WORDS) {
    if (every > rows) continue;
    const { ms, hits, isWhole } = await first(archive, { text: word });
    const expected = Math.min(PAGE.limit, Math.floor(rows / every));
    const what = `first page, a word of 1 in ${every.toLocaleString('en')}`;
    lines.push({
      what,
      figure: `${ms} ms, ${hits}${isWhole ? '' : '+'} hits`,
      limit: '1,000 ms',
      ok: isInTime(ms, 1_000) && hits >= expected,
    });
  }
  return lines;
}

async function partWords({ archive, rows, isInTime }) {
  const lines = [];
  const parts = { esprech: 10, ferschei: 100, unester: 10_000, ingaster: 1_000_000, ste: 10, 議資: 10_000 };
  for (const [text, every] of Object.entries(parts)) {
    const { ms, hits } = await first(archive, { text });
    lines.push({
      what: `first page, part of a word: ${text}`,
      figure: `${ms} ms, ${hits} hits`,
      limit: '1,000 ms',
      ok: isInTime(ms, 1_000) && (every > rows || hits > 0),
    });
  }
  return lines;
}

/** Words of each frequency with people who write much and little, each in a month. */
async function people({ archive, database, isInTime }) {
  const random = seeded(41);
  const accounts = await database.query('owner', 'SELECT id, jid FROM accounts ORDER BY id');
  const times = [];
  let found = 0;
  for (let i = 0; i < QUESTIONS; i++) {
    // As they write: who writes more is asked for more.
    const nth = Conversations.indexOf(Math.floor(accounts.length * random() ** 2), accounts.length);
    const { word } = WORDS[i % 5];
    const since = Date.now() - MONTH_MS * (1 + Math.floor(random() * 5));
    const query = { text: word, participant: accounts[nth].jid, since, until: since + MONTH_MS };
    const began = performance.now();
    found += (await archive.search({ ...PAGE, ...query })).hits.length;
    times.push(performance.now() - began);
  }
  const { p50, p95, max } = quantiles(times);
  const figure = `p50 ${p50}, p95 ${p95}, longest ${max} ms; ${found} hits of ${QUESTIONS} searches`;
  return [{ what: 'word, person and month', figure, limit: 'p95 200 ms', ok: isInTime(p95, 200) }];
}

/** Around messages from everywhere in the journal. */
async function conversations({ archive, database, isInTime }) {
  const [{ low, high }] = await database.query(
    'owner',
    'SELECT min(id)::text AS low, max(id)::text AS high FROM journal',
  );
  const random = seeded(43);
  const times = [];
  for (let i = 0; i < QUESTIONS; i++) {
    const at = BigInt(low) + ((BigInt(high) - BigInt(low)) * BigInt(Math.floor(random() * 1e6))) / 1_000_000n;
    const [{ id }] = await database.query(
      'owner',
      `SELECT lpad(to_hex(id), 16, '0') AS id FROM journal WHERE id >= $1 ORDER BY id LIMIT 1`,
      [String(at)],
    );
    const began = performance.now();
    await archive.around(id, 25, '*');
    times.push(performance.now() - began);
  }
  const { p50, p95, max } = quantiles(times);
  return [
    {
      what: 'conversation, 25 before and 25 after',
      figure: `p50 ${p50}, p95 ${p95}, longest ${max} ms`,
      limit: 'p95 50 ms',
      ok: isInTime(p95, 50),
    },
  ];
}

async function planted({ archive }) {
  const missing = [];
  let count = 0;
  for (const { text, by } of PLANTED) {
    for (const term of by) {
      count++;
      const { hits } = await archive.search({ ...PAGE, text: term });
      if (!hits.some(({ body }) => body === text)) missing.push(term);
    }
  }
  return [
    {
      what: 'planted hits in en, de, ru, ja, zh, ko, tr, addresses, ticket numbers',
      figure: `${count - missing.length} of ${count}${missing.length ? `, missing ${missing.join(' ')}` : ''}`,
      limit: 'all',
      ok: missing.length === 0,
    },
  ];
}

/** Each filter alone, and with a word. */
async function others({ archive, isInTime }) {
  const lines = [];
  const filters = {
    'with a file': { hasFile: true },
    'with a label': { label: 'secret' },
    refused: { verdict: 'refused' },
    'to a peer': { direction: 'out' },
    'changed later': { isEdited: true },
    'a quiet person': { participant: 'u7@localhost' },
    'a busy person': { participant: 'u0@localhost' },
    'from one to another': { from: 'u0@localhost', to: 'u1@localhost' },
    'a room': { room: 'room3@conference.localhost' },
    'a person in a room': { room: 'room3@conference.localhost', from: 'u0@localhost' },
    'an office': { office: 'Berlin' },
    'nobody there': { participant: 'nobody@elsewhere.example' },
    everything: {},
  };
  for (const [what, filter] of Object.entries(filters)) {
    const alone = await first(archive, filter);
    const withWord = await first(archive, { ...filter, text: WORDS[1].word });
    const ms = Math.max(alone.ms, withWord.ms);
    lines.push({
      what: `first page, ${what}, alone and with a word`,
      figure: `${alone.ms} and ${withWord.ms} ms; ${alone.hits} and ${withWord.hits} hits`,
      limit: '1,000 ms',
      ok: isInTime(ms, 1_000),
    });
  }
  return lines;
}

async function plans({ database }) {
  const made = await database.plans();
  const isScan = (node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'].startsWith('journal');
  const scans = [...made].filter(([, nodes]) => nodes.some(isScan)).map(([text]) => text);
  const figure = `${made.size} statements, ${scans.length} sequential scans ${scans[0] ?? ''}`.trim();
  return { what: 'plans of all these', figure, limit: 'none', ok: scans.length === 0 };
}

/** The middle of three. */
async function first(archive, query) {
  const times = [];
  let page;
  for (let i = 0; i < TIMES; i++) {
    const began = performance.now();
    page = await archive.search({ ...PAGE, ...query });
    times.push(performance.now() - began);
  }
  return { ms: Math.round(times.sort((a, b) => a - b)[1]), hits: page.hits.length, isWhole: page.next === undefined };
}

function quantiles(times) {
  times.sort((a, b) => a - b);
  const at = (q) => Number(times[Math.min(times.length - 1, Math.floor(times.length * q))].toFixed(1));
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}
