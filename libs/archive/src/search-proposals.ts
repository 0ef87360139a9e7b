import type { Database } from '@interoffice/storage';
import { finds, type Term } from './grams.js';
import { FIRST_ID } from './ids.js';
import { bigintOf } from './range.js';
import { BETWEEN_TEXTS } from './search-block.js';

/** Which part of the index to look in: ids strictly between, from the latest on. */
export interface ProposalRange {
  readonly above: string;
  readonly below: string;
  /** So many blocks with a message to propose. */
  readonly mostBlocks: number;
  /** So many blocks whatever is in them: bounds what a term costs whose grams are in all of them. */
  readonly span: number;
}

export interface Proposals {
  /** Messages that have every term, latest first. */
  readonly ids: readonly string[];
  /** Look below this id for more; undefined when all was looked at. */
  readonly below: string | undefined;
}

interface ProposedRow {
  readonly block: string;
  readonly id: string | null;
  readonly content: string | null;
}

/** Finds messages by their text: the grams of the terms name blocks, the folded texts in these decide. */
export async function propose(database: Database, terms: readonly Term[], range: ProposalRange): Promise<Proposals> {
  const lowest = await lowestOf(database, range);
  const { above, below, mostBlocks } = range;
  const grams = [...new Set(terms.flatMap((term) => term.grams))];
  // Whether it stands at the start of a word is decided below.
  const needsText = terms.some(({ atWordStart }) => atWordStart);
  const values: unknown[] = [bigintOf(above), bigintOf(below), mostBlocks, BETWEEN_TEXTS, bigintOf(lowest ?? FIRST_ID)];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const parts = terms.map(({ contains }) => given(contains));
  const all = (column: string): string => parts.map((part) => `strpos(${column}, ${part}) > 0`).join(' AND ');
  const text = `WITH near AS (
      SELECT first_id, ids, contents FROM journal_search
       WHERE first_id < $2::bigint AND first_id >= $5::bigint AND last_id > $1::bigint
         ${grams.length > 0 ? `AND grams @> ${given(grams)}::int[]` : ''} AND ${all('contents')}
       ORDER BY first_id DESC FETCH FIRST ($3::int) ROWS WITH TIES)
    SELECT encode(int8send(near.first_id), 'hex') AS block, encode(int8send(m.id), 'hex') AS id,
           ${needsText ? 'm.content' : 'NULL AS content'}
      FROM near LEFT JOIN LATERAL (
        SELECT id, content FROM unnest(near.ids, string_to_array(near.contents, $4)) AS message (id, content)
         WHERE id > $1::bigint AND id < $2::bigint AND ${all('content')}) m ON true
     ORDER BY near.first_id DESC, m.id DESC`;
  const rows = await database.query<ProposedRow>('app', text, values);
  const ids = rows.flatMap(({ id, content }) =>
    id !== null && (content === null || terms.every((term) => finds(term, content))) ? [id] : [],
  );
  const blocks = new Set(rows.map(({ block }) => block));
  return { ids, below: blocks.size < mostBlocks ? lowest : rows.at(-1)!.block };
}

/** Where the span ends; undefined when it takes in all there is. */
async function lowestOf(database: Database, { above, below, span }: ProposalRange): Promise<string | undefined> {
  const text = `SELECT encode(int8send(first_id), 'hex') AS id FROM journal_search
     WHERE first_id < $1::bigint AND last_id > $2::bigint ORDER BY first_id DESC OFFSET $3 LIMIT 1`;
  const values = [bigintOf(below), bigintOf(above), span - 1];
  const [row] = await database.query<{ id: string }>('app', text, values);
  return row?.id;
}
