import type { Database, Prepared } from '@interoffice/storage';
import type { Cursor } from '../people-source.js';
import type {
  Decision,
  Hold,
  LeftOut,
  NewHold,
  Preview,
  SyncCounts,
  SyncKind,
  SyncRecords,
  SyncRun,
} from './sync-records.js';

const AS = 'app';

const NOTE: Prepared = {
  name: 'sync_note',
  text: `INSERT INTO directory_syncs (directory, kind, started_at, ended_at, outcome, counts, left_out, error)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
};
const RUNS: Prepared = {
  name: 'sync_runs',
  text: `SELECT directory, kind, started_at, ended_at, outcome, counts, left_out, error FROM directory_syncs
    WHERE directory = $1 ORDER BY id DESC LIMIT $2`,
};
const LAST_FULL: Prepared = {
  name: 'sync_last_full',
  text: `SELECT directory, kind, started_at, ended_at, outcome, counts, left_out, error FROM directory_syncs
    WHERE directory = $1 AND kind = 'full' AND outcome IN ('done', 'partial') ORDER BY id DESC LIMIT 1`,
};
const CURSOR: Prepared = {
  name: 'sync_cursor',
  text: 'SELECT server, position FROM directory_cursors WHERE directory = $1',
};
const SAVE_CURSOR: Prepared = {
  name: 'sync_save_cursor',
  text: `INSERT INTO directory_cursors (directory, server, position) VALUES ($1, $2, $3)
    ON CONFLICT (directory) DO UPDATE SET server = excluded.server, position = excluded.position`,
};
const HOLD_COLUMNS = 'id, directory, kind, held_at, reason, ids, preview, decision, decided_by, decided_at';
const HOLD: Prepared = {
  name: 'sync_hold',
  text: `INSERT INTO directory_held (directory, kind, held_at, reason, ids, preview) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (directory) WHERE decision IS NULL DO UPDATE SET kind = excluded.kind, held_at = excluded.held_at,
      reason = excluded.reason, ids = excluded.ids, preview = excluded.preview
    RETURNING ${HOLD_COLUMNS}`,
};
const WAITING: Prepared = {
  name: 'sync_waiting',
  text: `SELECT ${HOLD_COLUMNS} FROM directory_held WHERE directory = $1 AND decision IS NULL`,
};
const DECIDED: Prepared = {
  name: 'sync_decided',
  text: `SELECT ${HOLD_COLUMNS} FROM directory_held WHERE directory = $1 AND decision IS NOT NULL
    ORDER BY decided_at DESC, id DESC LIMIT 1`,
};
const NARROW: Prepared = {
  name: 'sync_narrow',
  text: `WITH gone AS (DELETE FROM directory_held WHERE id = $1 AND decision IS NULL AND cardinality($2::text[]) = 0)
    UPDATE directory_held SET ids = $2 WHERE id = $1 AND NOT (decision IS NULL AND cardinality($2::text[]) = 0)`,
};
const DECIDE: Prepared = {
  name: 'sync_decide',
  text: `UPDATE directory_held SET decision = $2, decided_by = $3, decided_at = $4 WHERE id = $1 AND decision IS NULL
    RETURNING ${HOLD_COLUMNS}`,
};
const PRUNE: Prepared = {
  name: 'sync_prune',
  text: 'DELETE FROM directory_syncs WHERE directory = $1 AND ended_at < $2',
};

interface RunRow {
  readonly directory: string;
  readonly kind: SyncKind;
  readonly started_at: Date;
  readonly ended_at: Date;
  readonly outcome: SyncRun['outcome'];
  readonly counts: SyncCounts;
  readonly left_out: readonly LeftOut[];
  readonly error: string | null;
}

interface HoldRow {
  readonly id: string;
  readonly directory: string;
  readonly kind: SyncKind;
  readonly held_at: Date;
  readonly reason: NewHold['reason'];
  readonly ids: readonly string[];
  readonly preview: Preview;
  readonly decision: Decision | null;
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
}

/** What syncs have done and left behind, in PostgreSQL. */
export class PostgresSyncRecords implements SyncRecords {
  constructor(private readonly database: Database) {}

  async note({ directory, kind, startedAt, endedAt, outcome, counts, leftOut, error }: SyncRun): Promise<void> {
    const times = [new Date(startedAt), new Date(endedAt)];
    const values = [directory, kind, ...times, outcome, JSON.stringify(counts), JSON.stringify(leftOut), error ?? null];
    await this.database.prepared(AS, NOTE, values);
  }

  async runs(directory: string, limit: number): Promise<readonly SyncRun[]> {
    return (await this.database.prepared<RunRow>(AS, RUNS, [directory, limit])).map(runOf);
  }

  async lastFull(directory: string): Promise<SyncRun | undefined> {
    const [row] = await this.database.prepared<RunRow>(AS, LAST_FULL, [directory]);
    return row && runOf(row);
  }

  async cursor(directory: string): Promise<Cursor | undefined> {
    const [row] = await this.database.prepared<{ server: string; position: string }>(AS, CURSOR, [directory]);
    return row && { server: row.server, at: row.position };
  }

  async saveCursor(directory: string, { server, at }: Cursor): Promise<void> {
    await this.database.prepared(AS, SAVE_CURSOR, [directory, server, at]);
  }

  async hold({ directory, kind, heldAt, reason, ids, preview }: NewHold): Promise<Hold> {
    const values = [directory, kind, new Date(heldAt), reason, ids, JSON.stringify(preview)];
    const [row] = await this.database.prepared<HoldRow>(AS, HOLD, values);
    return holdOf(row!);
  }

  waiting(directory: string): Promise<Hold | undefined> {
    return this.#hold(WAITING, [directory]);
  }

  decided(directory: string): Promise<Hold | undefined> {
    return this.#hold(DECIDED, [directory]);
  }

  async narrow(id: number, ids: readonly string[]): Promise<void> {
    await this.database.prepared(AS, NARROW, [id, ids]);
  }

  decide(id: number, said: { decision: Decision; by: string; atMs: number }): Promise<Hold | undefined> {
    return this.#hold(DECIDE, [id, said.decision, said.by, new Date(said.atMs)]);
  }

  async prune(directory: string, beforeMs: number): Promise<void> {
    await this.database.prepared(AS, PRUNE, [directory, new Date(beforeMs)]);
  }

  async #hold(statement: Prepared, values: readonly unknown[]): Promise<Hold | undefined> {
    const [row] = await this.database.prepared<HoldRow>(AS, statement, values);
    return row && holdOf(row);
  }
}

function runOf({ started_at: startedAt, ended_at: endedAt, left_out: leftOut, error, ...run }: RunRow): SyncRun {
  return { ...run, leftOut, startedAt: startedAt.getTime(), endedAt: endedAt.getTime(), error: error ?? undefined };
}

function holdOf(row: HoldRow): Hold {
  const { directory, kind, reason, ids, preview } = row;
  return {
    id: Number(row.id),
    directory,
    kind,
    reason,
    ids,
    preview,
    heldAt: row.held_at.getTime(),
    decision: row.decision ?? undefined,
    decidedBy: row.decided_by ?? undefined,
    decidedAt: row.decided_at?.getTime(),
  };
}
