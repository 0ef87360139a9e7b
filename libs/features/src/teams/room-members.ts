import type { Sql } from '../sql.js';
import type { Remembered } from './room-plan.js';

interface Row {
  readonly room: string;
  readonly jid: string;
  readonly affiliation: Remembered['affiliation'];
  readonly autojoin: boolean;
  readonly own: Remembered['own'];
}

/** Whom rules have put into rooms, by room and person; the table `team_rooms`. */
export class RoomMembers {
  constructor(private readonly sql: Sql) {}

  /** By rules of this directory: room → person → what. */
  async of(directory: string): Promise<ReadonlyMap<string, ReadonlyMap<string, Remembered>>> {
    const text = `SELECT t.room, a.jid, t.affiliation, t.autojoin, t.own
      FROM team_rooms t JOIN accounts a ON a.id = t.account_id WHERE t.directory = $1`;
    const rooms = new Map<string, Map<string, Remembered>>();
    for (const { room, jid, ...what } of await this.sql.query<Row>('teams.rooms', text, [directory])) {
      const people = rooms.get(room) ?? new Map<string, Remembered>();
      rooms.set(room, people.set(jid, what));
    }
    return rooms;
  }

  async directories(): Promise<string[]> {
    const text = 'SELECT DISTINCT directory FROM team_rooms';
    const rows = await this.sql.query<{ directory: string }>('teams.directories', text, []);
    return rows.map(({ directory }) => directory);
  }

  async remember(directory: string, room: string, people: ReadonlyMap<string, Remembered>): Promise<void> {
    if (people.size === 0) return;
    const all = [...people];
    await this.sql.query(
      'teams.remember',
      `INSERT INTO team_rooms (directory, room, account_id, affiliation, autojoin, own)
         SELECT $1, $2, a.id, p.affiliation, p.autojoin, p.own
           FROM unnest($3::text[], $4::text[], $5::boolean[], $6::text[]) AS p (jid, affiliation, autojoin, own)
           JOIN accounts a ON a.jid = p.jid
       ON CONFLICT (directory, room, account_id) DO UPDATE SET affiliation = excluded.affiliation,
         autojoin = excluded.autojoin, own = excluded.own`,
      [
        directory,
        room,
        all.map(([jid]) => jid),
        all.map(([, { affiliation }]) => affiliation),
        all.map(([, { autojoin }]) => autojoin),
        all.map(([, { own }]) => own),
      ],
    );
  }

  async forget(directory: string, room: string, people: readonly string[]): Promise<void> {
    if (people.length === 0) return;
    const text = `DELETE FROM team_rooms t USING accounts a
      WHERE t.directory = $1 AND t.room = $2 AND a.id = t.account_id AND a.jid = ANY ($3::text[])`;
    await this.sql.query('teams.forget', text, [directory, room, people]);
  }
}
