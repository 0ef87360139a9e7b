import type { Database } from '@interoffice/storage';
import { idAt, parseId } from './ids.js';
import { bigintOf, rangeOf } from './range.js';
import type {
  ArchiveBounds,
  ArchivedStanza,
  ArchivePage,
  ArchiveQuery,
  ArchiveReader,
  PassedStanza,
  SentQuery,
  WaitingQuery,
} from './reader.js';

interface StanzaRow {
  readonly id: string;
  readonly at: Date;
  readonly stanza: Buffer;
}

interface PassedRow extends StanzaRow {
  readonly kind: number;
  readonly author_id: number | string;
  readonly author_device: string;
  readonly receiver_id: number | string;
  readonly receiver_device: string;
}

/** What narrows a page besides the range: each combination is one prepared statement. */
interface Shape {
  /** `account`: one of ours, known by its number. */
  readonly with: 'anybody' | 'account' | 'bare' | 'full';
  readonly ids: boolean;
}

/** A query with the statement and the values it comes to. */
interface Asked {
  readonly query: ArchiveQuery;
  readonly shape: Shape;
  readonly values: readonly unknown[];
}

const HEX = `lpad(to_hex(p.id), 16, '0') AS id`;
const SENT = 'author_id = $1 AND author_id <> 0 AND journal.id > $2::bigint AND verdict = 0';
const MOST_SENT = 100_000;
const MOST_SENT_WITH = 16;
const PASSED = `${HEX}, p.at, p.kind, p.author_id, p.author_device, p.receiver_id, p.receiver_device`;
const PASSED_COLUMNS = 'id, at, retention_class, kind, author_id, author_device, receiver_id, receiver_device';
const CONTENT = 'JOIN journal_content c ON c.id = p.id AND c.at = p.at AND c.retention_class = p.retention_class';

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
    const ends = ['ASC', 'DESC'].flatMap((order) => [
      `(SELECT id, at FROM journal WHERE author_id = $1 AND author_id <> 0 AND verdict = 0 ORDER BY id ${order} LIMIT 1)`,
      `(SELECT id, at FROM journal WHERE receiver_id = $1 AND receiver_id <> 0 AND verdict = 0 ORDER BY id ${order} LIMIT 1)`,
    ]);
    const text = `SELECT ${HEX}, p.at FROM (${ends.join(' UNION ALL ')}) p ORDER BY p.id`;
    const rows = await this.database.prepared<StanzaRow>('reader', { name: 'archive.bounds', text }, [accountId]);
    const [first, last] = [rows[0], rows.at(-1)];
    if (!first || !last) return {};
    return { first: { id: first.id, atMs: first.at.getTime() }, last: { id: last.id, atMs: last.at.getTime() } };
  }

  async after(query: WaitingQuery): Promise<readonly PassedStanza[]> {
    const text = `SELECT ${PASSED}, c.stanza FROM (
        SELECT ${PASSED_COLUMNS} FROM journal
         WHERE receiver_id = $1 AND receiver_id <> 0 AND id > $2::bigint AND id <= $3::bigint AND verdict = 0
           AND (kind = 0 OR (kind = 1 AND receiver_device = ''))
         ORDER BY id LIMIT $4) p ${CONTENT} ORDER BY p.id`;
    const values = [query.accountId, bigintOf(query.afterId), bigintOf(query.untilId), query.max];
    const rows = await this.database.prepared<PassedRow>('reader', { name: 'archive.waiting', text }, values);
    return rows.map(passedOf);
  }

  async sentIds({ accountId, sinceMs }: SentQuery): Promise<readonly string[]> {
    const text = `SELECT coalesce(origin_id, stanza_id) AS id FROM journal WHERE ${SENT}
        AND coalesce(origin_id, stanza_id) IS NOT NULL ORDER BY journal.id DESC LIMIT ${MOST_SENT}`;
    const values = [accountId, bigintOf(idAt(sinceMs))];
    const rows = await this.database.prepared<{ id: string }>('reader', { name: 'archive.sent.ids', text }, values);
    return rows.map(({ id }) => id);
  }

  async sentWith({ accountId, sinceMs, id }: SentQuery & { readonly id: string }): Promise<readonly Buffer[]> {
    const text = `SELECT c.stanza FROM (SELECT id, at, retention_class FROM journal WHERE ${SENT}
        AND coalesce(origin_id, stanza_id) = $3 ORDER BY id DESC LIMIT ${MOST_SENT_WITH}) p ${CONTENT} ORDER BY p.id DESC`;
    const values = [accountId, bigintOf(idAt(sinceMs)), id];
    const rows = await this.database.prepared<StanzaRow>('reader', { name: 'archive.sent.with', text }, values);
    return rows.map(({ stanza }) => stanza);
  }

  async passed(query: WaitingQuery): Promise<readonly PassedStanza[]> {
    const side = (own: string, more: string): string =>
      `(SELECT ${PASSED_COLUMNS} FROM journal WHERE ${own} = $1 AND ${own} <> 0 AND id > $2::bigint AND id <= $3::bigint
          AND verdict = 0 AND ${more} ORDER BY id LIMIT $4)`;
    const sides = `${side('author_id', 'true')} UNION ALL ${side('receiver_id', 'author_id <> $1')}`;
    const text = `SELECT ${PASSED}, c.stanza FROM
        (SELECT * FROM (${sides}) both_sides ORDER BY id LIMIT $4) p ${CONTENT} ORDER BY p.id`;
    const values = [query.accountId, bigintOf(query.afterId), bigintOf(query.untilId), query.max];
    const rows = await this.database.prepared<PassedRow>('reader', { name: 'archive.passed', text }, values);
    return rows.map(passedOf);
  }

  /** A contact that is one of ours is looked for by number: the indexes have it. Addresses never change hands. */
  async #asked(query: ArchiveQuery): Promise<Asked> {
    const values = valuesOf(query);
    const shape = (with_: Shape['with']): Shape => ({ with: with_, ids: query.ids !== undefined });
    const ids = query.ids ? [query.ids.map(bigintOf)] : [];
    if (query.with === undefined) return { query, shape: shape('anybody'), values: [...values, ...ids] };
    const [bare = '', ...device] = query.with.split('/');
    if (device.length > 0) return { query, shape: shape('full'), values: [...values, bare, device.join('/'), ...ids] };
    const statement = { name: 'archive.contact', text: 'SELECT id FROM accounts WHERE jid = $1' };
    const [account] = await this.database.prepared<{ id: number | string }>('app', statement, [bare]);
    if (account) return { query, shape: shape('account'), values: [...values, account.id, ...ids] };
    return { query, shape: shape('bare'), values: [...values, bare, ...ids] };
  }

  async #select({ query, shape, values }: Asked): Promise<StanzaRow[]> {
    const order = query.backwards === true ? 'DESC' : 'ASC';
    const ids = sidesOf(shape, `ORDER BY id ${order} LIMIT $4`);
    // Where the sides were read from the indexes alone, the rows are fetched once it is known which.
    const rows = `SELECT * FROM (${ids}) both_sides ORDER BY id ${order} LIMIT $4`;
    const found = shape.with === 'account' ? `SELECT j.* FROM (${rows}) i JOIN journal j ON j.id = i.id` : rows;
    const text = `SELECT ${HEX}, p.at, c.stanza FROM (${found}) p ${CONTENT} ORDER BY p.id`;
    const name = `archive.page.${shape.with}.${shape.ids ? 'ids' : 'all'}.${order}`;
    return this.database.prepared<StanzaRow>('reader', { name, text }, values);
  }

  async #count({ shape, values }: Asked): Promise<number> {
    const text = `SELECT count(*) AS count, $4::int AS unused FROM (${sidesOf(shape, '')}) both_sides`;
    const name = `archive.count.${shape.with}.${shape.ids ? 'ids' : 'all'}`;
    const [row] = await this.database.prepared<{ count: number }>('reader', { name, text }, values);
    return row!.count;
  }

  async #has(accountId: number, ids: readonly string[]): Promise<boolean> {
    if (ids.length === 0) return true;
    const text = `SELECT count(*) AS count FROM journal
       WHERE id = ANY ($2::bigint[]) AND verdict = 0 AND (author_id = $1 OR receiver_id = $1)`;
    const distinct = [...new Set(ids)];
    const values = [accountId, distinct.map(bigintOf)];
    const [row] = await this.database.prepared<{ count: number }>('reader', { name: 'archive.has', text }, values);
    return row!.count === distinct.length;
  }
}

/** What the account wrote and what it received; a message to itself is in the first alone. */
function sidesOf(shape: Shape, end: string): string {
  const side = (own: string, other: string, more: string): string => {
    // The indexes leave out 0; without saying so a prepared statement may not use them.
    const conditions = [`${own}_id = $1`, `${own}_id <> 0`, 'id > $2::bigint', 'id < $3::bigint', 'verdict = 0', more];
    let next = 5;
    if (shape.with === 'account') conditions.push(`${other}_id = $${next++}::bigint`);
    else if (shape.with !== 'anybody') conditions.push(`${other} = $${next++}`);
    if (shape.with === 'full') conditions.push(`${other}_device = $${next++}`);
    if (shape.ids) conditions.push(`id = ANY ($${next}::bigint[])`);
    const columns = shape.with === 'account' ? 'id' : 'id, at, retention_class';
    return `(SELECT ${columns} FROM journal WHERE ${conditions.join(' AND ')} ${end})`;
  };
  return `${side('author', 'receiver', 'true')} UNION ALL ${side('receiver', 'author', 'author_id <> $1')}`;
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
  return { id: row.id, atMs: row.at.getTime(), stanza: row.stanza };
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
