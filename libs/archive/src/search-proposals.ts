import type { Database, Statements } from '@interoffice/storage';
import { bigintOf } from './range.js';
import { BETWEEN_TEXTS } from './search-block.js';
import { gramOf } from './search-marks.js';
import { type Block, messagesOf, type SoughtPeople } from './search-people.js';
import { finds, type Term } from './terms.js';

/** What the text index is asked for. */
export interface Sought {
  /** All must be there. */
  readonly terms: readonly Term[];
  /** Of each list one mark must be there. */
  readonly marks: readonly (readonly string[])[];
  /** Whose messages they must be, where these are few people with numbers. */
  readonly people?: SoughtPeople | undefined;
}

/** Ids strictly between. */
export interface IdRange {
  readonly above: string;
  readonly below: string;
}

/** One look into the index. */
export interface Proposal {
  /** Messages, latest first. */
  readonly ids: readonly string[];
  /** False: whether the terms are in them has not been looked at. */
  readonly isCompared: boolean;
  /** Everything from this id on has been looked at; undefined: everything there is. */
  readonly below: string | undefined;
}

/** Blocks that may have it, by one look at the grams. */
const MOST_CANDIDATES = 16_384;
/** Blocks sifted by their signatures at first, eight times as many in each further go. */
const FIRST_SIFTED = 64;
const MOST_SIFTED = 4_096;
/** Of one term: eight say nearly all. */
const MOST_BITS = 8;
/** Blocks read at first, twice as many in each further look: 64 are 2 MB of text. */
const FIRST_BLOCKS = 8;
const MOST_BLOCKS = 64;
/** Where only the messages of some people are read: few of each block. */
const FIRST_BLOCKS_OF_PEOPLE = 64;
const MOST_BLOCKS_OF_PEOPLE = 512;
/** Which of so many marks a message has is told by its row: to compare with each would take longer. */
const MOST_COMPARED = 16;
/** More of them are in every block. */
const MOST_GRAMS = 2_000;

/**
 * Messages by their text and marks, from the latest on: grams name blocks, the texts in these decide. What is proposed is
 * still to be looked at: marks may be shared, and whether it may be seen the index does not know.
 */
export async function* proposals(database: Database, sought: Sought, range: IdRange): AsyncGenerator<Proposal> {
  for (let { below } = range; ;) {
    const blocks = await candidates(database, sought, { ...range, below });
    const isEnd = blocks.length < MOST_CANDIDATES;
    for (let at = 0, count = FIRST_SIFTED; at < blocks.length; count = Math.min(count * 8, MOST_SIFTED)) {
      const group = blocks.slice(at, (at += count));
      const sifted = await sift(database, group, sought.terms);
      const reached = isEnd && at >= blocks.length ? undefined : group.at(-1)!.first;
      for await (const { ids, isCompared, last } of looks(database, sifted, { sought, range })) {
        yield { ids, isCompared, below: last === sifted.at(-1) ? reached : last.first };
      }
      if (sifted.length === 0) yield { ids: [], isCompared: true, below: reached };
    }
    if (isEnd) return;
    below = blocks.at(-1)!.first;
  }
}

/** Those of the blocks whose signatures have every long gram: a rare word of frequent parts is in few of them. */
async function sift(database: Database, blocks: readonly Block[], terms: readonly Term[]): Promise<readonly Block[]> {
  const bits = terms.flatMap(({ longGrams }) => longGrams.slice(0, MOST_BITS));
  if (bits.length === 0) return blocks;
  const values: unknown[] = [blocks.map(({ first }) => bigintOf(first))];
  const given = (value: number): string => `$${values.push(value)}::int`;
  // A byte of it, rather than the whole for each bit.
  const parts = bits.map(
    (bit) => `get_byte(substring(signature, ${given((bit >>> 3) + 1)}, 1), 0) & ${given(1 << (bit & 7))} <> 0`,
  );
  const text = `SELECT encode(int8send(first_id), 'hex') AS id FROM journal_search
     WHERE first_id = ANY ($1::bigint[]) AND ${parts.join(' AND ')}`;
  const rows = await byIndex(database, (app) => app.query<{ id: string }>(text, values));
  const kept = new Set(rows.map(({ id }) => id));
  return blocks.filter(({ first }) => kept.has(first));
}

