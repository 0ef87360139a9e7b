import type { Database } from '@interoffice/storage';
import { asOfficer } from './officer-session.js';
import { COLUMNS, type OfficerRow, SAID, SOURCES } from './officer-statements.js';
import { bigintOf } from './range.js';

/** Somebody, by number and by address; 0: not ours. */
interface Side {
  readonly id: number;
  readonly address: string;
}

interface Pair {
  readonly author: Side;
  readonly receiver: Side;
}

/** Conditions with values of their own, from a given place on. */
type Condition = (given: (value: unknown) => string) => string;

const SIDES = 'SELECT author_id, receiver_id, author, receiver FROM officer_journal WHERE id = $1::bigint';
/** Between two people elsewhere there is no index: a month before and after, as a distance of ids. */
const NEARBY = (30n * 86_400_000n) << 22n;

interface SidesRow {
  readonly author_id: number;
  readonly receiver_id: number;
  readonly author: string;
  readonly receiver: string;
}

/** Rows, the oldest first. */
interface Around {
  readonly before: readonly OfficerRow[];
  readonly after: readonly OfficerRow[];
}

/** What was said before and after a message in the same conversation, without the message itself. */
export async function aroundMessage(
  database: Database,
  id: string,
  { count, scope }: { count: number; scope: string },
): Promise<Around> {
  const [row] = await asOfficer(database, scope, (officer) => officer.query<SidesRow>(SIDES, [bigintOf(id)]));
  if (!row) return { before: [], after: [] };
  const author = { id: row.author_id, address: row.author };
  const receiver = { id: row.receiver_id, address: row.receiver };
  if (author.id > 0 && receiver.id > 0) return betweenTwo(database, { author, receiver }, { id, count, scope });
  const conditions = receiver.id < 0 ? [inRoom(receiver.id)] : [ofPair({ author, receiver }, id)];
  if (receiver.id >= 0) conditions.push(ofPair({ author: receiver, receiver: author }, id));
  const ask = (direction: '<' | '>', order: 'ASC' | 'DESC'): Promise<OfficerRow[]> => {
    const values: unknown[] = [bigintOf(id), count];
    const given = (value: unknown): string => `$${values.push(value)}`;
    const text = conversation(
      conditions.map((condition) => condition(given)),
      { direction, order },
    );
    return asOfficer(database, scope, (officer) => officer.query<OfficerRow>(text, values));
  };
  const before = await ask('<', 'DESC');
  return { before: before.toReversed(), after: await ask('>', 'ASC') };
}

/** With a rare contact of a busy person the rows of all others are passed over: in the index alone, as the reader. */
function pairIds(direction: '<' | '>', order: 'ASC' | 'DESC'): string {
  const one = (author: string, receiver: string): string =>
    `(SELECT id FROM journal WHERE author_id = ${author}::bigint AND author_id <> 0 AND receiver_id >= 0
        AND receiver_id = ${receiver}::bigint AND id ${direction} $1::bigint ORDER BY id ${order} LIMIT $2)`;
  return `SELECT lpad(to_hex(id), 16, '0') AS id FROM (${one('$3', '$4')}
      UNION ${one('$4', '$3')}) said ORDER BY said.id ${order} LIMIT $2`;
}

const BY_IDS = `SELECT ${COLUMNS} FROM ${SOURCES} WHERE j.id = ANY ($1::bigint[]) AND ${SAID} ORDER BY j.id`;

async function betweenTwo(
  database: Database,
  pair: Pair,
  look: { id: string; count: number; scope: string },
): Promise<Around> {
  const values = [bigintOf(look.id), look.count, pair.author.id, pair.receiver.id];
  const before = await database.query<{ id: string }>('reader', pairIds('<', 'DESC'), values);
  const after = await database.query<{ id: string }>('reader', pairIds('>', 'ASC'), values);
  const ids = [...before, ...after].map((row) => bigintOf(row.id));
  const rows = await asOfficer(database, look.scope, (officer) => officer.query<OfficerRow>(BY_IDS, [ids]));
  return { before: rows.filter((row) => row.id < look.id), after: rows.filter((row) => row.id > look.id) };
}

function inRoom(room: number): Condition {
  return (given) => `j.receiver_id = ${given(room)}::bigint AND j.receiver_id <> 0`;
}

/** One direction, along the index of one of the two. Who has a number is the same person under every address they had. */
function ofPair({ author, receiver }: Pair, id: string): Condition {
  return (given) => {
    const is = (side: string, who: Side): string =>
      who.id === 0
        ? `j.${side}_id = 0 AND j.${side} = ${given(who.address)}::text`
        : `j.${side}_id = ${given(who.id)}::bigint AND j.${side}_id <> 0`;
    const both = `${is('author', author)} AND ${is('receiver', receiver)} AND j.receiver_id >= 0`;
    if (author.id !== 0 || receiver.id !== 0) return both;
    const middle = BigInt(bigintOf(id));
    return `${both} AND j.id > ${given(String(middle - NEARBY))}::bigint AND j.id < ${given(String(middle + NEARBY))}::bigint`;
  };
}

function conversation(parts: readonly string[], { direction, order }: { direction: '<' | '>'; order: 'ASC' | 'DESC' }) {
  const branches = parts.map(
    (part) =>
      `(SELECT j.id FROM ${SOURCES} WHERE j.id ${direction} $1::bigint AND ${SAID} AND ${part} ORDER BY j.id ${order} LIMIT $2)`,
  );
  // UNION: whoever writes to themselves is in both.
  return `SELECT ${COLUMNS} FROM (
      SELECT id FROM (${branches.join('\n      UNION ')}) said ORDER BY id ${order} LIMIT $2) found
    JOIN ${SOURCES} ON j.id = found.id ORDER BY j.id ${order}`;
}
