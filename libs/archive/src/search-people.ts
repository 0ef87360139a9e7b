import type { Database } from '@interoffice/storage';
import { bigintOf } from './range.js';
import type { IdRange } from './search-proposals.js';

/** Accounts by number, and on which side of a message they are. */
export interface SoughtPeople {
  readonly ids: readonly number[];
  readonly sides: readonly ('author' | 'receiver')[];
}

/** A block of the text index: a stretch of the journal, both ends included. */
export interface Block {
  readonly first: string;
  readonly last: string;
}

/** More messages than this are quicker to compare where the index has their texts. */
const MOST_MESSAGES = 1_024;
/** Conditions as the partial indexes have them: each is read alone, without the rows. */
const INDEXED = {
  author: [
    'j.author_id = party.id AND j.author_id <> 0 AND j.receiver_id >= 0',
    'j.author_id = party.id AND j.author_id <> 0 AND j.receiver_id < 0',
  ],
  receiver: ['j.receiver_id = party.id AND j.receiver_id <> 0'],
} as const;

/** What these people said or heard within the blocks, latest first; undefined when that is too much to look at each. */
export async function messagesOf(
  database: Database,
  { ids, sides }: SoughtPeople,
  { blocks, range }: { readonly blocks: readonly Block[]; readonly range: IdRange },
): Promise<readonly string[] | undefined> {
  const branches = sides
    .flatMap((side) => INDEXED[side])
    .map((own) => `SELECT j.id FROM journal j WHERE ${own} AND j.id >= block.first_id AND j.id <= block.last_id`);
  const text = `SELECT encode(int8send(said.id), 'hex') AS id
      FROM unnest($1::bigint[], $2::bigint[]) AS block (first_id, last_id)
     CROSS JOIN unnest($3::bigint[]) AS party (id)
     CROSS JOIN LATERAL (${branches.join('\n       UNION ALL ')}) said
     WHERE said.id > $4::bigint AND said.id < $5::bigint LIMIT ${MOST_MESSAGES + 1}`;
  const bounds = [bigintOf(range.above), bigintOf(range.below)];
  const stretches = [blocks.map(({ first }) => bigintOf(first)), blocks.map(({ last }) => bigintOf(last))];
  const rows = await database.query<{ id: string }>('reader', text, [...stretches, ids, ...bounds]);
  if (rows.length > MOST_MESSAGES) return undefined;
  return [...new Set(rows.map(({ id }) => id))].sort().toReversed();
}