/** Few people's messages are looked up by who said them; where these are most of the block, its texts are compared. */
async function* looks(database: Database, blocks: readonly Block[], look: Look) {
  const { people, terms } = look.sought;
  const isByPeople = people !== undefined && terms.length > 0;
  const [first, most] = isByPeople ? [FIRST_BLOCKS_OF_PEOPLE, MOST_BLOCKS_OF_PEOPLE] : [FIRST_BLOCKS, MOST_BLOCKS];
  for (let at = 0, count = first; at < blocks.length; count = Math.min(count * 2, most)) {
    const some = blocks.slice(at, at + count);
    const said = isByPeople ? await messagesOf(database, people, { blocks: some, range: look.range }) : undefined;
    if (isByPeople && !said && count > first) {
      count = Math.floor(count / 4);
      continue;
    }
    at += count;
    if (said) yield { ids: said, isCompared: false, last: some.at(-1)! };
    else yield* compared(database, some, look);
  }
}

async function* compared(database: Database, blocks: readonly Block[], look: Look) {
  for (let at = 0; at < blocks.length; at += MOST_BLOCKS) {
    const some = blocks.slice(at, at + MOST_BLOCKS);
    const ids = await messagesIn(
      database,
      some.map(({ first }) => first),
      look,
    );
    yield { ids, isCompared: true, last: some.at(-1)! };
  }
}

/** Latest first. */
async function candidates(database: Database, { terms, marks }: Sought, range: IdRange): Promise<readonly Block[]> {
  const values: unknown[] = [bigintOf(range.above), bigintOf(range.below), MOST_CANDIDATES];
  const given = (value: unknown): string => `$${values.push(value)}::int[]`;
  const lists = marks.map((list) => list.map(gramOf)).filter((grams) => grams.length <= MOST_GRAMS);
  const all = [
    ...new Set([...terms.flatMap((term) => term.grams), ...lists.flatMap((g) => (g.length === 1 ? g : []))]),
  ];
  const parts = [
    ...(all.length > 0 ? [`grams @> ${given(all)}`] : []),
    ...lists.filter((grams) => grams.length !== 1).map((grams) => `grams && ${given(grams)}`),
  ];
  // By the index of grams and no other: to unpack the grams of every block would take a hundred times as long.
  const first = parts.length === 0 ? 'first_id' : 'first_id + 0';
  const text = `SELECT encode(int8send(first_id), 'hex') AS first, encode(int8send(last_id), 'hex') AS last FROM journal_search
     WHERE ${[`${first} < $2::bigint`, 'last_id > $1::bigint', ...parts].join(' AND ')}
     ORDER BY ${first} DESC FETCH FIRST ($3::int) ROWS WITH TIES`;
  const rows = await byIndex(database, (app) => app.query<Block>(text, values));
  // Those of several retention classes have one stretch of the journal.
  return rows.filter(({ first: id }, i) => id !== rows[i - 1]?.first);
}

interface Look {
  readonly sought: Sought;
  readonly range: IdRange;
}

async function messagesIn(database: Database, blocks: readonly string[], look: Look): Promise<readonly string[]> {
  const { terms, marks } = look.sought;
  const { above, below } = look.range;
  const values: unknown[] = [blocks.map(bigintOf), bigintOf(above), bigintOf(below), BETWEEN_TEXTS];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const has = (column: string, value: string): string => `strpos(${column}, ${value}) > 0`;
  const texts = terms.map(({ contains }) => given(contains));
  const compared = marks.filter(({ length }) => length <= MOST_COMPARED);
  const parts = [
    ...texts.flatMap((value) => [has('block.contents', value), has('m.content', value)]),
    ...compared.map((list) => `(${list.map((mark) => has('m.content', given(mark))).join(' OR ')})`),
  ];
  // Where a word begins and ends is decided below.
  const needsText = terms.some(({ atWordStart, atWordEnd }) => atWordStart || atWordEnd);
  // Joined with nothing, so that a text is unpacked once and not for each comparison.
  const text = `WITH block AS MATERIALIZED (
      SELECT ids, contents || '' AS contents FROM journal_search WHERE first_id = ANY ($1::bigint[]))
    SELECT encode(int8send(m.id), 'hex') AS id, ${needsText ? 'm.content' : 'NULL AS content'}
      FROM block CROSS JOIN LATERAL unnest(ids, string_to_array(contents, $4)) AS m (id, content)
     WHERE ${['m.id > $2::bigint AND m.id < $3::bigint', ...parts].join(' AND ')} ORDER BY m.id DESC`;
  const rows = await byIndex(database, (app) => app.query<{ id: string; content: string | null }>(text, values));
  const isFound = (content: string | null): boolean => content === null || terms.every((term) => finds(term, content));
  return rows.filter(({ content }) => isFound(content)).map(({ id }) => id);
}

/** Never through the whole table, however small it is or seems. */
async function byIndex<T>(database: Database, work: (app: Statements) => Promise<T>): Promise<T> {
  return database.transaction('app', async (app) => {
    await app.query(`SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)`);
    return work(app);
  });
}
