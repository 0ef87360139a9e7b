/** What officers' statements have in common: a row of the journal as they see it, through the view that knows their scope. */
export const COLUMNS = `lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL) AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed`;
export const SOURCES = 'officer_journal j';
/** What was said; who came and who left is asked for in another way. */
export const SAID = 'j.kind < 5';

export interface OfficerRow {
  readonly id: string;
  readonly at: Date;
  readonly author: string;
  readonly author_device: string;
  readonly receiver: string;
  readonly room: string | null;
  readonly kind: number;
  readonly verdict: number;
  readonly body: string | null;
  readonly stanza: Buffer | null;
  readonly about: string | null;
  readonly is_changed: boolean;
  readonly is_relayed: boolean;
}

/** By the primary key, or by the numbers of people. */
export function browsing(filter: string): string {
  return `SELECT ${COLUMNS} FROM ${SOURCES}
    WHERE j.id > $1::bigint AND j.id < $2::bigint ${filter} ORDER BY j.id DESC LIMIT $3`;
}

/** What went to a room by the room's number; what went through it to one person, such as an invitation, by its name. */
export function browsingRoom(filter: string): string {
  const range = `j.id > $1::bigint AND j.id < $2::bigint ${filter} ORDER BY j.id DESC LIMIT $3`;
  return `SELECT ${COLUMNS} FROM (
      (SELECT said.id FROM unnest($4::bigint[]) AS room (id) CROSS JOIN LATERAL
        (SELECT j.id FROM ${SOURCES} WHERE j.receiver_id = room.id AND j.receiver_id <> 0 AND ${range}) said)
      UNION ALL
      (SELECT j.id FROM ${SOURCES} WHERE left(j.room, 256) = left($5::text, 256) AND j.room = $5::text
          AND j.room IS NOT NULL AND j.receiver_id >= 0 AND ${range})) found
    JOIN ${SOURCES} ON j.id = found.id ORDER BY j.id DESC LIMIT $3`;
}

export const IN_ROOM =
  'j.receiver_id = $6::bigint AND j.receiver_id <> 0 AND ($3::text, $4::text, $5::bigint) IS NOT NULL';
/** Who has a number is the same person under every address they had. */
const isThe = (side: string, id: string, address: string): string =>
  `j.${side}_id = ${id}::bigint AND (${id}::bigint <> 0 OR j.${side} = ${address}::text)`;
export const BETWEEN_TWO = `(${isThe('author', '$5', '$3')} AND ${isThe('receiver', '$6', '$4')})
  OR (${isThe('author', '$6', '$4')} AND ${isThe('receiver', '$5', '$3')})`;

export function conversation(together: string, direction: '<' | '>', order: 'ASC' | 'DESC'): string {
  return `SELECT ${COLUMNS} FROM ${SOURCES}
    WHERE j.id ${direction} $1::bigint AND ${SAID} AND (${together}) ORDER BY j.id ${order} LIMIT $2`;
}
