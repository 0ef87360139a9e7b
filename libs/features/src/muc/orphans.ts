import { type Jid, parseJid } from '@interoffice/wire';
import type { Sql } from '../sql.js';
import type { RoomAdministration } from './administration.js';

/** A room that has got another owner. */
export interface HandedOver {
  readonly room: string;
  /** Undefined: there is no administrator who could own it. */
  readonly heir: string | undefined;
}

/**
 * Rooms whose only owner has left the company. They are given to the administrator of the room's office, else of the
 * leaver's, else of all offices; who has left stays a member, for the day he comes back.
 */
export class OrphanedRooms {
  constructor(
    private readonly sql: Sql,
    private readonly administration: Pick<RoomAdministration, 'relate'>,
  ) {}

  /** `actor`: in whose name the owners change, as the journal will say. Rejects with the database or the journal. */
  async handOver(leaver: Jid, actor: Jid): Promise<readonly HandedOver[]> {
    const handed: HandedOver[] = [];
    for (const { room, heir } of await this.#of(leaver.bare)) {
      handed.push({ room, heir });
      if (heir === undefined) continue;
      const jid = parseJid(room);
      await this.administration.relate(jid, { jid: heir, affiliation: 'owner' }, actor);
      await this.administration.relate(jid, { jid: leaver.bare, affiliation: 'member' }, actor);
    }
    return handed;
  }

  /** An owner who may not log in owns nothing in practice: others like him do not count. */
  async #of(bare: string): Promise<HandedOver[]> {
    const rows = await this.sql.query<{ room: string; heir: string | null }>(
      'rooms.orphaned',
      `SELECT r.jid AS room, (
         SELECT h.jid FROM accounts h
          WHERE h.role = 'admin' AND h.state = 'active' AND h.jid <> $1
            AND h.role_scope IN (nullif(r.office, ''), leaver.office, '*')
          ORDER BY CASE h.role_scope WHEN r.office THEN 0 WHEN leaver.office THEN 1 ELSE 2 END, h.id
          LIMIT 1) AS heir
       FROM room_affiliations own
       JOIN rooms r ON r.id = own.room_id AND r.ended IS NULL
       LEFT JOIN accounts leaver ON leaver.jid = own.jid
       WHERE own.jid = $1 AND own.affiliation = 'owner' AND NOT EXISTS (
         SELECT 1 FROM room_affiliations other JOIN accounts a ON a.jid = other.jid
          WHERE other.room_id = r.id AND other.affiliation = 'owner' AND other.jid <> $1 AND a.state = 'active')
       ORDER BY r.jid`,
      [bare],
    );
    return rows.map(({ room, heir }) => ({ room, heir: heir ?? undefined }));
  }
}
