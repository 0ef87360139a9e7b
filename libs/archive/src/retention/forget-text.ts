import type { Database, Statements } from '@interoffice/storage';
import { idAt } from '../ids.js';
import { bigintOf, justAbove } from '../range.js';
import { BETWEEN_TEXTS, SearchBlock } from '../search-block.js';
import { readBack } from '../search-marks.js';
import { writeBlock } from '../search-index.js';

/** A month whose content has been replaced; times in ms since 1970, the end not included. */
export interface ForgottenMonth {
  readonly retentionClass: number;
  readonly beginsMs: number;
  readonly endsMs: number;
}

interface BlockRow {
  readonly first_id: string;
  readonly last_id: string;
  readonly count: number;
  /** What is left of it. */
  readonly ids: string[];
  readonly contents: string[];
}

/** Blocks of one transaction, of some hundred messages each: few, since others wait meanwhile. */
const AT_A_TIME = 1;
const NEXT = `SELECT encode(int8send(first_id), 'hex') AS first_id, encode(int8send(last_id), 'hex') AS last_id FROM journal_search
  WHERE journal_search.first_id >= $1::bigint AND journal_search.first_id < $2::bigint AND retention_class = $3
  ORDER BY journal_search.first_id LIMIT ${AT_A_TIME}`;
const PRESENT = `SELECT encode(int8send(id), 'hex') AS id FROM journal_content
  WHERE journal_content.id >= $1::bigint AND journal_content.id <= $2::bigint AND retention_class = $3
    AND at >= to_timestamp($4::float8) AND at < to_timestamp($5::float8)`;
const LEFT = `SELECT encode(int8send(first_id), 'hex') AS first_id, encode(int8send(last_id), 'hex') AS last_id, cardinality(s.ids) AS count,
    ARRAY(SELECT encode(int8send(id), 'hex') FROM unnest(s.ids) WITH ORDINALITY AS one (id, place)
      WHERE id = ANY ($4::bigint[]) ORDER BY place) AS ids,
    ARRAY(SELECT text FROM unnest(s.ids, string_to_array(contents, $5)) WITH ORDINALITY AS one (id, text, place)
      WHERE id = ANY ($4::bigint[]) ORDER BY place) AS contents
  FROM journal_search s WHERE s.first_id >= $1::bigint AND s.first_id <= $2::bigint AND retention_class = $3`;
const REMOVE = 'DELETE FROM journal_search WHERE first_id = $1::bigint AND retention_class = $2';

/**
 * Takes out of text search what is no longer in the journal's content, some blocks from `fromId` on at a time: blocks of
 * which nothing is left go, the others are made anew. Returns where to go on; undefined when the month is done. What was
 * done before is done again without harm.
 */
export async function forgetText(
  database: Database,
  month: ForgottenMonth,
  fromId: string = idAt(month.beginsMs),
): Promise<string | undefined> {
  const { retentionClass, beginsMs, endsMs } = month;
  const range = [bigintOf(fromId), bigintOf(idAt(endsMs)), retentionClass];
  const blocks = await database.query<Pick<BlockRow, 'first_id' | 'last_id'>>('app', NEXT, range);
  const [first, last] = [blocks[0], blocks.at(-1)];
  if (!first || !last) return undefined;
  const within = [bigintOf(first.first_id), bigintOf(last.last_id), retentionClass, beginsMs / 1_000, endsMs / 1_000];
  const present = await database.query<{ id: string }>('reader', PRESENT, within);
  await database.transaction('app', async (app) => {
    const ids = present.map(({ id }) => bigintOf(id));
    const values = [bigintOf(first.first_id), bigintOf(last.first_id), retentionClass, ids, BETWEEN_TEXTS];
    for (const block of await app.query<BlockRow>(LEFT, values)) await renew(app, block, retentionClass);
  });
  return justAbove(last.first_id);
}

async function renew(app: Statements, block: BlockRow, retentionClass: number): Promise<void> {
  if (block.ids.length === block.count) return;
  const renewed = new SearchBlock(retentionClass);
  for (const [i, id] of block.ids.entries()) renewed.add({ id, ...readBack(block.contents[i]!) });
  await app.query(REMOVE, [bigintOf(block.first_id), retentionClass]);
  if (block.ids.length === 0) return;
  await writeBlock(app, { firstId: block.first_id, lastId: block.last_id }, renewed);
}
