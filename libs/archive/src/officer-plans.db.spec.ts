import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { party } from '../../../test/support/recordable.js';
import { RecordedArchive } from '../../../test/support/recorded-archive.js';

const HALL = 'hall@rooms.im.example';
const PEOPLE = Array.from({ length: 40 }, (_, i) =>
  party(i + 1, `p${i + 1}@im.example/phone`, i % 2 ? 'Berlin' : 'Tokyo'),
);
const hall = party(-9, HALL, 'Verona');
const MESSAGES = 6_000;
let archive: RecordedArchive;

/** Every kind of question an officer can ask. */
const QUESTIONS = [
  {},
  { text: 'word7' },
  { text: 'ord' },
  { text: '?' },
  { text: '"word7 of" number' },
  { text: 'word7', participant: 'p3@im.example', since: Date.UTC(2026, 5, 1), until: Date.UTC(2026, 5, 20) },
  { participant: 'p3@im.example' },
  { from: 'p3' },
  { to: 'p4@im.example' },
  { from: 'p3@im.example', to: 'p4@im.example' },
  { participant: 'stranger@other.example' },
  { room: HALL },
  { room: HALL, text: 'word7' },
  { room: HALL, from: 'p3@im.example' },
  { group: 'Traders' },
  { office: 'Berlin' },
  { peer: 'other.example', direction: 'out' },
  { direction: 'in', text: 'word7' },
  { direction: 'internal' },
  { kind: 'groupchat', verdict: 'refused' },
  { hasFile: true, text: 'word7' },
  { label: 'secret' },
  { isEdited: true, text: 'word7' },
] as const;

beforeAll(async () => {
  archive = await RecordedArchive.open();
  const { database } = archive;
  const text = `INSERT INTO accounts (jid, directory, search) SELECT 'p' || n || '@im.example', 'local', 'p' || n FROM generate_series(1, 40) n`;
  await database.query('app', text);
  for (let i = 0; i < MESSAGES; i++) {
    const [from, to] = [PEOPLE[i % 40]!, i % 5 === 0 ? hall : PEOPLE[(i * 7 + 1) % 40]!];
    const about = i % 100 === 99 ? { about: archive.ids[i - 50]! } : {};
    const body = `word${i % 13} of number ${i}`;
    archive.say({ from, to, body, ...(to === hall && { room: HALL, kind: 3 }) }, about);
  }
  await archive.journal.settled();
  await archive.index.catchUp();
  await database.query('owner', 'ANALYZE journal, journal_content, journal_search, accounts');
  for (const query of QUESTIONS) {
    for (const scope of ['*', 'Tokyo']) {
      await archive.officers.search({ ...query, limit: 50, scope });
      await archive.officers.facets({ ...query, scope });
    }
  }
  const { hits } = await archive.officers.search({ text: 'word7', limit: 1, scope: '*' });
  await archive.officers.around(hits[0]!.id, 20, '*');
  await archive.officers.around(archive.ids[0]!, 20, '*');
  await archive.officers.versionsOf(archive.ids[99]!, '*');
}, 60_000);
afterAll(() => archive.close());

describe('what officers ask of the database', () => {
  it('reads no table of the archive from end to end', async () => {
    const plans = await archive.asked.plans();
    expect(plans.size).toBeGreaterThan(20);
    for (const [text, nodes] of plans) {
      const scans = nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']);
      expect(
        scans.filter((name) => name?.startsWith('journal') === true),
        text,
      ).toEqual([]);
      const gathers = nodes.filter((node) => node['Node Type'].startsWith('Gather'));
      expect(gathers, text).toEqual([]);
    }
  });

  it('skips nothing and counts nothing, and is written down for review', async () => {
    const texts = [...archive.asked.asked].map(([text, { role }]) => `-- as ${role}\n${text.trim()};\n`);
    for (const text of texts) expect(text).not.toMatch(/\boffset\b|\bcount\s*\(/i);
    await expect([...new Set(texts)].toSorted().join('\n')).toMatchFileSnapshot('officer-statements.sql');
  });
});
