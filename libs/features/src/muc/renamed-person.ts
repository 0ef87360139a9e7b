import type { Jid } from '@interoffice/wire';
import type { Sql } from '../sql.js';
import type { Rooms } from './rooms.js';

/** The new address was nobody's until now: what a room had of it gives way. */
const STATEMENTS = [
  [
    'rooms.person.replace',
    `DELETE FROM room_affiliations a USING room_affiliations former
      WHERE former.jid = $1 AND a.jid = $2 AND a.room_id = former.room_id`,
  ],
  ['rooms.person.move', 'UPDATE room_affiliations SET jid = $2 WHERE jid = $1'],
] as const;

/** Somebody has another address: rooms go on knowing them, with affiliation and reserved nick. */
export class RenamedPerson {
  constructor(
    private readonly sql: Sql,
    private readonly rooms: Pick<Rooms, 'awake' | 'loaded'>,
  ) {}

  /** Rooms that are awake know it when it returns. Can be called again when it has failed. */
  async move(from: Jid, to: Jid): Promise<void> {
    for (const [name, text] of STATEMENTS) await this.sql.query(name, text, [from.bare, to.bare]);
    await this.rooms.loaded();
    for (const room of this.rooms.awake()) {
      if (!room.relations.has(from.bare)) continue;
      const relation = room.relationOf(from.bare);
      room.relate(from.bare, { affiliation: 'none', nick: undefined, reason: undefined });
      room.relate(to.bare, relation);
    }
  }
}
