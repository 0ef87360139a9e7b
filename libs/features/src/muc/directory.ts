import type { Sql } from '../sql.js';

/** A room as somebody may find it. */
export interface FoundRoom {
  readonly jid: string;
  readonly name: string;
  readonly description: string;
  readonly language: string;
  readonly isOpen: boolean;
  readonly isNonAnonymous: boolean;
}

export interface RoomSearch {
  /** The bare JID of who looks: hidden rooms are shown to their members. */
  readonly to: string;
  readonly after: string | undefined;
  readonly limit: number;
  readonly text?: string;
  readonly fields?: { readonly name: boolean; readonly description: boolean; readonly address: boolean };
}

interface Row {
  readonly jid: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly language: string | null;
  readonly members_only: boolean;
  readonly non_anonymous: boolean;
}

const COLUMNS = `r.jid, r.config->>'name' AS name, r.config->>'description' AS description, r.config->>'language' AS language,
  coalesce((r.config->>'isMembersOnly')::boolean, false) AS members_only,
  coalesce((r.config->>'isNonAnonymous')::boolean, false) AS non_anonymous`;

/** Rooms that can be found: those that are public, and one's own. */
export class RoomDirectory {
  constructor(private readonly sql: Sql) {}

  /** In the order of their addresses. */
  async visible({ to, after, limit, text, fields }: RoomSearch): Promise<FoundRoom[]> {
    const rows = await this.sql.query<Row>(
      'rooms.visible',
      `SELECT ${COLUMNS} FROM rooms r
        WHERE r.ended IS NULL AND NOT r.locked AND r.jid > $2
          AND ((r.config->>'isPublic')::boolean
            OR EXISTS (SELECT 1 FROM room_affiliations a
                        WHERE a.room_id = r.id AND a.jid = $1 AND a.affiliation IN ('owner', 'admin', 'member')))
          AND NOT EXISTS (SELECT 1 FROM room_affiliations a
                           WHERE a.room_id = r.id AND a.jid = $1 AND a.affiliation = 'outcast')
          AND ($4::text IS NULL
            OR ($5 AND strpos(lower(r.config->>'name'), lower($4)) > 0)
            OR ($6 AND strpos(lower(r.config->>'description'), lower($4)) > 0)
            OR ($7 AND strpos(r.jid, lower($4)) > 0))
        ORDER BY r.jid LIMIT $3`,
      [
        to,
        after ?? '',
        limit,
        text ?? null,
        fields?.name ?? true,
        fields?.description ?? true,
        fields?.address ?? true,
      ],
    );
    return rows.map((row) => ({
      jid: row.jid,
      name: row.name ?? '',
      description: row.description ?? '',
      language: row.language ?? '',
      isOpen: !row.members_only,
      isNonAnonymous: row.non_anonymous,
    }));
  }
}
