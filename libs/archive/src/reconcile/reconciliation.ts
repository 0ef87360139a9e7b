import type { Database } from '@interoffice/storage';
import { type Clock, describeError, type Log, type Metrics } from '@interoffice/telemetry';
import { FIRST_ID, timeOf } from '../ids.js';
import { bigintOf } from '../range.js';
import { OTHERS, streamOf, type Tally, type TalliedStretch } from './tally.js';

/** What came in over one kind of stream, and what became of it. */
export interface EdgeCounts {
  readonly name: string;
  readonly arrived: number;
  readonly accounted: number;
}

/** A stream of which the archive has another number of rows than were accepted. */
export interface Gap {
  readonly stream: string;
  readonly accepted: number;
  readonly recorded: number;
}

/** One comparison. `uncounted`: the process that had counted was killed, there is nothing to compare with. */
export interface ReconciledStretch {
  readonly number: string;
  readonly node: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly outcome: 'agrees' | 'gap' | 'uncounted';
  readonly accepted: number | undefined;
  readonly recorded: number;
  readonly gaps: readonly Gap[];
  readonly edges: readonly EdgeCounts[];
  readonly acknowledgedBy: string | undefined;
}

export interface ReconciliationOptions {
  readonly database: Database;
  readonly tally: Tally;
  readonly node: string;
  /** Counted where streams come in, apart from the journal. */
  readonly edges: () => readonly EdgeCounts[];
  /** Everything up to this id is committed. */
  readonly releasedId: () => string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

const EVERY_MS = 300_000;
const LOOK_MS = 500;
/** Named in the alarm; the others are counted. */
const MOST_GAPS = 100;

/**
 * Compares, every five minutes, what was accepted with what the archive has, stream by stream: a row that is missing is
 * named by its stream and its minutes. FINRA asks whether capture is known to work, not whether it is believed to (C-01).
 */
export class Reconciliation {
  #timer: NodeJS.Timeout | undefined;
  #waiting: TalliedStretch[] = [];
  #running: Promise<void> | undefined;
  /** Why the last comparison could not be made; it is tried again. */
  problem: string | undefined;
  #agreedAtMs: number | undefined;
  #openGaps = 0;

  constructor(private readonly options: ReconciliationOptions) {
    const { metrics } = options;
    metrics.gauge(
      'interoffice_archive_gaps',
      'Gaps between what was accepted and what is archived that nobody has acknowledged.',
      () => this.#openGaps,
    );
  }

  /** Gaps that nobody has acknowledged. */
  get openGaps(): number {
    return this.#openGaps;
  }

  /** When everything agreed last; undefined before the first comparison. */
  get agreedAtMs(): number | undefined {
    return this.#agreedAtMs;
  }

  /** Begins; what a killed process had counted is lost, and that is written down. */
  async start(latestId: string): Promise<void> {
    await this.#noteUncounted(latestId);
    await this.#countOpen();
    this.#timer = setInterval(() => void this.reconcile().catch(() => undefined), EVERY_MS).unref();
  }

  /** Compares what was counted until now. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.reconcile().catch(() => undefined);
  }

  /** Compares what was counted until now, once it is committed. Rejects when the database cannot be asked. */
  async reconcile(): Promise<void> {
    const stretch = this.options.tally.cut();
    if (stretch) this.#waiting.push(stretch);
    this.#running ??= this.#work().finally(() => (this.#running = undefined));
    await this.#running;
  }

  /** The latest comparisons, the newest first. */
  async history(limit: number, before?: string): Promise<readonly ReconciledStretch[]> {
    const text = `SELECT ${COLUMNS} FROM reconciliations WHERE number < coalesce($2::bigint, 9223372036854775807)
      ORDER BY number DESC LIMIT $1`;
    return (await this.options.database.query<Row>('app', text, [limit, before ?? null])).map(stretchOf);
  }

  /** Somebody has looked at the gap and says why it is there. False: there is no such gap, or somebody has before. */
  async acknowledge(number: string, by: string): Promise<boolean> {
    const text = `INSERT INTO acknowledged_gaps (number, by, at)
      SELECT number, $2, $3 FROM reconciliations WHERE number = $1 AND outcome = 'gap' ON CONFLICT DO NOTHING RETURNING number`;
    const values = [number, by, new Date(this.options.clock.now())];
    const done = await this.options.database.query('app', text, values);
    await this.#countOpen();
    return done.length === 1;
  }

