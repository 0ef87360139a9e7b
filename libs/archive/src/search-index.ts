import type { Database, Statements } from '@interoffice/storage';
import { type Clock, Failure, type Metrics } from '@interoffice/telemetry';
import { FILE_NAMESPACES, NS } from '@interoffice/wire';
import { FIRST_ID, timeOf } from './ids.js';
import { bigintOf } from './range.js';
import { type SearchBlock, type Stretch, stretchesOf } from './search-block.js';
import { type MarkedRow, marksOf } from './search-marks.js';

export interface SearchIndexOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** The id up to which everything is committed: the journal's `releasedId`. */
  readonly upTo: () => string;
  /** Called with `indexedId` whenever it has moved. */
  readonly onReached?: (id: string) => void;
}

/** Rows of one transaction while somebody waits for it. */
const AT_ONCE = 4_096;
/** Otherwise: what it writes must not keep the journal's own commits waiting for more than some milliseconds. */
const AT_A_TIME = 512;
/** Rests so many times as long as it works: a twentieth of a processor while it is behind, some 3,000 messages a second. */
const REST = 19;
const MARK = 'archive.index';

interface ContentRow extends MarkedRow {
  readonly id: string;
  readonly retention_class: number;
  readonly body: string | null;
}

/** Bytes that the XML of every message with a file or a label has somewhere: the few that do are read. */
const NOTABLE = [...FILE_NAMESPACES, NS.securityLabel].map((namespace) => Buffer.from(namespace));
/** Came and left: not said. */
const SAID_BELOW = 5;
const READ = `SELECT encode(int8send(c.id), 'hex') AS id, c.retention_class, c.body, j.author_id, j.receiver_id, j.author, j.receiver,
    j.author_office, j.receiver_office, j.room, j.peer, j.kind, j.verdict,
    CASE WHEN ${NOTABLE.map((_, i) => `position($${i + 4}::bytea IN c.stanza) > 0`).join(' OR ')} THEN c.stanza END AS notable
  FROM journal_content c JOIN journal j ON j.id = c.id WHERE c.id > $1::bigint AND c.id <= $2::bigint ORDER BY c.id LIMIT $3`;

/**
 * Follows the journal behind delivery and writes what text search looks in. Where it has got to is kept with what it
 * wrote, in one transaction: after a crash nothing is missing and nothing twice.
 */
export class SearchIndex {
  /** Everything up to this id is found by text. */
  indexedId = FIRST_ID;
  #knowsMark = false;
  #running: Promise<void> | undefined;
  /** Who waits for it now: no rests meanwhile. */
  #hurried = 0;
  #wake: (() => void) | undefined;
  #isStopped = false;

  constructor(private readonly options: SearchIndexOptions) {
    options.metrics.gauge(
      'interoffice_archive_search_lag_seconds',
      'Age of the oldest recorded message that text search does not find yet.',
      () => this.lagMs / 1_000,
    );
  }

  /** 0 when everything committed is indexed. */
  get lagMs(): number {
    if (this.indexedId >= this.options.upTo()) return 0;
    return Math.max(0, this.options.clock.now() - timeOf(this.indexedId));
  }

  /** Reads how far it was; rejects when the database cannot be asked, and is then tried again before the next work. */
  async start(): Promise<void> {
    const text = `SELECT value ->> 'id' AS id FROM settings_state WHERE name = $1`;
    const [row] = await this.options.database.query<{ id: string }>('app', text, [MARK]);
    this.#knowsMark = true;
    this.#reach(row?.id ?? FIRST_ID);
  }

  /** Ends after the transaction under way; what was asked for resolves. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake?.();
    await this.#running?.catch(() => undefined);
  }

  /** Brings the index up to the journal, with rests between; rejects when the database cannot be asked. */
  async follow(): Promise<void> {
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
    await this.#running;
  }

  /** As `follow`, now: somebody searches. */
  async catchUp(): Promise<void> {
    const target = this.options.upTo();
    this.#hurried++;
    this.#wake?.();
    try {
      // What is under way may have looked at the journal before this was called.
      do await this.follow();
      while (this.indexedId < target && !this.#isStopped);
    } finally {
      this.#hurried--;
    }
  }

  async #run(): Promise<void> {
    if (!this.#knowsMark) await this.start();
    for (let target = this.options.upTo(); this.indexedId < target; target = this.options.upTo()) {
      const began = this.options.clock.now();
      const isBehind = await this.#index(target);
      if (isBehind) await this.#rest(REST * (this.options.clock.now() - began));
      if (this.#isStopped) return;
    }
  }

  async #rest(ms: number): Promise<void> {
    if (this.#hurried > 0 || this.#isStopped) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.#wake = undefined;
  }

  /** One transaction; true when there is more up to `target`. */
  async #index(target: string): Promise<boolean> {
    const { database } = this.options;
    const most = this.#hurried > 0 ? AT_ONCE : AT_A_TIME;
    const values = [bigintOf(this.indexedId), bigintOf(target), most, ...NOTABLE];
    const rows = await database.prepared<ContentRow>('reader', { name: 'archive.index.read', text: READ }, values);
    const isBehind = rows.length === most;
    const reached = isBehind ? rows.at(-1)!.id : target;
    const said = rows.filter(({ kind }) => kind < SAID_BELOW);
    const stretches = stretchesOf(
      said.map((row) => ({ id: row.id, retentionClass: row.retention_class, body: row.body, marks: marksOf(row) })),
    );
    try {
      await database.transaction('app', (app) => write(app, stretches, { from: this.indexedId, to: reached }));
    } catch (error) {
      // Lost or not: what is true stands in the table.
      this.#knowsMark = false;
      throw error;
    }
    this.#reach(reached);
    return isBehind;
  }

  #reach(id: string): void {
    this.indexedId = id;
    this.options.onReached?.(id);
  }
}

/** Does not wait for the disk: what a crash of PostgreSQL takes is made again, since the mark goes with it. */
async function write(
  app: Statements,
  stretches: readonly Stretch[],
  mark: { from: string; to: string },
): Promise<void> {
  await app.query(`SET LOCAL synchronous_commit = off; SET LOCAL backend_flush_after = '512kB'`);
  const text = `INSERT INTO settings_state VALUES ($1, jsonb_build_object('id', $3::text)) ON CONFLICT (name)
    DO UPDATE SET value = excluded.value WHERE settings_state.value ->> 'id' = $2 RETURNING name`;
  const moved = await app.prepared({ name: 'archive.index.mark', text }, [MARK, mark.from, mark.to]);
  if (moved.length === 0) {
    throw new Failure(
      'ARCHIVE_INDEX_MOVED',
      'Another process has brought the text index forward; it goes on from there.',
    );
  }
  for (const stretch of stretches) for (const block of stretch.blocks) await writeBlock(app, stretch, block);
}

/** One row of text search; `between` are ids of the stretch it stands in. */
export async function writeBlock(
  app: Statements,
  { firstId, lastId }: Pick<Stretch, 'firstId' | 'lastId'>,
  block: SearchBlock,
): Promise<void> {
  const text = `INSERT INTO journal_search (first_id, last_id, retention_class, ids, contents, grams, signature)
    VALUES ($1::bigint, $2::bigint, $3::smallint, $4::bigint[], $5, $6::int[], $7)`;
  const { ids, contents, grams, signature } = block.columns();
  const values = [bigintOf(firstId), bigintOf(lastId), block.retentionClass, ids, contents, grams, signature];
  await app.prepared({ name: 'archive.index.write', text }, values);
}
