import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Statements } from '@interoffice/storage';
import { type Clock, systemClock } from '@interoffice/telemetry';
import { isEncrypted } from './encrypted.js';
import { foldText } from './fold.js';
import { type Range, rangesOf } from './highlight.js';
import { FIRST_ID, LAST_ID, parseId, timeOf } from './ids.js';
import { type Asked, askedFor, filterOf, type OfficerFilter } from './officer-query.js';
import { aroundMessage } from './officer-conversation.js';
import { facetsOf, type OfficerFacets } from './officer-facets.js';
import { presentIn, roomsCalled, versionsOf } from './officer-rooms.js';
import {
  browsing,
  browsingPeople,
  browsingRoom,
  CHANGED,
  COLUMNS,
  KINDS,
  type OfficerRow,
  proposed,
  SOURCES,
} from './officer-statements.js';
import { asOfficer } from './officer-session.js';
import { namesThen } from './names-then.js';
import { bigintOf, rangeOf } from './range.js';
import { VERDICTS } from './recordable.js';
import { contentMarks, isOfContent } from './search-marks.js';
import { proposals, type Sought } from './search-proposals.js';
import type { FollowedIndex } from './search-thread.js';
import { finds, type Term } from './terms.js';

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
  /** Its author has end-to-end encrypted it: what it says cannot be read here. */
  readonly isEncrypted?: boolean;
  /** Of a hit: where the words stand in `body`, in UTF-16 code units, ends excluded. */
  readonly matches?: readonly Range[];
}

