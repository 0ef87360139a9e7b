import type { Database } from '@interoffice/storage';
import { idAt, LAST_ID, parseId } from './ids.js';
import { bigintOf, rangeOf } from './range.js';
import type {
  ArchiveBounds,
  ArchivedStanza,
  ArchivePage,
  ArchiveQuery,
  ArchiveReader,
  Change,
  PassedStanza,
  RoomStay,
  SaidQuery,
  SentQuery,
  WaitingQuery,
} from './reader.js';

interface StanzaRow {
  readonly id: string;
  readonly at: Date;
  readonly stanza: Buffer;
  readonly author?: string;
  readonly author_device?: string;
}

interface PassedRow extends StanzaRow {
  readonly kind: number;
  readonly author_id: number | string;
  readonly author_device: string;
  readonly receiver_id: number | string;
  readonly receiver_device: string;
}

type Owner = 'author_id' | 'receiver_id';

/**
 * The rows of one owner behind one id and up to another, and their order, said so that only the index of owner and id has
 * them together. With `owner = $1 … ORDER BY id` a plan may go through everybody's rows by the primary key instead, which
 * while there are few of them costs the same, and stays as it was made (docs/decisions/0043).
 */
const stretch = (own: Owner, after: string, until: string, owner = '$1::bigint'): string =>
  `(${own}, journal.id) > (${owner}, ${after}) AND (${own}, journal.id) ${until} AND ${own} <> 0`;
const ordered = (own: Owner, order: 'ASC' | 'DESC'): string => `ORDER BY ${own} ${order}, journal.id ${order}`;
const upTo = (id: string, owner = '$1::bigint'): string => `<= (${owner}, ${id})`;
const NO_END = '9223372036854775807::bigint';

/** Of each room so many rows at most, by its own index. */
const SAID_IN_ROOMS = `(SELECT said.* FROM unnest($5::bigint[], $6::bigint[], $7::bigint[]) AS room (id, after, until)
    CROSS JOIN LATERAL (SELECT id, at, retention_class, kind, author_id, author_device, receiver_id, receiver_device
      FROM journal WHERE ${stretch('receiver_id', 'greatest($2::bigint, room.after)', upTo('least($3::bigint, room.until)', 'room.id'), 'room.id')}
       AND verdict = 0 AND kind = 3 ${ordered('receiver_id', 'ASC')} LIMIT $4) said)`;

/** What passed behind one position and up to another and belongs to the account by one of its two indexes. */
const side = (own: Owner, more: string): string =>
  `(SELECT ${PASSED_COLUMNS} FROM journal WHERE ${stretch(own, '$2::bigint', upTo('$3::bigint'))}
      AND verdict = 0 AND ${more} ${ordered(own, 'ASC')} LIMIT $4)`;

/** What narrows a page besides the range: each combination is one prepared statement. */
interface Shape {
  /** `account`: one of ours, known by its number. `room`: the archive is a room's, which has one side only. */
  readonly with: 'anybody' | 'account' | 'bare' | 'full' | 'room';
  readonly ids: boolean;
}

/** A query with the statement and the values it comes to. */
interface Asked {
  readonly query: ArchiveQuery;
  readonly shape: Shape;
  readonly values: readonly unknown[];
}

const HEX = `lpad(to_hex(p.id), 16, '0') AS id`;
/** Both indexes of an author: what went to people, and what was said in rooms. */
const sent = (columns: string, more: string): string =>
  ['receiver_id >= 0', 'receiver_id < 0']
    .map(
      (side) => `(SELECT ${columns} FROM journal WHERE ${stretch('author_id', '$2::bigint', upTo(NO_END))} AND ${side}
          AND verdict = 0 AND kind < 5 AND ${more})`,
    )
    .join(' UNION ALL ');
const MOST_SENT = 100_000;
const MOST_SENT_WITH = 16;
const PASSED = `${HEX}, p.at, p.kind, p.author_id, p.author_device, p.receiver_id, p.receiver_device`;
const GROUPCHAT = 3;
const AUTHOR = ', author, author_device';
/** How far back somebody else's message is looked for under an id that was no use of one's own. */
const MOST_LOOKED_AT = 1_000;
const PASSED_COLUMNS = 'id, at, retention_class, kind, author_id, author_device, receiver_id, receiver_device';
const CONTENT = 'JOIN journal_content c ON c.id = p.id AND c.at = p.at AND c.retention_class = p.retention_class';

const CONTACT = `SELECT coalesce((SELECT id FROM accounts WHERE jid = $1),
  (SELECT account_id FROM former_addresses WHERE jid = $1)) AS id`;

