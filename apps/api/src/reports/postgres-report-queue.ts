import type { Database } from '@interoffice/storage';
import type { KeptReport, ReportQuery, ReportQueue } from './report-queue.js';

interface Row {
  readonly id: string;
  readonly at: Date;
  readonly reporter: string;
  readonly about: string;
  readonly peer: string;
  readonly reason: KeptReport['reason'];
  readonly note: string;
  readonly messages: string[];
  readonly state: KeptReport['state'];
  readonly handled_at: Date | null;
  readonly handled_by: string | null;
}

const COLUMNS = 'id::text AS id, at, reporter, about, peer, reason, note, messages, state, handled_at, handled_by';
const WHERE = `($1::text IS NULL OR state = $1) AND ($3::text = '*' OR office = $3)
  AND ($2::text IS NULL OR position(lower($2) IN lower(reporter)) > 0 OR position(lower($2) IN lower(about)) > 0)`;
const NUMBER = /^[1-9]\d{0,17}$/;

/** The table `reports`, which the blocking command fills. */
export class PostgresReportQueue implements ReportQueue {
  constructor(private readonly database: Database) {}

  async list({ state, text, descending, offset, limit, scope }: ReportQuery) {
    const values = [state ?? null, text ?? null, scope];
    const page = {
      name: `reports_page_${descending ? 'down' : 'up'}`,
      text: `SELECT ${COLUMNS} FROM reports WHERE ${WHERE} ORDER BY reports.id ${descending ? 'DESC' : 'ASC'} LIMIT $4 OFFSET $5`,
    };
    const count = { name: 'reports_count', text: `SELECT count(*) AS total FROM reports WHERE ${WHERE}` };
    const rows = await this.database.prepared<Row>('app', page, [...values, limit, offset]);
    const [counted] = await this.database.prepared<{ total: number }>('app', count, values);
    return { reports: rows.map(read), total: counted?.total ?? 0 };
  }

  async find(id: string, scope: string): Promise<KeptReport | undefined> {
    if (!NUMBER.test(id)) return undefined;
    const text = `SELECT ${COLUMNS} FROM reports WHERE reports.id = $1 AND ($2::text = '*' OR office = $2)`;
    const [row] = await this.database.prepared<Row>('app', { name: 'reports_find', text }, [id, scope]);
    return row && read(row);
  }

  async handle(id: string, { state, by, atMs }: Parameters<ReportQueue['handle']>[1]): Promise<void> {
    const text = `UPDATE reports SET state = $2, handled_by = CASE WHEN $2 = 'done' THEN $3 END,
      handled_at = CASE WHEN $2 = 'done' THEN to_timestamp($4::float8 / 1000) END WHERE id = $1`;
    await this.database.prepared('app', { name: 'reports_handle', text }, [id, state, by, atMs]);
  }
}

function read({ at, handled_at: handledAt, handled_by: handledBy, ...same }: Row): KeptReport {
  return { ...same, atMs: at.getTime(), handledAtMs: handledAt?.getTime(), handledBy: handledBy ?? undefined };
}
