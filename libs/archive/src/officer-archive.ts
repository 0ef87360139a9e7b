import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Statements } from '@interoffice/storage';
import { type Clock, systemClock } from '@interoffice/telemetry';
import { type Term, termsOf } from './grams.js';
import { FIRST_ID, LAST_ID, parseId, timeOf } from './ids.js';
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
}

/** Times in ms since 1970, ends included; people and rooms as bare JIDs. */
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

const KINDS = ['chat', 'normal', 'headline', 'groupchat', 'error'];
const INDEX_WITHIN_MS = 2_000;
/** Blocks of the text index looked at in the first round, twice as many in each further one. */
const FIRST_BLOCKS = 8;
const MOST_BLOCKS = 1_024;
/** The same for blocks the index cannot rule out: a term of frequent parts alone is looked for in every one of them. */
const FIRST_SPAN = 512;
const MOST_SPAN = 8_192;
/** A page that has taken so long says `next`, with what it has, rather than go on to the beginning of the journal. */
const ENOUGH_MS = 1_500;

const COLUMNS = `lpad(to_hex(j.id), 16, '0') AS id, j.at, j.author, j.author_device, j.receiver, j.room, j.kind,
  j.verdict, j.body, j.stanza`;
const SOURCES = 'officer_journal j';

interface OfficerRow {
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
}

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
      const values = [bigintOf(id), count, middle.room ?? middle.from, middle.to, ...people];
      return [
        await officer.query<OfficerRow>(conversation(middle, '<', 'DESC'), values),
        await officer.query<OfficerRow>(conversation(middle, '>', 'ASC'), values),
      ];
    });
    return [...before.toReversed().map(messageOf), middle, ...after.map(messageOf)];
  }

  /** Without text: the journal itself, from the latest. */
  async #browse(query: OfficerQuery): Promise<OfficerHits> {
    const filter = await this.#filter(query, 4);
    const { above, below } = boundsOf(query);
    const values = [bigintOf(above), bigintOf(below), query.limit + 1, ...filter.values];
    const text = `SELECT ${COLUMNS} FROM ${SOURCES}
      WHERE j.id > $1::bigint AND j.id < $2::bigint ${filter.sql} ORDER BY j.id DESC LIMIT $3`;
    const rows = await this.#as(query.scope, (officer) => officer.query<OfficerRow>(text, values));
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

  /** People of ours are found by their number, which is indexed; others by their address. `first`: position of the first value. */
  async #filter(query: OfficerQuery, first: number): Promise<{ sql: string; values: unknown[] }> {
    const parts: string[] = [];
    const values: unknown[] = [];
    const given = (value: unknown): string => `$${first - 1 + values.push(value)}`;
    const is = async (jid: string, side: (column: string, id: string) => string): Promise<void> => {
      const [account] = await this.database.query<{ id: number }>('app', 'SELECT id FROM accounts WHERE jid = $1', [
        jid,
      ]);
      parts.push(account ? side('_id', `${given(account.id)}::bigint`) : side('', `${given(jid)}::text`));
    };
    if (query.participant !== undefined) {
      await is(query.participant, (c, v) => `(j.author${c} = ${v} OR j.receiver${c} = ${v})`);
    }
    if (query.from !== undefined) await is(query.from, (c, v) => `j.author${c} = ${v}`);
    if (query.to !== undefined) await is(query.to, (c, v) => `j.receiver${c} = ${v}`);
    if (query.room !== undefined) {
      const room = `${given(query.room)}::text`;
      parts.push(`(j.room = ${room} OR (j.kind = 3 AND j.receiver = ${room}))`);
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

function conversation(of: RecordedMessage, direction: '<' | '>', order: 'ASC' | 'DESC'): string {
  const together =
    of.room === undefined
      ? `(j.author_id = $5::bigint AND j.receiver_id = $6::bigint AND j.author = $3 AND j.receiver = $4)
          OR (j.author_id = $6::bigint AND j.receiver_id = $5::bigint AND j.author = $4 AND j.receiver = $3)`
      : 'j.room = $3 AND ($4::text, $5::bigint, $6::bigint) IS NOT NULL';
  return `SELECT ${COLUMNS} FROM ${SOURCES}
    WHERE j.id ${direction} $1::bigint AND (${together}) ORDER BY j.id ${order} LIMIT $2`;
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
  };
}
