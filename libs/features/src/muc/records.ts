import type { Sql } from '../sql.js';
import type { Affiliation } from './affiliation.js';
import { readConfig, type RoomConfig } from './config.js';

/** What is kept of one person's relation to a room. */
export interface Relation {
  readonly affiliation: Affiliation;
  /** Reserved for him here. XEP-0045 §7.10 */
  readonly nick: string | undefined;
  readonly reason: string | undefined;
}

/** The subject, who set it, and when. XEP-0045 §7.2.15 */
export interface Subject {
  readonly text: string;
  readonly nick: string;
  readonly atMs: number;
}

/** A room's picture: a vCard with a photo. XEP-0153, XEP-0486 */
export interface Avatar {
  readonly vcard: string;
  /** SHA-1 of the photo, hexadecimal; undefined: the vCard has none. */
  readonly hash: string | undefined;
}

/** Why there is no room here any more. XEP-0045 §10.9 */
export interface Ending {
  readonly atMs: number;
  readonly by: string;
  readonly reason: string | undefined;
  readonly alternate: string | undefined;
}

/** A room as it is kept. */
export interface RoomRecord {
  readonly id: number;
  readonly jid: string;
  readonly office: string;
  readonly template: string | undefined;
  readonly config: RoomConfig;
  readonly subject: Subject | undefined;
  readonly avatar: Avatar | undefined;
  /** Until its owner has configured it nobody else may enter. XEP-0045 §10.1 */
  readonly isLocked: boolean;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly ended: Ending | undefined;
  readonly relations: ReadonlyMap<string, Relation>;
}

export interface NewRoom {
  readonly jid: string;
  readonly office: string;
  readonly template?: string;
  readonly config: RoomConfig;
  readonly isLocked: boolean;
  readonly createdBy: string;
  readonly relations: ReadonlyMap<string, Relation>;
}

/** What may be changed of a room besides who belongs to it. */
export interface RoomChange {
  readonly config?: RoomConfig;
  readonly subject?: Subject;
  readonly avatar?: Avatar;
  readonly isLocked?: boolean;
  readonly ended?: Ending;
}

interface Row {
  readonly id: string;
  readonly jid: string;
  readonly office: string;
  readonly template: string | null;
  readonly config: Record<string, unknown>;
  readonly subject: Subject | null;
  readonly avatar: Avatar | null;
  readonly locked: boolean;
  readonly created_by: string;
  readonly created_at_ms: string;
  readonly ended: Ending | null;
  readonly relations: [jid: string, affiliation: Affiliation, nick: string | null, reason: string | null][] | null;
}

const COLUMNS = `r.id, r.jid, r.office, r.template, r.config, r.subject, r.avatar, r.locked, r.created_by,
  (extract(epoch FROM r.created_at) * 1000)::bigint AS created_at_ms, r.ended`;
const RELATIONS = `(SELECT json_agg(json_build_array(a.jid, a.affiliation, a.nick, a.reason))
  FROM room_affiliations a WHERE a.room_id = r.id) AS relations`;

/** The tables `rooms` and `room_affiliations`. */
export class RoomRecords {
  constructor(private readonly sql: Sql) {}

  async find(jid: string): Promise<RoomRecord | undefined> {
    const text = `SELECT ${COLUMNS}, ${RELATIONS} FROM rooms r WHERE r.jid = $1`;
    const [row] = await this.sql.query<Row>('rooms.find', text, [jid]);
    return row && recordOf(row);
  }

  /** Replaces a tombstone; undefined when there is such a room. */
  async create(room: NewRoom): Promise<RoomRecord | undefined> {
    const relations = [...room.relations];
    const [row] = await this.sql.query<Row>(
      'rooms.create',
      `WITH gone AS (DELETE FROM rooms WHERE jid = $1 AND ended IS NOT NULL),
        made AS (
          INSERT INTO rooms (jid, office, template, config, locked, created_by) VALUES ($1, $2, $3, $4::jsonb, $5, $6)
          ON CONFLICT (jid) DO NOTHING RETURNING *),
        related AS (
          INSERT INTO room_affiliations (room_id, jid, affiliation, nick)
          SELECT made.id, a.jid, a.affiliation, a.nick
            FROM made, unnest($7::text[], $8::text[], $9::text[]) AS a (jid, affiliation, nick))
        SELECT ${COLUMNS}, NULL AS relations FROM made r`,
      [
        room.jid,
        room.office,
        room.template ?? null,
        JSON.stringify(room.config),
        room.isLocked,
        room.createdBy,
        relations.map(([jid]) => jid),
        relations.map(([, { affiliation }]) => affiliation),
        relations.map(([, { nick }]) => nick ?? null),
      ],
    );
    return row && { ...recordOf(row), relations: room.relations };
  }

  async change(id: number, change: RoomChange): Promise<void> {
    const json = (value: object | undefined): string | null => (value === undefined ? null : JSON.stringify(value));
    await this.sql.query(
      'rooms.change',
      `UPDATE rooms SET config = coalesce($2::jsonb, config), subject = coalesce($3::jsonb, subject),
         avatar = coalesce($4::jsonb, avatar), locked = coalesce($5, locked), ended = coalesce($6::jsonb, ended)
       WHERE id = $1`,
      [id, json(change.config), json(change.subject), json(change.avatar), change.isLocked ?? null, json(change.ended)],
    );
  }

  /** Sets relations, all of them or none; one without affiliation and nick is forgotten. */
  async relate(id: number, relations: readonly (readonly [jid: string, relation: Relation])[]): Promise<void> {
    await this.sql.query(
      'rooms.relate',
      `WITH wanted AS (
         SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS w (jid, affiliation, nick, reason)),
       forgotten AS (
         DELETE FROM room_affiliations a USING wanted w
          WHERE a.room_id = $1 AND a.jid = w.jid AND w.affiliation = 'none' AND w.nick IS NULL)
       INSERT INTO room_affiliations (room_id, jid, affiliation, nick, reason)
         SELECT $1, jid, affiliation, nick, reason FROM wanted WHERE affiliation <> 'none' OR nick IS NOT NULL
       ON CONFLICT (room_id, jid) DO UPDATE SET affiliation = excluded.affiliation, nick = excluded.nick,
         reason = excluded.reason`,
      [
        id,
        relations.map(([jid]) => jid),
        relations.map(([, { affiliation }]) => affiliation),
        relations.map(([, { nick }]) => nick ?? null),
        relations.map(([, { reason }]) => reason ?? null),
      ],
    );
  }

  /** Is there any room? */
  async areThere(): Promise<boolean> {
    return (await this.sql.query('rooms.any', 'SELECT 1 FROM rooms LIMIT 1', [])).length > 0;
  }

  /** A room that was not meant to stay: its row goes, the journal keeps what was said. */
  async remove(id: number): Promise<void> {
    await this.sql.query('rooms.remove', 'DELETE FROM rooms WHERE id = $1', [id]);
  }
}

function recordOf(row: Row): RoomRecord {
  return {
    id: Number(row.id),
    jid: row.jid,
    office: row.office,
    template: row.template ?? undefined,
    config: readConfig(row.config),
    subject: row.subject ?? undefined,
    avatar: row.avatar ?? undefined,
    isLocked: row.locked,
    createdBy: row.created_by,
    createdAtMs: Number(row.created_at_ms),
    ended: row.ended ?? undefined,
    relations: new Map(
      row.relations?.map(([jid, affiliation, nick, reason]) => [
        jid,
        { affiliation, nick: nick ?? undefined, reason: reason ?? undefined },
      ]),
    ),
  };
}
