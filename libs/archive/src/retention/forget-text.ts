import type { Database, Statements } from '@interoffice/storage';
import { idAt } from '../ids.js';
import { bigintOf, justAbove } from '../range.js';
import { BETWEEN_TEXTS, SearchBlock } from '../search-block.js';
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
  readonly ids: string[];
  readonly contents: string;
}

/** Blocks of one transaction: some thousand messages. */
const AT_A_TIME = 16;
const BLOCKS = `SELECT encode(int8send(first_id), 'hex') AS first_id, encode(int8send(last_id), 'hex') AS last_id,
    ARRAY(SELECT encode(int8send(id), 'hex') FROM unnest(ids) WITH ORDINALITY AS one (id, place) ORDER BY place) AS ids, contents
  FROM journal_search WHERE journal_search.first_id >= $1::bigint AND journal_search.first_id < $2::bigint AND retention_class = $3
  ORDER BY journal_search.first_id LIMIT ${AT_A_TIME}`;
const PRESENT = `SELECT encode(int8send(id), 'hex') AS id FROM journal_content
  WHERE id = ANY ($1::bigint[]) AND retention_class = $2 AND at >= to_timestamp($3::float8) AND at < to_timestamp($4::float8)`;
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
  const blocks = await database.query<BlockRow>('app', BLOCKS, range);
  if (blocks.length === 0) return undefined;
  const all = blocks.flatMap(({ ids }) => ids.map(bigintOf));
  const values = [all, retentionClass, beginsMs / 1_000, endsMs / 1_000];
  const present = new Set((await database.query<{ id: string }>('reader', PRESENT, values)).map(({ id }) => id));
  const stale = blocks.filter(({ ids }) => ids.some((id) => !present.has(id)));
  if (stale.length > 0) {
    await database.transaction('app', async (app) => {
      for (const block of stale) await renew(app, { block, present, retentionClass });
    });
  }
  return justAbove(blocks.at(-1)!.first_id);
}

async function renew(
  app: Statements,
  { block, present, retentionClass }: { block: BlockRow; present: ReadonlySet<string>; retentionClass: number },
): Promise<void> {
  const texts = block.contents.split(BETWEEN_TEXTS);
  const renewed = new SearchBlock(retentionClass);
  const left = block.ids.map((id, i) => ({ id, text: texts[i]! })).filter(({ id }) => present.has(id));
  for (const { id, text } of left) renewed.add(id, text);
  await app.query(REMOVE, [bigintOf(block.first_id), retentionClass]);
  if (left.length > 0) await writeBlock(app, { firstId: block.first_id, lastId: block.last_id }, renewed);
}