/** A message as it stood at a moment. */
export interface MessageThen {
  readonly message: RecordedMessage;
  /** What had been made of it by then, oldest first. */
  readonly changes: readonly RecordedMessage[];
  /** What its author was called then; undefined for who is not ours. */
  readonly name: string | undefined;
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
export interface OfficerQuery extends OfficerFilter {
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

/** Of one message; beyond that somebody has made a game of it. */
const MOST_VERSIONS = 1_000;
const INDEX_WITHIN_MS = 2_000;
/** Messages that were changed, looked at in one go. */
const MOST_CHANGED = 256;
/** A page that has taken so long says `next`, with what it has, rather than go on to the beginning of the journal. */
const ENOUGH_MS = 800;

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
    const asked = await askedFor(this.database, query, query.scope);
    if (!asked) return NOTHING;
    if (query.isEdited === true) return this.#amongChanged(query, asked);
    if (asked.byJournal) return this.#browse(query, asked);
    const indexedUntil = await this.#awaitIndex();
    return { ...(await this.#find(query, asked)), indexedUntil };
  }

  /** What the newest hits are made of: of at most 2,000 of them, in bounded time. */
  async facets(query: OfficerFilter & { readonly scope: string }): Promise<OfficerFacets | undefined> {
    const { scope } = query;
    const asked = await askedFor(this.database, query, scope);
    if (!asked) return undefined;
    await this.#awaitIndex();
    const { database, clock } = this;
    return facetsOf({ database, clock, scope, range: boundsOf(query) }, asked);
  }

  /** One message; undefined when there is none within the scope. */
  async find(id: string, scope: string): Promise<RecordedMessage | undefined> {
    if (parseId(id) === undefined) return undefined;
    const text = `SELECT ${COLUMNS} FROM ${SOURCES} WHERE j.id = $1::bigint`;
    const [row] = await asOfficer(this.database, scope, (officer) => officer.query<OfficerRow>(text, [bigintOf(id)]));
    return row && messageOf(row);
  }

  /** The same conversation, up to `count` messages before and after, oldest first; empty when there is none. */
  async around(id: string, count: number, scope: string): Promise<readonly RecordedMessage[]> {
    const middle = await this.find(id, scope);
    if (!middle) return [];
    const { before, after } = await aroundMessage(this.database, id, { count, scope });
    return [...before.map(messageOf), middle, ...after.map(messageOf)];
  }

  /**
   * The conversation as it stood at a moment: what had been said by then, each message with what had been made of it by
   * then, and what its author was called. Empty when the message in the middle had not been said.
   */
  async asOf(
    id: string,
    count: number,
    { scope, atMs }: { scope: string; atMs: number },
  ): Promise<readonly MessageThen[]> {
    const { below } = rangeOf({ endMs: atMs });
    if (id >= below) return [];
    const rows = (await this.around(id, count, scope)).filter((row) => row.id < below);
    const said = rows.filter(({ about }) => about === undefined);
    const authors = await this.#authorsOf(said, scope);
    const names = await namesThen(this.database, [...new Set(authors.values())], atMs);
    return Promise.all(
      said.map(async (message) => {
        const versions = message.isChanged ? await this.versionsOf(message.id, scope) : [];
        const name = names.get(authors.get(message.id) ?? 0);
        return { message, changes: versions.filter((one) => one.about !== undefined && one.id < below), name };
      }),
    );
  }

  /**
   * A message of a room with everything that was made of it, oldest first: the original, corrections, retraction or
   * moderation; asked for by any of them. Empty when there is none within the scope.
   */
  async versionsOf(id: string, scope: string): Promise<readonly RecordedMessage[]> {
    if (parseId(id) === undefined) return [];
    const text = `SELECT ${COLUMNS} FROM ${SOURCES} WHERE j.id = ANY ($1::bigint[]) ORDER BY j.id`;
    const rows = await asOfficer(this.database, scope, async (officer) => {
      const ids = await versionsOf(officer, id, MOST_VERSIONS);
      return officer.query<OfficerRow>(text, [ids.map(bigintOf)]);
    });
    return rows.map(messageOf);
  }

  /** Who was in the room at the moment, device by device, the first that came first; whatever room had the address then. */
  async presentAt(room: string, atMs: number, scope: string): Promise<readonly RecordedPresence[]> {
    const { below } = rangeOf({ endMs: atMs });
    const found = await asOfficer(this.database, scope, (officer) => presentIn(officer, room, below));
    return found.map(({ sinceId, ...rest }) => ({ ...rest, sinceMs: timeOf(sinceId) }));
  }

  /** The journal itself, from the latest. */
  async #browse(query: OfficerQuery, { conditions, people }: Asked): Promise<OfficerHits> {
    const { above, below } = boundsOf(query);
    const values = [bigintOf(above), bigintOf(below), query.limit + 1];
    const rows = await asOfficer(this.database, query.scope, async (officer) => {
      const more: unknown[] = people ? [people.ids] : [];
      if (query.room !== undefined) more.splice(0, 1, await this.#roomsCalled(officer, query.room), query.room);
      const filter = filterOf(conditions, 4 + more.length);
      const plain = people ? browsingPeople(people.sides, filter.sql) : browsing(filter.sql);
      const text = query.room === undefined ? plain : browsingRoom(filter.sql);
      return officer.query<OfficerRow>(text, [...values, ...more, ...filter.values]);
    });
    const hits = rows.slice(0, query.limit).map(messageOf);
    return { hits, next: rows.length > query.limit ? hits.at(-1)?.id : undefined, indexedUntil: undefined };
  }

  /** The index proposes the latest that have it, the view and the filters say which of them count. */
  async #find(query: OfficerQuery, { sought, conditions }: Asked): Promise<Omit<OfficerHits, 'indexedUntil'>> {
    const { sql, values } = filterOf(conditions, 3);
    const hits: RecordedMessage[] = [];
    const enoughAtMs = this.clock.now() + ENOUGH_MS;
    for await (const { ids, isCompared, below } of proposals(this.database, sought, boundsOf(query))) {
      const most = isCompared ? query.limit + 1 - hits.length : ids.length;
      const given = [ids.map(bigintOf), most, ...values];
      const rows = await this.#rowsOf(query.scope, { sql: proposed(sql), values: given });
      const found = isCompared ? rows : rows.filter((row) => hasAll(row, sought));
      hits.push(...found.map((row) => hitOf(row, sought.terms)));
      if (hits.length > query.limit) return { hits: hits.slice(0, query.limit), next: hits[query.limit - 1]?.id };
      if (this.clock.now() >= enoughAtMs) return { hits, next: below };
    }
    return { hits, next: undefined };
  }

