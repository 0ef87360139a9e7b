import type { Database } from '@interoffice/storage';

/**
 * What a hold covers. Conditions of different kinds must all be met, of each kind one is enough; times in ms since 1970,
 * the end not included.
 */
export interface HoldConditions {
  /** Bare addresses, now or before of people of ours, or of others: what they wrote and what was sent to them. */
  readonly people: readonly string[];
  /** Bare addresses. */
  readonly rooms: readonly string[];
  readonly peers: readonly string[];
  /** Each a text as for a search: all its words, or parts of words, must be there. */
  readonly words: readonly string[];
  readonly fromMs: number | undefined;
  readonly untilMs: number | undefined;
}

export interface NewHold extends HoldConditions {
  /** Messages of this office alone; `*` for all. */
  readonly office: string;
  readonly name: string;
  readonly matter: string;
  readonly reason: string;
}

export interface Hold extends NewHold {
  readonly id: string;
  readonly placedBy: string;
  readonly placedAtMs: number;
  readonly released: { readonly by: string; readonly atMs: number; readonly reason: string } | undefined;
}

export interface HoldQuery {
  readonly state: 'open' | 'released' | undefined;
  /** Of this office; `*` for all. */
  readonly scope: string;
  /** The last of the page before. */
  readonly afterId?: string;
  readonly limit: number;
}

const COLUMNS = `id::text AS id, office, name, matter, reason, people, rooms, peers, words, from_at, until_at, placed_by,
  placed_at, released_by, released_at, release_reason`;
const NUMBER = /^[1-9]\d{0,17}$/;

/**
 * What no rule of retention takes away. A hold counts from the commit of `place` on: a disposal that is on its way either
 * sees it or has taken away before what it took (docs/decisions/0064).
 */
export class Holds {
  constructor(private readonly database: Database) {}

  /** Waits, for a moment at most, for a disposal that is taking away. */
  async place(hold: NewHold, by: string, atMs: number): Promise<Hold> {
    const { office, name, matter, reason, people, rooms, peers, words } = hold;
    const period = { from_at: timeOf(hold.fromMs), until_at: timeOf(hold.untilMs) };
    const wanted = { office, name, matter, reason, people, rooms, peers, words, ...period };
    // Two statements: what a function has written is not seen by the statement that called it.
    const [placed] = await this.database.query<{ id: string }>('app', PLACE, [JSON.stringify(wanted), by, atMs]);
    const [row] = await this.database.query<HoldRow>('app', FIND, [placed!.id, '*']);
    return holdOf(row!);
  }

  /** What it covered is under the rules again. False when there is no such hold in force. */
  async release(id: string, release: { by: string; reason: string; atMs: number }): Promise<boolean> {
    if (!NUMBER.test(id)) return false;
    const { by, reason, atMs } = release;
    const [row] = await this.database.query<{ done: boolean }>('app', RELEASE, [id, by, reason, atMs]);
    return row!.done;
  }

  async find(id: string, scope: string): Promise<Hold | undefined> {
    if (!NUMBER.test(id)) return undefined;
    const [row] = await this.database.query<HoldRow>('app', FIND, [id, scope]);
    return row && holdOf(row);
  }

  /** The latest first. */
  async list({ state, scope, afterId, limit }: HoldQuery): Promise<readonly Hold[]> {
    const below = afterId !== undefined && NUMBER.test(afterId) ? afterId : null;
    const rows = await this.database.query<HoldRow>('app', LIST, [state ?? null, scope, below, limit]);
    return rows.map(holdOf);
  }
}

const PLACE = 'SELECT place_hold($1, $2, to_timestamp($3::float8 / 1000))::text AS id';
const RELEASE = 'SELECT release_hold($1, $2, $3, to_timestamp($4::float8 / 1000)) AS done';
const FIND = `SELECT ${COLUMNS} FROM holds WHERE holds.id = $1 AND ($2 = '*' OR office = $2)`;
const LIST = `SELECT ${COLUMNS} FROM holds
  WHERE ($1::text IS NULL OR (released_at IS NULL) = ($1 = 'open')) AND ($2 = '*' OR office = $2)
    AND ($3::bigint IS NULL OR holds.id < $3) ORDER BY holds.id DESC LIMIT $4`;

interface HoldRow {
  readonly id: string;
  readonly office: string;
  readonly name: string;
  readonly matter: string;
  readonly reason: string;
  readonly people: string[];
  readonly rooms: string[];
  readonly peers: string[];
  readonly words: string[];
  readonly from_at: Date | null;
  readonly until_at: Date | null;
  readonly placed_by: string;
  readonly placed_at: Date;
  readonly released_by: string | null;
  readonly released_at: Date | null;
  readonly release_reason: string | null;
}

function holdOf(row: HoldRow): Hold {
  const { id, office, name, matter, reason, people, rooms, peers, words } = row;
  const released = row.released_at && {
    by: row.released_by!,
    atMs: row.released_at.getTime(),
    reason: row.release_reason!,
  };
  return {
    id,
    office,
    name,
    matter,
    reason,
    people,
    rooms,
    peers,
    words,
    fromMs: row.from_at?.getTime(),
    untilMs: row.until_at?.getTime(),
    placedBy: row.placed_by,
    placedAtMs: row.placed_at.getTime(),
    released: released ?? undefined,
  };
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