  async #work(): Promise<void> {
    try {
      for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
        if (this.options.releasedId() < next.upTo) return this.#later();
        await this.#compare(next);
        this.#waiting.shift();
      }
      this.problem = undefined;
    } catch (error) {
      this.problem = describeError(error);
      throw error;
    }
  }

  /** What waits for its commit is compared when it has come. */
  #later(): void {
    setTimeout(() => void this.reconcile().catch(() => undefined), LOOK_MS).unref();
  }

  async #compare(stretch: TalliedStretch): Promise<void> {
    const found = await this.#recorded(stretch.after, stretch.upTo);
    const gaps = gapsOf(stretch, found);
    const edges = this.options.edges();
    const isEven = edges.every(({ arrived, accounted }) => arrived === accounted);
    const recorded = [...found.values()].reduce((sum, count) => sum + count, 0);
    const outcome = gaps.length === 0 && isEven ? 'agrees' : 'gap';
    await this.#record({ ...stretch, outcome, accepted: stretch.total, recorded, gaps, edges });
    if (outcome === 'agrees') this.#agreedAtMs = this.options.clock.now();
    else this.#alarm(stretch, gaps, edges);
    await this.#countOpen();
  }

  #alarm({ after, upTo }: TalliedStretch, gaps: readonly Gap[], edges: readonly EdgeCounts[]): void {
    const period = { from: isoOf(after), to: isoOf(upTo) };
    for (const gap of gaps) this.options.log.error('archive.gap.found', { ...period, ...gap });
    const uneven = edges.filter(({ arrived, accounted }) => arrived !== accounted);
    for (const { name, arrived, accounted } of uneven)
      this.options.log.error('archive.gap.found', {
        ...period,
        stream: `every ${name} stream`,
        accepted: arrived,
        recorded: accounted,
      });
  }

  async #recorded(after: string, upTo: string): Promise<Map<string, number>> {
    const text = `SELECT author, author_device, count(*)::int AS count FROM journal
      WHERE id > $1::bigint AND id <= $2::bigint GROUP BY author, author_device`;
    const rows = await this.options.database.query<{ author: string; author_device: string; count: number }>(
      'reader',
      text,
      [bigintOf(after), bigintOf(upTo)],
    );
    return new Map(rows.map(({ author, author_device, count }) => [streamOf(author, author_device), count]));
  }

  async #noteUncounted(latestId: string): Promise<void> {
    const { database, node } = this.options;
    const text = `SELECT lpad(to_hex(upto_id), 16, '0') AS id FROM reconciliations WHERE node = $1 ORDER BY number DESC LIMIT 1`;
    const [last] = await database.query<{ id: string }>('app', text, [node]);
    const after = last?.id ?? FIRST_ID;
    if (after >= latestId) return;
    const found = await this.#recorded(after, latestId);
    const recorded = [...found.values()].reduce((sum, count) => sum + count, 0);
    if (recorded === 0) return;
    await this.#record({
      after,
      upTo: latestId,
      outcome: 'uncounted',
      accepted: undefined,
      recorded,
      gaps: [],
      edges: [],
    });
  }

  async #record(of: {
    after: string;
    upTo: string;
    outcome: ReconciledStretch['outcome'];
    accepted: number | undefined;
    recorded: number;
    gaps: readonly Gap[];
    edges: readonly EdgeCounts[];
  }): Promise<void> {
    const { database, node, clock } = this.options;
    const text = `INSERT INTO reconciliations (node, at, after_id, upto_id, outcome, accepted, recorded, gaps, edges)
      VALUES ($1, $2, $3::bigint, $4::bigint, $5, $6, $7, $8, $9)`;
    const { after, upTo, outcome, accepted, recorded, gaps, edges } = of;
    const told = JSON.stringify(gaps.slice(0, MOST_GAPS));
    const values = [
      node,
      new Date(clock.now()),
      bigintOf(after),
      bigintOf(upTo),
      outcome,
      accepted ?? null,
      recorded,
      told,
      JSON.stringify(edges),
    ];
    await database.query('app', text, values);
  }

  async #countOpen(): Promise<void> {
    const text = `SELECT count(*)::int AS open FROM reconciliations r
      WHERE outcome = 'gap' AND NOT EXISTS (SELECT FROM acknowledged_gaps a WHERE a.number = r.number)`;
    const [row] = await this.options.database.query<{ open: number }>('app', text);
    this.#openGaps = row?.open ?? 0;
  }
}

/** Streams whose numbers differ. What is counted together is compared together. */
function gapsOf({ streams }: TalliedStretch, found: ReadonlyMap<string, number>): Gap[] {
  const others = streams.get(OTHERS);
  const all = new Set(
    [...streams.keys(), ...(others === undefined ? found.keys() : [])].filter((one) => one !== OTHERS),
  );
  for (const stream of found.keys()) if (others === undefined) all.add(stream);
  const gaps: Gap[] = [];
  let surplus = 0;
  for (const stream of all) {
    const [accepted, recorded] = [streams.get(stream) ?? 0, found.get(stream) ?? 0];
    if (accepted !== recorded) gaps.push({ stream, accepted, recorded });
  }
  for (const [stream, recorded] of found) if (!streams.has(stream)) surplus += recorded;
  if (others !== undefined && surplus !== others) gaps.push({ stream: OTHERS, accepted: others, recorded: surplus });
  return gaps;
}

const COLUMNS = `number, node, lpad(to_hex(after_id), 16, '0') AS after,
  lpad(to_hex(upto_id), 16, '0') AS upto, outcome, accepted, recorded, gaps, edges,
  (SELECT a.by FROM acknowledged_gaps a WHERE a.number = reconciliations.number) AS acknowledged_by`;

interface Row {
  readonly number: number;
  readonly node: string;
  readonly after: string;
  readonly upto: string;
  readonly outcome: ReconciledStretch['outcome'];
  readonly accepted: number | null;
  readonly recorded: number;
  readonly gaps: readonly Gap[];
  readonly edges: readonly EdgeCounts[];
  readonly acknowledged_by: string | null;
}

function stretchOf(row: Row): ReconciledStretch {
  return {
    number: String(row.number),
    node: row.node,
    fromMs: timeOf(row.after),
    toMs: timeOf(row.upto),
    outcome: row.outcome,
    accepted: row.accepted ?? undefined,
    recorded: row.recorded,
    gaps: row.gaps,
    edges: row.edges,
    acknowledgedBy: row.acknowledged_by ?? undefined,
  };
}

function isoOf(id: string): string {
  return new Date(timeOf(id)).toISOString();
}
