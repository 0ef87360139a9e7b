/** Later rows correct, retract or moderate it. */
export const IS_CHANGED =
  'EXISTS (SELECT FROM officer_journal later WHERE later.about = j.id AND later.about IS NOT NULL)';
/** What officers' statements have in common: a row of the journal as they see it, through the view that knows their scope. */
export const COLUMNS = `lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza, lpad(to_hex(j.about), 16, '0') AS about,
  ${IS_CHANGED} AS is_changed,
  coalesce(j.author_id = 0 AND split_part(j.author, '@', 2) <> j.peer, false) AS is_relayed`;
export const SOURCES = 'officer_journal j';
/** What was said; who came and who left is asked for in another way. */
export const SAID = 'j.kind < 5';

/** What the numbers in the column `kind` stand for. */
export const KINDS = ['chat', 'normal', 'headline', 'groupchat', 'error', 'came', 'left'];

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

const RANGE = 'j.id > $1::bigint AND j.id < $2::bigint';

/** By the primary key. */
export function browsing(filter: string): string {
  return `SELECT ${COLUMNS} FROM ${SOURCES} WHERE ${RANGE} ${filter} ORDER BY j.id DESC LIMIT $3`;
}

/** Of some people by their numbers: the latest of each, by each index there is for one side, and the latest of these. */
const OF_SIDE = {
  author: [
    'j.author_id = party.id AND j.author_id <> 0 AND j.receiver_id >= 0',
    'j.author_id = party.id AND j.author_id <> 0 AND j.receiver_id < 0',
  ],
  receiver: ['j.receiver_id = party.id AND j.receiver_id <> 0'],
} as const;

export function browsingPeople(sides: readonly ('author' | 'receiver')[], filter: string): string {
  const branches = sides
    .flatMap((side) => OF_SIDE[side])
    .map((own) => `(SELECT j.id FROM ${SOURCES} WHERE ${own} AND ${RANGE} ${filter} ORDER BY j.id DESC LIMIT $3)`);
  return `SELECT ${COLUMNS} FROM (
      SELECT DISTINCT said.id FROM unnest($4::bigint[]) AS party (id) CROSS JOIN LATERAL (
        ${branches.join('\n        UNION ALL ')}) said
       ORDER BY said.id DESC LIMIT $3) found
    JOIN ${SOURCES} ON j.id = found.id ORDER BY j.id DESC LIMIT $3`;
}

/** What the text index proposes, as far as it may be seen and fulfils the rest. */
export function proposed(filter: string): string {
  return `SELECT ${COLUMNS} FROM ${SOURCES} WHERE j.id = ANY ($1::bigint[]) ${filter} ORDER BY j.id DESC LIMIT $2`;
}

/** The same, as much of it as facets count. */
export function facetRows(filter: string): string {
  return `SELECT j.at, j.author, j.receiver, j.room, j.author_office, j.receiver_office, j.peer, j.kind, j.verdict
    FROM ${SOURCES} WHERE j.id = ANY ($1::bigint[]) ${filter} ORDER BY j.id DESC LIMIT $2`;
}

/** What was changed later, latest first. */
export const CHANGED = `SELECT lpad(to_hex(about), 16, '0') AS id FROM (
    SELECT DISTINCT about FROM officer_journal WHERE about IS NOT NULL AND about > $1::bigint AND about < $2::bigint
     ORDER BY about DESC LIMIT $3) changed`;

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
