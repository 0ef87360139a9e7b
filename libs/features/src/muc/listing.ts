import type { Sql } from '../sql.js';
import type { Affiliation } from './affiliation.js';
import type { Ending } from './records.js';

/** A room in a list. */
export interface RoomSummary {
  readonly jid: string;
  readonly name: string;
  readonly description: string;
  readonly office: string;
  readonly template: string | undefined;
  readonly isPublic: boolean;
  readonly isMembersOnly: boolean;
  readonly isPersistent: boolean;
  /** People with an affiliation that lets them in. */
  readonly members: number;
  /** People who are there now. */
  readonly occupants: number;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly ended: Ending | undefined;
}

export interface RoomQuery {
  readonly text?: string;
  readonly office?: string;
  /** Undefined: both. */
  readonly state?: 'open' | 'ended';
  readonly sort: 'jid' | 'name' | 'office' | 'createdAt' | 'members';
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

/** How somebody belongs to a room. */
export interface RoomOfPerson {
  readonly room: string;
  readonly affiliation: Affiliation;
}

interface Row {
  readonly jid: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly office: string;
  readonly template: string | null;
  readonly public: boolean | null;
  readonly members_only: boolean | null;
  readonly persistent: boolean | null;
  readonly members: string | number;
  readonly created_by: string;
  readonly created_at_ms: string;
  readonly ended: Ending | null;
  readonly total: string | number;
}

interface NoRow {
  readonly jid: null;
  readonly total: string | number;
}

const ORDER: Readonly<Record<RoomQuery['sort'], string>> = {
  jid: 'jid',
  name: 'lower(name)',
  office: 'office',
  createdAt: 'created_at',
  members: 'members',
};

const COLUMNS = `r.jid, r.config->>'name' AS name, r.config->>'description' AS description, r.office, r.template,
  (r.config->>'isPublic')::boolean AS public, (r.config->>'isMembersOnly')::boolean AS members_only,
  (r.config->>'isPersistent')::boolean AS persistent, r.created_by, r.created_at, r.ended,
  (extract(epoch FROM r.created_at) * 1000)::bigint AS created_at_ms,
  (SELECT count(*) FROM room_affiliations a
    WHERE a.room_id = r.id AND a.affiliation IN ('owner', 'admin', 'member')) AS members`;

/** Rooms for administrators: a page at a time, in an order. */
export class RoomListing {
  constructor(private readonly sql: Sql) {}

  async page(query: RoomQuery): Promise<{ rooms: RoomSummary[]; total: number }> {
    const order = `${ORDER[query.sort]} ${query.descending ? 'DESC' : 'ASC'} NULLS LAST, jid`;
    // The number of all is told also behind the last page.
    const rows = await this.sql.query<Row | NoRow>(
      `rooms.page.${query.sort}.${query.descending ? 'down' : 'up'}`,
      `WITH found AS (SELECT ${COLUMNS} FROM rooms r
         WHERE ($1::text IS NULL OR lower(r.jid || ' ' || coalesce(r.config->>'name', '')) LIKE '%' || lower($1) || '%')
           AND ($2::text IS NULL OR r.office = $2)
           AND ($3::text IS NULL OR (r.ended IS NOT NULL) = ($3 = 'ended')))
       SELECT page.*, counted.total FROM (SELECT count(*) AS total FROM found) counted
         LEFT JOIN (SELECT * FROM found ORDER BY ${order} OFFSET $4 LIMIT $5) page ON true
       ORDER BY ${order}`,
      [
        query.text === undefined ? null : escapeLike(query.text),
        query.office ?? null,
        query.state ?? null,
        query.offset,
        query.limit,
      ],
    );
    return { rooms: rooms(rows.filter((row) => row.jid !== null)), total: Number(rows[0]?.total ?? 0) };
  }

  /** Rooms that have not ended to which this person belongs, or which are closed to them. */
  of(bare: string): Promise<readonly RoomOfPerson[]> {
    const text = `SELECT r.jid AS room, a.affiliation FROM room_affiliations a
      JOIN rooms r ON r.id = a.room_id AND r.ended IS NULL WHERE a.jid = $1 AND a.affiliation <> 'none' ORDER BY r.jid`;
    return this.sql.query<RoomOfPerson>('rooms.of_person', text, [bare]);
  }

  async find(jid: string): Promise<RoomSummary | undefined> {
    const text = `SELECT ${COLUMNS}, 1 AS total FROM rooms r WHERE r.jid = $1`;
    return rooms(await this.sql.query<Row>('rooms.summary', text, [jid]))[0];
  }
}

function rooms(rows: readonly Row[]): RoomSummary[] {
  return rows.map((row) => ({
    jid: row.jid,
    name: row.name ?? '',
    description: row.description ?? '',
    office: row.office,
    template: row.template ?? undefined,
    isPublic: row.public ?? false,
    isMembersOnly: row.members_only ?? false,
    isPersistent: row.persistent ?? false,
    members: Number(row.members),
    occupants: 0,
    createdBy: row.created_by,
    createdAtMs: Number(row.created_at_ms),
    ended: row.ended ?? undefined,
  }));
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}