/**
 * Accounts' archives from the journal. A page is one statement that reads at most `max` + 1 entries of each of two
 * indexes, (author_id, id) and (receiver_id, id), however large the journal is; with one contact it passes over entries
 * of others, and reads no row for them when the contact is one of ours.
 */
export class PostgresReader implements ArchiveReader {
  constructor(private readonly database: Database) {}

  async page(query: ArchiveQuery): Promise<ArchivePage | undefined> {
    const named = [query.afterId, query.beforeId, ...(query.ids ?? [])].filter((id) => id !== undefined);
    if (!named.every((id) => parseId(id) !== undefined)) return undefined;
    const asked = await this.#asked(query);
    const [known, found, count] = await Promise.all([
      this.#has(query.accountId, named),
      query.max > 0 ? this.#select(asked) : [],
      query.max > 0 ? undefined : this.#count(asked),
    ]);
    if (!known) return undefined;
    if (count !== undefined) return { rows: [], complete: count === 0, count };
    return pageOf(query, found.map(stanzaOf));
  }

  async metadata(accountId: number): Promise<ArchiveBounds> {
    // Of an account's rows as author, those that went to a room are the room's.
    const ends = (['ASC', 'DESC'] as const).flatMap((order) => [
      `(SELECT id, at FROM journal WHERE ${stretch('author_id', '0', upTo(NO_END))} AND receiver_id >= 0 AND verdict = 0
          ${ordered('author_id', order)} LIMIT 1)`,
      `(SELECT id, at FROM journal WHERE ${stretch('receiver_id', '0', upTo(NO_END))} AND verdict = 0
          AND (receiver_id > 0 OR kind = ${GROUPCHAT}) ${ordered('receiver_id', order)} LIMIT 1)`,
    ]);
    const text = `SELECT ${HEX}, p.at FROM (${ends.join(' UNION ALL ')}) p ORDER BY p.id`;
    const rows = await this.database.prepared<StanzaRow>('reader', { name: 'archive.bounds', text }, [accountId]);
    const [first, last] = [rows[0], rows.at(-1)];
    if (!first || !last) return {};
    return { first: { id: first.id, atMs: first.at.getTime() }, last: { id: last.id, atMs: last.at.getTime() } };
  }

  async after(query: WaitingQuery): Promise<readonly PassedStanza[]> {
    const received = side('receiver_id', "(kind = 0 OR (kind = 1 AND receiver_device = ''))");
    return this.#waiting('archive.waiting', [received], query);
  }

  async sentIds({ accountId, sinceMs }: SentQuery): Promise<readonly string[]> {
    const found = sent('id, coalesce(origin_id, stanza_id) AS said', 'coalesce(origin_id, stanza_id) IS NOT NULL');
    const text = `SELECT said AS id FROM (${found}) sent ORDER BY sent.id DESC LIMIT ${MOST_SENT}`;
    const values = [accountId, bigintOf(idAt(sinceMs))];
    const rows = await this.database.prepared<{ id: string }>('reader', { name: 'archive.sent.ids', text }, values);
    return rows.map(({ id }) => id);
  }

  async sentWith({ accountId, sinceMs, id }: SentQuery & { readonly id: string }): Promise<readonly Buffer[]> {
    const found = sent('id, at, retention_class', 'coalesce(origin_id, stanza_id) = $3');
    const text = `SELECT c.stanza FROM (SELECT * FROM (${found}) sent ORDER BY id DESC LIMIT ${MOST_SENT_WITH}) p
        ${CONTENT} ORDER BY p.id DESC`;
    const values = [accountId, bigintOf(idAt(sinceMs)), id];
    const rows = await this.database.prepared<StanzaRow>('reader', { name: 'archive.sent.with', text }, values);
    return rows.map(({ stanza }) => stanza);
  }

  async passed(query: WaitingQuery): Promise<readonly PassedStanza[]> {
    const own = [side('author_id', 'receiver_id >= 0'), side('receiver_id', 'author_id <> $1')];
    return this.#waiting('archive.passed', own, query);
  }

