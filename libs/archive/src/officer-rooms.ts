import type { Statements } from '@interoffice/storage';
import { bigintOf } from './range.js';

/**
 * Every row of the same message, from any of them: what it changes, down to the original, and what changes that. By the
 * indexes of `id` and `about`; a chain longer than this has been made to be one.
 */
const MOST_STEPS = 64;
export const VERSIONS = `
  WITH RECURSIVE older AS (
      SELECT id, about, 0 AS step FROM officer_journal WHERE id = $1::bigint
      UNION ALL
      SELECT j.id, j.about, o.step + 1 FROM older o JOIN officer_journal j ON j.id = o.about WHERE o.step < ${MOST_STEPS}),
    versions AS (
      (SELECT id, 0 AS step FROM older ORDER BY older.step DESC LIMIT 1)
      UNION ALL
      SELECT j.id, v.step + 1 FROM versions v JOIN officer_journal j ON j.about = v.id AND j.about IS NOT NULL
       WHERE v.step < ${MOST_STEPS})
  SELECT DISTINCT lpad(to_hex(id), 16, '0') AS id FROM versions ORDER BY 1 LIMIT $2`;

const OF_ROOM = 'kind >= 5 AND left(receiver, 256) = left($1::text, 256) AND receiver = $1::text';

/** The starts of the server before and after a moment: the service of the room says then that everybody has left. */
export const STARTED = `
  SELECT coalesce(max(id) FILTER (WHERE id < $2::bigint), 0)::text AS latest, min(id) FILTER (WHERE id >= $2::bigint)::text AS next
    FROM officer_presence WHERE ${OF_ROOM} AND kind = 6 AND author = receiver`;

/**
 * What a row holds of a device that was in the room before the server began anew, and has stayed: the row it came with. In
 * canonical XML `<` begins an element and nothing else.
 */
const RESUMED = `substring(convert_from(stanza, 'UTF8') FROM '<resumed xmlns="urn:interoffice:room" since="([0-9a-f]{16})"')`;

/** Devices whose latest row says that they came; `since` is the first of those that no leaving follows. */
export const PRESENT = `
  WITH moved AS MATERIALIZED (
      SELECT id, author, author_device, kind FROM officer_presence
       WHERE ${OF_ROOM} AND id < $2::bigint AND id > $3::bigint),
    there AS (
      SELECT author, author_device, max(id) AS latest, coalesce(max(id) FILTER (WHERE kind = 6), 0) AS gone
        FROM moved GROUP BY author, author_device HAVING max(id) > coalesce(max(id) FILTER (WHERE kind = 6), 0)),
    stays AS (
      SELECT t.author, t.author_device, t.latest, min(m.id) AS since
        FROM there t JOIN moved m ON m.author = t.author AND m.author_device = t.author_device AND m.id > t.gone
       GROUP BY t.author, t.author_device, t.latest)
  SELECT s.author, s.author_device, lpad(to_hex(s.latest), 16, '0') AS id, j.stanza,
         coalesce((SELECT ${RESUMED} FROM officer_journal WHERE id = s.since), lpad(to_hex(s.since), 16, '0')) AS since
    FROM stays s JOIN officer_journal j ON j.id = s.latest`;

/** Devices of which it was said only after the moment that they have stayed. */
export const STAYED = `
  SELECT author, author_device, id, stanza, since FROM (
      SELECT p.author, p.author_device, lpad(to_hex(p.id), 16, '0') AS id, j.stanza, ${RESUMED} AS since
        FROM (SELECT id, author, author_device FROM officer_presence
               WHERE ${OF_ROOM} AND kind = 5 AND id >= $2::bigint AND id < $3::bigint) p
        JOIN officer_journal j ON j.id = p.id) later
   WHERE since < lpad(to_hex($2::bigint), 16, '0')`;

/** The numbers of all rooms there ever were under this address: one look into the index for each. */
export const ROOMS = `
  WITH RECURSIVE known AS (
      (SELECT receiver_id AS id FROM officer_presence
        WHERE kind >= 5 AND left(receiver, 256) = left($1::text, 256) AND receiver = $1::text
        ORDER BY receiver_id LIMIT 1)
      UNION ALL
      SELECT (SELECT receiver_id FROM officer_presence
               WHERE kind >= 5 AND left(receiver, 256) = left($1::text, 256) AND receiver = $1::text AND receiver_id > k.id
               ORDER BY receiver_id LIMIT 1)
        FROM known k WHERE k.id IS NOT NULL)
  SELECT id FROM known WHERE id IS NOT NULL`;

/** A device that has stayed says so when it comes back: no server waits for longer. A day, as a distance of ids. */
const RETURN_WITHIN = 86_400_000n << 22n;

/** Somebody's device that was in a room at a moment. */
export interface Presence {
  /** Bare. */
  readonly from: string;
  readonly device: string | undefined;
  /** The row that says under which nick. */
  readonly id: string;
  /** When the device came in. */
  readonly sinceId: string;
  readonly stanza: string | undefined;
}

interface PresentRow {
  readonly author: string;
  readonly author_device: string;
  readonly id: string;
  readonly since: string;
  readonly stanza: Buffer | null;
}

/** Ids of all versions, oldest first; none when there is no such row within the scope. */
export async function versionsOf(officer: Statements, id: string, most: number): Promise<readonly string[]> {
  const rows = await officer.query<{ id: string }>(VERSIONS, [bigintOf(id), most]);
  return rows.map((row) => row.id);
}

/** Devices that had come in and not left before this id, the first that came first. */
export async function presentIn(officer: Statements, room: string, belowId: string): Promise<readonly Presence[]> {
  const below = bigintOf(belowId);
  const service = room.slice(room.indexOf('@') + 1);
  const [starts] = await officer.query<{ latest: string; next: string | null }>(STARTED, [service, below]);
  const { latest, next } = starts!;
  const rows = await officer.query<PresentRow>(PRESENT, [room, below, latest]);
  const known = String(BigInt(latest) + RETURN_WITHIN);
  const until = next !== null && BigInt(next) < BigInt(known) ? next : known;
  const late = BigInt(below) < BigInt(until) ? await officer.query<PresentRow>(STAYED, [room, below, until]) : [];
  return [...late, ...rows].map(presenceOf).toSorted((a, b) => (a.sinceId < b.sinceId ? -1 : 1));
}

function presenceOf({ author, author_device: device, id, since, stanza }: PresentRow): Presence {
  return {
    from: author,
    device: device === '' ? undefined : device,
    id,
    sinceId: since,
    stanza: stanza?.toString('utf8'),
  };
}

export async function roomsCalled(officer: Statements, room: string): Promise<readonly number[]> {
  const rows = await officer.query<{ id: number }>(ROOMS, [room]);
  return rows.map(({ id }) => id);
}
