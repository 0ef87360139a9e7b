import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Statements } from '@interoffice/storage';
import { type Clock, systemClock } from '@interoffice/telemetry';
import { type Term, termsOf } from './grams.js';
import { FIRST_ID, LAST_ID, parseId, timeOf } from './ids.js';
import { partyCalled } from './officer-people.js';
import { presentIn, roomsCalled, versionsOf } from './officer-rooms.js';
import {
  BETWEEN_TWO,
  browsing,
  browsingRoom,
  COLUMNS,
  conversation,
  IN_ROOM,
  type OfficerRow,
  SAID,
  SOURCES,
} from './officer-statements.js';
import { bigintOf, rangeOf } from './range.js';
import { VERDICTS } from './recordable.js';
import { propose } from './search-proposals.js';
import type { FollowedIndex } from './search-thread.js';

/** A row of the journal as a compliance officer sees it. */
export interface RecordedMessage {
  readonly id: string;
  readonly atMs: number;
  /** Bare. */
  readonly from: string;
  readonly device: string | undefined;
  readonly to: string;
  readonly room: string | undefined;
  readonly kind: string;
  readonly verdict: 'passed' | 'refused' | 'dropped';
  readonly body: string | undefined;
  /** The XML as delivered. */
  readonly stanza: string | undefined;
  /** The row it corrects, retracts or moderates. */
  readonly about: string | undefined;
  /** Later rows correct, retract or moderate it. */
  readonly isChanged: boolean;
  /** It was passed on here between two other offices. */
  readonly isRelayed?: boolean;
}

/** A device that was in a room at a moment. */
export interface RecordedPresence {
  /** Bare. */
  readonly from: string;
  readonly device: string | undefined;
  readonly sinceMs: number;
  /** The row that says under which nick it was there, and its XML. */
  readonly id: string;
  readonly stanza: string | undefined;
}

/**
 * Times in ms since 1970, ends included; rooms as bare JIDs. People as bare JIDs, of now or of before, or by what they
 * are or were called: words or parts of words, of which each must be found.
 */
export interface OfficerQuery {
  /** Words or parts of words; all must be found. */
  readonly text?: string;
  /** Wrote or received it. */
  readonly participant?: string;
  readonly from?: string;
  readonly to?: string;
  readonly room?: string;
  readonly since?: number;
  readonly until?: number;
  /** `next` of the page before. */
  readonly afterId?: string;
  readonly limit: number;
  /** The office that may be seen; `*` for all. */
  readonly scope: string;
}

export interface OfficerHits {
  /** Newest first. */
  readonly hits: readonly RecordedMessage[];
  /** There may be more: ask again with this as `afterId`. */
  readonly next: string | undefined;
  /** When the text index has not caught up: messages recorded after this moment may be missing. */
  readonly indexedUntil: number | undefined;
}

const KINDS = ['chat', 'normal', 'headline', 'groupchat', 'error', 'came', 'left'];
/** Of one message; beyond that somebody has made a game of it. */
const MOST_VERSIONS = 1_000;
const INDEX_WITHIN_MS = 2_000;
/** Blocks of the text index looked at in the first round, twice as many in each further one. */
const FIRST_BLOCKS = 8;
const MOST_BLOCKS = 1_024;
/** The same for blocks the index cannot rule out: a term of frequent parts alone is looked for in every one of them. */
const FIRST_SPAN = 512;
const MOST_SPAN = 8_192;
/** A page that has taken so long says `next`, with what it has, rather than go on to the beginning of the journal. */
const ENOUGH_MS = 1_500;

/**
 * The whole record, for officers: whatever the verdict, within the offices of their scope. What may be seen is decided
 * by a view of the database; the text index only proposes ids.
 */
export class OfficerArchive {
  constructor(
    private readonly database: Database,
    private readonly index: FollowedIndex,
    private readonly clock: Clock = systemClock,
  ) {}