  /** With what was said in the rooms; a statement of its own where there are some. */
  async #waiting(name: string, own: readonly string[], query: WaitingQuery): Promise<readonly PassedStanza[]> {
    const { rooms = [] } = query;
    const sides = (rooms.length > 0 ? [...own, SAID_IN_ROOMS] : own).join(' UNION ALL ');
    const text = `SELECT ${PASSED}, c.stanza FROM
        (SELECT * FROM (${sides}) all_sides ORDER BY id LIMIT $4) p ${CONTENT} ORDER BY p.id`;
    const values: unknown[] = [query.accountId, bigintOf(query.afterId), bigintOf(query.untilId), query.max];
    if (rooms.length > 0) values.push(...staysOf(rooms));
    const statement = { name: rooms.length > 0 ? `${name}.rooms` : name, text };
    const found = await this.database.prepared<PassedRow>('reader', statement, values);
    return found.map(passedOf);
  }

  async find(ids: readonly string[]): Promise<readonly PassedStanza[]> {
    const text = `SELECT ${PASSED}, c.stanza FROM journal p ${CONTENT}
       WHERE p.id = ANY ($1::bigint[]) AND p.verdict = 0`;
    const statement = { name: 'archive.find', text };
    const rows = await this.database.prepared<PassedRow>('reader', statement, [ids.map(bigintOf)]);
    return rows.map(passedOf);
  }

  async changesOf(ids: readonly string[]): Promise<readonly Change[]> {
    const text = `SELECT ${PASSED}, lpad(to_hex(p.about), 16, '0') AS about, c.stanza FROM journal p ${CONTENT}
       WHERE p.about = ANY ($1::bigint[]) AND p.about IS NOT NULL AND p.verdict = 0 ORDER BY p.id`;
    const statement = { name: 'archive.changes', text };
    const rows = await this.database.prepared<PassedRow & { about: string }>('reader', statement, [ids.map(bigintOf)]);
    return rows.map((row) => ({ ...passedOf(row), about: row.about }));
  }

  async said({ accountId, roomId, id }: SaidQuery): Promise<PassedStanza | undefined> {
    const text = `SELECT ${PASSED}, c.stanza FROM (
        (SELECT ${PASSED_COLUMNS}, 0 AS place FROM journal WHERE ${stretch('author_id', '0', upTo(NO_END))} AND receiver_id < 0
            AND receiver_id + 0 = $2 AND kind = ${GROUPCHAT} AND verdict = 0 AND stanza_id = $3
          ${ordered('author_id', 'DESC')} LIMIT 1)
        UNION ALL
        (SELECT ${PASSED_COLUMNS}, 1 AS place FROM (SELECT * FROM journal
            WHERE ${stretch('receiver_id', '0', upTo(NO_END, '$2::bigint'), '$2::bigint')} AND kind = ${GROUPCHAT} AND verdict = 0
            ${ordered('receiver_id', 'DESC')} LIMIT ${MOST_LOOKED_AT}) lately
          WHERE stanza_id = $3 ORDER BY id DESC LIMIT 1)) p ${CONTENT} ORDER BY p.place LIMIT 1`;
    const values = [accountId, roomId, id];
    const [row] = await this.database.prepared<PassedRow>('reader', { name: 'archive.said', text }, values);
    return row && passedOf(row);
  }

  /** A contact of ours is looked for by number: the indexes have it, whatever the address was. None ever changes hands. */
  async #asked(query: ArchiveQuery): Promise<Asked> {
    const values = valuesOf(query);
    const shape = (with_: Shape['with']): Shape => ({ with: with_, ids: query.ids !== undefined });
    const ids = query.ids ? [query.ids.map(bigintOf)] : [];
    if (query.accountId < 0) return { query, shape: shape('room'), values: [...values, ...ids] };
    if (query.with === undefined) return { query, shape: shape('anybody'), values: [...values, ...ids] };
    const [bare = '', ...device] = query.with.split('/');
    if (device.length > 0) return { query, shape: shape('full'), values: [...values, bare, device.join('/'), ...ids] };
    const statement = { name: 'archive.contact', text: CONTACT };
    const [account] = await this.database.prepared<{ id: number | string | null }>('app', statement, [bare]);
    if (account?.id) return { query, shape: shape('account'), values: [...values, account.id, ...ids] };
    return { query, shape: shape('bare'), values: [...values, bare, ...ids] };
  }

  async #select({ query, shape, values }: Asked): Promise<StanzaRow[]> {
    const order = query.backwards === true ? 'DESC' : 'ASC';
    const ids = sidesOf(shape, (own) => `${ordered(own, order)} LIMIT $4`);
    // Where the sides were read from the indexes alone, the rows are fetched once it is known which.
    const rows = `SELECT * FROM (${ids}) both_sides ORDER BY id ${order} LIMIT $4`;
    const found = shape.with === 'account' ? `SELECT j.* FROM (${rows}) i JOIN journal j ON j.id = i.id` : rows;
    const author = shape.with === 'room' ? AUTHOR : '';
    const text = `SELECT ${HEX}, p.at, c.stanza${author} FROM (${found}) p ${CONTENT} ORDER BY p.id`;
    const name = `archive.page.${shape.with}.${shape.ids ? 'ids' : 'all'}.${order}`;
    return this.database.prepared<StanzaRow>('reader', { name, text }, values);
  }

  async #count({ shape, values }: Asked): Promise<number> {
    const text = `SELECT count(*) AS count, $4::int AS unused FROM (${sidesOf(shape, () => '')}) both_sides`;
    const name = `archive.count.${shape.with}.${shape.ids ? 'ids' : 'all'}`;
    const [row] = await this.database.prepared<{ count: number }>('reader', { name, text }, values);
    return row!.count;
  }

  async #has(accountId: number, ids: readonly string[]): Promise<boolean> {
    if (ids.length === 0) return true;
    const text = `SELECT count(*) AS count FROM journal
       WHERE id = ANY ($2::bigint[]) AND verdict = 0 AND (receiver_id = $1 OR (author_id = $1 AND receiver_id >= 0))`;
    const distinct = [...new Set(ids)];
    const values = [accountId, distinct.map(bigintOf)];
    const [row] = await this.database.prepared<{ count: number }>('reader', { name: 'archive.has', text }, values);
    return row!.count === distinct.length;
  }
}

