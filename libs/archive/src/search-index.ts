import type { Database, Statements } from '@interoffice/storage';
import { type Clock, describeError, type Log, type Metrics } from '@interoffice/telemetry';
import { fold, wordsOf } from './fold.js';
import { FIRST_ID, timeOf } from './ids.js';
import { bigintOf } from './range.js';

export interface SearchIndexOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The id up to which everything is committed: the journal's `releasedId`. */
  readonly upTo: () => string;
}

const AT_ONCE = 2_000;
const PAUSE_MS = 200;
const MARK = 'archive.index';

interface BodyRow {
  readonly id: string;
  readonly body: string | null;
}

/**
 * Follows the journal behind delivery and writes what text search looks in. Where it has got to is kept with what it
 * wrote, in one transaction: after a crash nothing is missing and nothing twice.
 */
export class SearchIndex {
  /** Everything up to this id is found by text. */
  indexedId = FIRST_ID;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;

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

  /** Reads how far it was and begins to follow. */
  async start(): Promise<void> {
    const text = `SELECT value ->> 'id' AS id FROM settings_state WHERE name = $1`;
    const [row] = await this.options.database.query<{ id: string }>('app', text, [MARK]);
    this.indexedId = row?.id ?? FIRST_ID;
    this.#again();
  }

  /** Ends after the transaction under way. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  /** Brings the index up to the journal now; rejects when the database cannot be asked. */
  async catchUp(): Promise<void> {
    while (this.#running) await this.#running;
    this.#running = this.#follow().finally(() => (this.#running = undefined));
    await this.#running;
  }

  #again(): void {
    this.#timer = setTimeout(() => {
      void this.catchUp()
        .then(() => (this.#failing = false))
        .catch((error: unknown) => this.#report(error))
        .finally(() => {
          if (this.#timer) this.#again();
        });
    }, PAUSE_MS).unref();
  }

  #report(error: unknown): void {
    if (!this.#failing) this.options.log.warn('archive.index.failed', { reason: describeError(error) });
    this.#failing = true;
  }

  async #follow(): Promise<void> {
    for (let target = this.options.upTo(); this.indexedId < target; target = this.options.upTo()) {
      const { database } = this.options;
      const text = `SELECT lpad(to_hex(j.id), 16, '0') AS id, c.body FROM
          (SELECT id, at, retention_class FROM journal WHERE id > $1::bigint AND id <= $2::bigint ORDER BY id LIMIT $3) j
        LEFT JOIN journal_content c ON c.id = j.id AND c.at = j.at AND c.retention_class = j.retention_class
        ORDER BY j.id`;
      const values = [bigintOf(this.indexedId), bigintOf(target), AT_ONCE];
      const rows = await database.prepared<BodyRow>('reader', { name: 'archive.index.read', text }, values);
      const reached = rows.length < AT_ONCE ? target : rows.at(-1)!.id;
      await database.transaction('app', (app) => write(app, rows, reached));
      this.indexedId = reached;
    }
  }
}

async function write(app: Statements, rows: readonly BodyRow[], reached: string): Promise<void> {
  const ids: string[] = [];
  const words: string[] = [];
  const contents: string[] = [];
  for (const { id, body } of rows) {
    if (body === null || body === '') continue;
    const content = fold(body);
    ids.push(bigintOf(id));
    words.push([...wordsOf(content)].join(' '));
    contents.push(content);
  }
  if (ids.length > 0) {
    const text = `INSERT INTO journal_search (journal_id, words, content)
      SELECT id, array_to_tsvector(string_to_array(words, ' ')), content
        FROM unnest($1::bigint[], $2::text[], $3::text[]) AS row (id, words, content) ON CONFLICT DO NOTHING`;
    await app.prepared({ name: 'archive.index.write', text }, [ids, words, contents]);
  }
  const mark = `INSERT INTO settings_state VALUES ($1, jsonb_build_object('id', $2::text))
    ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
  await app.prepared({ name: 'archive.index.mark', text: mark }, [MARK, reached]);
}
