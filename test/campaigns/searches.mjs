// For campaigns: how long officers wait for a text search.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { OfficerArchive } = await import(path.join(root, 'libs/archive/dist/index.js'));
const { Database } = await import(path.join(root, 'libs/storage/dist/index.js'));
const { silentLog } = await import(path.join(root, 'libs/telemetry/dist/index.js'));

const INDEX = { indexedId: '7fffffffffffffff', lagMs: 0, catchUp: async () => undefined };
const TIMES = 3;
const TEXTS_LOOKED_AT = 500;

/** Milliseconds of the first page of 50, and how many hits it has: { term: { kind, ms, hits } }. */
export async function searches(connection) {
  const database = new Database({ connection, log: silentLog });
  const archive = new OfficerArchive(database, INDEX);
  const found = [];
  for (const { kind, text } of await questions(database)) {
    const times = [];
    let page;
    for (let i = 0; i < TIMES; i++) {
      const began = performance.now();
      page = await archive.search({ text, limit: 50, scope: '*' });
      times.push(performance.now() - began);
    }
    found.push({
      kind,
      text,
      hits: page.hits.length,
      isWhole: page.next === undefined,
      ms: Math.round(times.sort((a, b) => a - b)[1]),
    });
  }
  await database.close();
  return found;
}

/** Texts of conversations from here and there in the journal; of a small one a larger part is looked at. */
async function sample(database) {
  for (let percent = 0.05; ; percent = Math.min(100, percent * 10)) {
    // What the load generator says is one letter again and again.
    const rows = await database.query(
      'owner',
      `SELECT body FROM journal_content TABLESAMPLE SYSTEM (${percent}) WHERE body !~ '(.)\\1{20}' LIMIT 3000`,
    );
    const texts = rows.map(({ body }) => body);
    if (texts.length >= TEXTS_LOOKED_AT) return texts;
    if (percent === 100) throw new Error(`only ${texts.length} texts of conversations in the journal`);
  }
}

/** Terms of each kind, from texts that are there. */
async function questions(database) {
  const texts = await sample(database);
  const counts = new Map();
  const words = texts.flatMap((body) => body.toLowerCase().match(/[a-zäé]{3,30}/g) ?? []);
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const byCount = [...counts].sort((a, b) => b[1] - a[1]).map(([word]) => word);
  const long = byCount.filter((word) => word.length >= 6);
  const number = texts.map((body) => /\b\d{5,6}\b/.exec(body)?.[0]).find((digits) => digits !== undefined);
  return [
    { kind: 'a frequent word', text: byCount[3] },
    { kind: 'a rare word', text: long.at(-1) },
    { kind: 'part of a word', text: long[20].slice(1, 5) },
    { kind: 'two frequent words', text: `${byCount[5]} ${byCount[9]}` },
    { kind: 'a number', text: number },
    { kind: 'in a script without spaces', text: '部長会議' },
    { kind: 'nothing that is there', text: 'xylophonquartett' },
    { kind: 'nothing, of frequent parts alone', text: ofFrequentParts(words) },
  ];
}

/** The worst there is: no word, but each three letters of it are in a great many. */
function ofFrequentParts(words) {
  const counts = new Map();
  for (const word of words)
    for (let i = 0; i + 3 <= word.length; i++)
      counts.set(word.slice(i, i + 3), (counts.get(word.slice(i, i + 3)) ?? 0) + 1);
  const parts = [...counts].sort((a, b) => b[1] - a[1]).map(([part]) => part);
  const isThere = (text) => words.some((word) => word.includes(text));
  for (let text = parts[0]; ;) {
    const next = parts.find((part) => text.endsWith(part.slice(0, 2)) && !text.includes(part));
    if (!next) return text;
    text += next[2];
    if (text.length >= 7 && !isThere(text.slice(-5))) return text;
  }
}