/** What the account wrote and what it received; a message to itself is in the first alone. */
function sidesOf(shape: Shape, end: (own: Owner) => string): string {
  const side = (own: 'author' | 'receiver', other: string, more: string): string => {
    const conditions = [stretch(`${own}_id`, '$2::bigint', '< ($1::bigint, $3::bigint)'), 'verdict = 0', more];
    if (own === 'author') conditions.push('receiver_id >= 0');
    let next = 5;
    // The sum keeps it from being looked up in the other's index, where everything is that the contact ever got.
    if (shape.with === 'account') conditions.push(`${other}_id + 0 = $${next++}::bigint`);
    else if (shape.with === 'bare' || shape.with === 'full') conditions.push(`${other} = $${next++}`);
    if (shape.with === 'full') conditions.push(`${other}_device = $${next++}`);
    if (shape.ids) conditions.push(`id = ANY ($${next}::bigint[])`);
    const columns = shape.with === 'account' ? 'id' : `id, at, retention_class${shape.with === 'room' ? AUTHOR : ''}`;
    return `(SELECT ${columns} FROM journal WHERE ${conditions.join(' AND ')} ${end(`${own}_id`)})`;
  };
  if (shape.with === 'room') return side('receiver', 'author', `kind = ${GROUPCHAT}`);
  return `${side('author', 'receiver', 'true')} UNION ALL ${side('receiver', 'author', 'author_id <> $1')}`;
}

function staysOf(rooms: readonly RoomStay[]): unknown[][] {
  return [
    rooms.map(({ roomId }) => roomId),
    rooms.map(({ afterId }) => bigintOf(afterId)),
    rooms.map(({ untilId }) => bigintOf(untilId ?? LAST_ID)),
  ];
}

/** The first four values of every statement. */
function valuesOf(query: ArchiveQuery): unknown[] {
  const { above, below } = rangeOf(query);
  return [query.accountId, bigintOf(above), bigintOf(below), query.max > 0 ? query.max + 1 : 0];
}

/** One row more than asked for was read: whether it is there says whether the page is the last. */
export function pageOf(query: ArchiveQuery, found: readonly ArchivedStanza[]): ArchivePage {
  const complete = found.length <= query.max;
  const rows = complete ? found : query.backwards === true ? found.slice(1) : found.slice(0, query.max);
  const whole = query.afterId === undefined && query.beforeId === undefined;
  return {
    rows,
    complete,
    ...(whole && (complete || query.backwards !== true) ? { firstIndex: 0 } : {}),
    ...(whole && complete ? { count: rows.length } : {}),
  };
}

function stanzaOf(row: StanzaRow): ArchivedStanza {
  const { id, at, stanza, author, author_device: device } = row;
  const said = { id, atMs: at.getTime(), stanza };
  return author === undefined ? said : { ...said, author: device ? `${author}/${device}` : author };
}

function passedOf(row: PassedRow): PassedStanza {
  return {
    ...stanzaOf(row),
    kind: row.kind,
    authorId: Number(row.author_id),
    authorDevice: row.author_device,
    receiverId: Number(row.receiver_id),
    receiverDevice: row.receiver_device,
  };
}
