import type { Job, JobProblem, JobRequest, JobState, Move } from './job.js';

/** Parameterised statements of the role `app`, prepared under their name. */
export interface JobSql {
  query<Row>(name: string, text: string, values: readonly unknown[]): Promise<readonly Row[]>;
}

interface JobRow {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly requested_by: string;
  readonly scope: string;
  readonly input: unknown;
  readonly checkpoint: unknown;
  readonly phase: string | null;
  readonly done: number;
  readonly total: number | null;
  readonly result: unknown;
  readonly problem: JobProblem | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
}

const COLUMNS = `id::text, kind, state, requested_by, scope, input, checkpoint, phase, done, total, result, problem,
  created_at, started_at, finished_at`;

/** The rows of jobs: every change is one statement that says from which state it may come. */
export class JobRows {
  constructor(private readonly sql: JobSql) {}

  async add({ kind, requestedBy, scope, input }: JobRequest, atMs: number): Promise<Job> {
    const text = `INSERT INTO jobs (kind, requested_by, scope, input, created_at)
      VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`;
    const values = [kind, requestedBy, scope, JSON.stringify(input), new Date(atMs)];
    return jobOf((await this.sql.query<JobRow>('jobs-add', text, values))[0]!);
  }

  async find(id: string): Promise<Job | undefined> {
    if (!/^\d{1,18}$/.test(id)) return undefined;
    const text = `SELECT ${COLUMNS} FROM jobs WHERE id = $1::bigint`;
    const [row] = await this.sql.query<JobRow>('jobs-find', text, [id]);
    return row && jobOf(row);
  }

  /** Newest first, below an id. */
  async list(kind: string, scope: string, page: { below?: string; limit: number }): Promise<readonly Job[]> {
    const text = `SELECT ${COLUMNS} FROM jobs
      WHERE kind = $1 AND id < $2::bigint AND ($3 = '*' OR scope = $3) ORDER BY id DESC LIMIT $4`;
    const below = /^\d{1,18}$/.test(page.below ?? '') ? page.below : '9223372036854775807';
    return (await this.sql.query<JobRow>('jobs-list', text, [kind, below, scope, page.limit])).map(jobOf);
  }

  /** What ran when the process ended waits again. */
  async takeBack(): Promise<void> {
    await this.sql.query('jobs-take-back', `UPDATE jobs SET state = 'waiting' WHERE state = 'running'`, []);
  }

  /** The one that has waited longest now runs; undefined when none waits. */
  async begin(kinds: readonly string[], atMs: number): Promise<Job | undefined> {
    const text = `UPDATE jobs SET state = 'running', started_at = coalesce(started_at, $2), moved_at = $2, problem = NULL
       WHERE state = 'waiting' AND id = (SELECT min(id) FROM jobs WHERE state = 'waiting' AND kind = ANY ($1::text[]))
      RETURNING ${COLUMNS}`;
    const [row] = await this.sql.query<JobRow>('jobs-begin', text, [kinds, new Date(atMs)]);
    return row && jobOf(row);
  }

  async move(id: string, { phase, done, total, checkpoint }: Move, atMs: number): Promise<void> {
    const text = `UPDATE jobs SET phase = $2, done = $3, total = $4, checkpoint = coalesce($5, checkpoint), moved_at = $6
       WHERE id = $1::bigint AND state = 'running'`;
    const kept = checkpoint === undefined ? null : JSON.stringify(checkpoint);
    await this.sql.query('jobs-move', text, [id, phase, done, total ?? null, kept, new Date(atMs)]);
  }

  async finish(id: string, result: unknown, atMs: number): Promise<void> {
    const text = `UPDATE jobs SET state = 'done', result = $2, done = coalesce(total, done), finished_at = $3
       WHERE id = $1::bigint AND state = 'running'`;
    await this.sql.query('jobs-finish', text, [id, JSON.stringify(result), new Date(atMs)]);
  }

  async fail(id: string, problem: JobProblem, atMs: number): Promise<void> {
    const text = `UPDATE jobs SET state = 'failed', problem = $2, finished_at = $3 WHERE id = $1::bigint AND state = 'running'`;
    await this.sql.query('jobs-fail', text, [id, JSON.stringify(problem), new Date(atMs)]);
  }

  /** False when it was over before. */
  async cancel(id: string, atMs: number): Promise<boolean> {
    const text = `UPDATE jobs SET state = 'cancelled', finished_at = $2
       WHERE id = $1::bigint AND state IN ('waiting', 'running') RETURNING id::text`;
    return (await this.sql.query('jobs-cancel', text, [id, new Date(atMs)])).length > 0;
  }

  /** What failed or was cancelled waits for its turn again; false for anything else. */
  async resume(id: string): Promise<boolean> {
    const text = `UPDATE jobs SET state = 'waiting', problem = NULL, finished_at = NULL
       WHERE id = $1::bigint AND state IN ('failed', 'cancelled') RETURNING id::text`;
    return (await this.sql.query('jobs-resume', text, [id])).length > 0;
  }
}

function jobOf(row: JobRow): Job {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    requestedBy: row.requested_by,
    scope: row.scope,
    input: row.input,
    checkpoint: row.checkpoint ?? undefined,
    phase: row.phase ?? undefined,
    done: row.done,
    total: row.total ?? undefined,
    result: row.result ?? undefined,
    problem: row.problem ?? undefined,
    createdAtMs: row.created_at.getTime(),
    startedAtMs: row.started_at?.getTime(),
    finishedAtMs: row.finished_at?.getTime(),
  };
}