  /** Messages that others change are few: each is looked at, and its words are compared here. */
  async #amongChanged(query: OfficerQuery, { sought, conditions }: Asked): Promise<OfficerHits> {
    const { sql, values } = filterOf(conditions, 3);
    const hits: RecordedMessage[] = [];
    const enoughAtMs = this.clock.now() + ENOUGH_MS;
    let { above, below } = boundsOf(query);
    for (let isLast = false; !isLast && hits.length <= query.limit && this.clock.now() < enoughAtMs;) {
      const range = [bigintOf(above), bigintOf(below), MOST_CHANGED];
      const changed = await asOfficer(this.database, query.scope, (officer) =>
        officer.query<{ id: string }>(CHANGED, range),
      );
      const ids = changed.map(({ id }) => bigintOf(id));
      const rows = await this.#rowsOf(query.scope, { sql: proposed(sql), values: [ids, MOST_CHANGED, ...values] });
      hits.push(...rows.filter((row) => hasAll(row, sought)).map((row) => hitOf(row, sought.terms)));
      isLast = changed.length < MOST_CHANGED;
      below = changed.at(-1)?.id ?? below;
      if (isLast && hits.length <= query.limit) return { ...NOTHING, hits };
    }
    if (hits.length <= query.limit) return { ...NOTHING, hits, next: below };
    return { ...NOTHING, hits: hits.slice(0, query.limit), next: hits[query.limit - 1]?.id };
  }

  /** None asked for, none looked at. */
  /** The numbers of the accounts that have written these; of who is not ours there is none. */
  async #authorsOf(rows: readonly RecordedMessage[], scope: string): Promise<ReadonlyMap<string, number>> {
    const text = `SELECT lpad(to_hex(id), 16, '0') AS id, author_id FROM officer_journal
      WHERE id = ANY ($1::bigint[]) AND author_id <> 0`;
    const ids = [rows.map(({ id }) => bigintOf(id))];
    const found = await asOfficer(this.database, scope, (officer) =>
      officer.query<{ id: string; author_id: number }>(text, ids),
    );
    return new Map(found.map(({ id, author_id }) => [id, author_id]));
  }

  async #rowsOf(scope: string, { sql, values }: { sql: string; values: unknown[] }): Promise<readonly OfficerRow[]> {
    if ((values[0] as readonly string[]).length === 0) return [];
    return asOfficer(this.database, scope, (officer) => officer.query<OfficerRow>(sql, values));
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
}

const NOTHING: OfficerHits = { hits: [], next: undefined, indexedUntil: undefined };

function boundsOf(query: Pick<OfficerQuery, 'since' | 'until' | 'afterId'>): { above: string; below: string } {
  const { above, below } = rangeOf({ startMs: query.since, endMs: query.until });
  return { above, below: [below, query.afterId ?? LAST_ID].sort()[0]! };
}

/** A row with where the words are. */
function hitOf(row: OfficerRow, terms: readonly Term[]): RecordedMessage {
  const matches = row.body === null ? [] : rangesOf(row.body, terms);
  return matches.length === 0 ? messageOf(row) : { ...messageOf(row), matches };
}

/** What only the index knows of others: words, files, labels. */
function hasAll({ body, stanza }: OfficerRow, { terms, marks }: Sought): boolean {
  const folded = foldText(body ?? '');
  if (!terms.every((term) => finds(term, folded))) return false;
  const ofContent = marks.filter(isOfContent);
  if (ofContent.length === 0) return true;
  const own = stanza === null ? [] : contentMarks(stanza);
  return ofContent.every((list) => list.some((mark) => own.includes(mark)));
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
    ...(row.stanza !== null && isEncrypted(row.stanza) && { isEncrypted: true }),
  };
}