  /**
   * A page of what was found, newest first. Text finds what was recorded before the call, or `indexedUntil` says less. A
   * page with `next` may hold fewer than `limit` hits, even none: it has looked for long enough.
   */
  async search(query: OfficerQuery): Promise<OfficerHits> {
    if (query.afterId !== undefined && parseId(query.afterId) === undefined) return NOTHING;
    const terms = query.text === undefined ? [] : termsOf(query.text);
    if (terms.length === 0) return this.#browse(query);
    const indexedUntil = await this.#awaitIndex();
    return { ...(await this.#find(query, terms)), indexedUntil };
  }

  /** One message; undefined when there is none within the scope. */
  async find(id: string, scope: string): Promise<RecordedMessage | undefined> {
    if (parseId(id) === undefined) return undefined;
    const text = `SELECT ${COLUMNS} FROM ${SOURCES} WHERE j.id = $1::bigint`;
    const [row] = await this.#as(scope, (officer) => officer.query<OfficerRow>(text, [bigintOf(id)]));
    return row && messageOf(row);
  }

  /** The same conversation, up to `count` messages before and after, oldest first; empty when there is none. */
  async around(id: string, count: number, scope: string): Promise<readonly RecordedMessage[]> {
    const middle = await this.find(id, scope);
    if (!middle) return [];
    const [before, after] = await this.#as(scope, async (officer) => {
      const text = 'SELECT author_id, receiver_id FROM officer_journal WHERE id = $1::bigint';
      const [ids] = await officer.query<{ author_id: number; receiver_id: number }>(text, [bigintOf(id)]);
      const people = [ids?.author_id ?? 0, ids?.receiver_id ?? 0];
      const values = [bigintOf(id), count, middle.from, middle.to, ...people];
      const where = people[1]! < 0 ? IN_ROOM : BETWEEN_TWO;
      return [
        await officer.query<OfficerRow>(conversation(where, '<', 'DESC'), values),
        await officer.query<OfficerRow>(conversation(where, '>', 'ASC'), values),
      ];
    });
    return [...before.toReversed().map(messageOf), middle, ...after.map(messageOf)];
  }

  /**
   * A message of a room with everything that was made of it, oldest first: the original, corrections, retraction or
   * moderation; asked for by any of them. Empty when there is none within the scope.
   */
  async versionsOf(id: string, scope: string): Promise<readonly RecordedMessage[]> {
    if (parseId(id) === undefined) return [];
    const text = `SELECT ${COLUMNS} FROM ${SOURCES} WHERE j.id = ANY ($1::bigint[]) ORDER BY j.id`;
    const rows = await this.#as(scope, async (officer) => {
      const ids = await versionsOf(officer, id, MOST_VERSIONS);
      return officer.query<OfficerRow>(text, [ids.map(bigintOf)]);
    });
    return rows.map(messageOf);
  }

  /** Who was in the room at the moment, device by device, the first that came first; whatever room had the address then. */
  async presentAt(room: string, atMs: number, scope: string): Promise<readonly RecordedPresence[]> {
    const { below } = rangeOf({ endMs: atMs });
    const found = await this.#as(scope, (officer) => presentIn(officer, room, below));
    return found.map(({ sinceId, ...rest }) => ({ ...rest, sinceMs: timeOf(sinceId) }));
  }

  /** Without text: the journal itself, from the latest. */
  async #browse(query: OfficerQuery): Promise<OfficerHits> {
    const { room, ...others } = query;
    const filter = await this.#filter(others, room === undefined ? 4 : 6);
    const { above, below } = boundsOf(query);
    const values = [bigintOf(above), bigintOf(below), query.limit + 1];
    const rows = await this.#as(query.scope, async (officer) => {
      if (room === undefined) return officer.query<OfficerRow>(browsing(filter.sql), [...values, ...filter.values]);
      const text = browsingRoom(filter.sql);
      return officer.query<OfficerRow>(text, [
        ...values,
        await this.#roomsCalled(officer, room),
        room,
        ...filter.values,
      ]);
    });
    const hits = rows.slice(0, query.limit).map(messageOf);
    return { hits, next: rows.length > query.limit ? hits.at(-1)?.id : undefined, indexedUntil: undefined };
  }

  /** With text: the index proposes the latest that contain it, the view and the filters say which of them count. */
  async #find(query: OfficerQuery, terms: readonly Term[]): Promise<Omit<OfficerHits, 'indexedUntil'>> {
    const filter = await this.#filter(query, 3);
    const hits: RecordedMessage[] = [];
    let { above, below } = boundsOf(query);
    let [mostBlocks, span] = [FIRST_BLOCKS, FIRST_SPAN];
    const enoughAtMs = this.clock.now() + ENOUGH_MS;
    do {
      const proposed = await propose(this.database, terms, { above, below, mostBlocks, span });
      const values = [proposed.ids.map(bigintOf), query.limit + 1 - hits.length, ...filter.values];
      const text = `SELECT ${COLUMNS} FROM ${SOURCES}
        WHERE j.id = ANY ($1::bigint[]) ${filter.sql} ORDER BY j.id DESC LIMIT $2`;
      const rows =
        proposed.ids.length === 0
          ? []
          : await this.#as(query.scope, (officer) => officer.query<OfficerRow>(text, values));
      hits.push(...rows.map(messageOf));
      if (hits.length > query.limit) return { hits: hits.slice(0, query.limit), next: hits[query.limit - 1]?.id };
      if (proposed.below === undefined) return { hits, next: undefined };
      below = proposed.below;
      mostBlocks = Math.min(mostBlocks * 2, MOST_BLOCKS);
      span = Math.min(span * 2, MOST_SPAN);
    } while (this.clock.now() < enoughAtMs);
    return { hits, next: below };
  }

  /** The numbers of the room that is there, and of those that were; a room may have been made that nobody has entered. */
  async #roomsCalled(officer: Statements, room: string): Promise<readonly number[]> {
    const text = 'SELECT id FROM rooms WHERE jid = $1';
    const [present] = await this.database.query<{ id: number }>('app', text, [room]);
    const known = await roomsCalled(officer, room);
    return [...new Set(present ? [...known, -present.id] : known)];
  }

  /** Undefined once the index has everything that was committed when this was called. */
  async #awaitIndex(): Promise<number | undefined> {
    const [row] = await this.database.query<{ id: string | null }>(
      'reader',
      `SELECT lpad(to_hex(max(id)), 16, '0') AS id FROM journal`,
    );
    const target = row?.id ?? FIRST_ID;
    for (let waitedMs = 0; this.index.indexedId < target && waitedMs < INDEX_WITHIN_MS; waitedMs += 20) {
      // Its own watch may be a moment away; a failure there is reported there.
      await Promise.race([this.index.catchUp().catch(() => delay(20)), delay(INDEX_WITHIN_MS - waitedMs)]);
      if (this.index.indexedId < target) await delay(20);
    }
    return this.index.indexedId < target ? timeOf(this.index.indexedId) : undefined;
  }

  /** `first`: position of the first value. */
  async #filter(
    query: Omit<OfficerQuery, 'limit' | 'scope'>,
    first: number,
  ): Promise<{ sql: string; values: unknown[] }> {
    const parts = [SAID];
    const values: unknown[] = [];
    const given = (value: unknown): string => `$${first - 1 + values.push(value)}`;
    const is = async (text: string, ...sides: readonly ('author' | 'receiver')[]): Promise<void> => {
      const party = await partyCalled(this.database, text);
      const value = typeof party === 'string' ? `${given(party)}::text` : `ANY (${given(party)}::bigint[])`;
      const column = typeof party === 'string' ? '' : '_id';
      parts.push(`(${sides.map((side) => `j.${side}${column} = ${value}`).join(' OR ')})`);
    };
    if (query.participant !== undefined) await is(query.participant, 'author', 'receiver');
    if (query.from !== undefined) await is(query.from, 'author');
    if (query.to !== undefined) await is(query.to, 'receiver');
    if (query.room !== undefined) {
      const room = `${given(query.room)}::text`;
      parts.push(`(j.room = ${room} OR j.receiver = ${room})`);
    }
    return { sql: parts.map((part) => `AND ${part}`).join(' '), values };
  }

  #as<T>(scope: string, work: (officer: Statements) => Promise<T>): Promise<T> {
    return this.database.transaction('officer', async (officer) => {
      await officer.query(`SELECT set_config('interoffice.scope', $1, true)`, [scope]);
      return work(officer);
    });
  }
}

const NOTHING: OfficerHits = { hits: [], next: undefined, indexedUntil: undefined };

function boundsOf(query: OfficerQuery): { above: string; below: string } {
  const { above, below } = rangeOf({ startMs: query.since, endMs: query.until });
  return { above, below: [below, query.afterId ?? LAST_ID].sort()[0]! };
}

function messageOf(row: OfficerRow): RecordedMessage {
  return {
    id: row.id,
    atMs: row.at.getTime(),
    from: row.author,
    device: row.author_device === '' ? undefined : row.author_device,
    to: row.receiver,
    room: row.room ?? undefined,
    kind: KINDS[row.kind] ?? 'unknown',
    verdict: VERDICTS[row.verdict] ?? 'dropped',
    body: row.body ?? undefined,
    stanza: row.stanza?.toString('utf8'),
    about: row.about ?? undefined,
    isChanged: row.is_changed,
    ...(row.is_relayed && { isRelayed: true }),
  };
}
