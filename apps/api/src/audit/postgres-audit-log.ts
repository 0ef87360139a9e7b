import type { Database, Prepared } from '@interoffice/storage';
import { Failure } from '@interoffice/telemetry';
import type { AuditLog, Deed, DeedQuery, RecordedDeed } from './audit-log.js';

const RECORD: Prepared = {
  name: 'audit_record',
  text: `INSERT INTO audit (actor, actor_role, action, subject, reason, details, remote)
    VALUES ($1, $2, $3, $4, $5, $6, $7)`,
};
const WHERE = '($1::text IS NULL OR actor = $1) AND ($2::text IS NULL OR action = $2)';
const COUNT: Prepared = { name: 'audit_count', text: `SELECT count(*) AS total FROM audit WHERE ${WHERE}` };

interface Row {
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  readonly actor_role: string | null;
  readonly action: string;
  readonly subject: string | null;
  readonly reason: string | null;
  readonly details: Record<string, unknown> | null;
  readonly remote: string | null;
}

/** The audit log in PostgreSQL, where no role of the application may change or delete a row. */
export class PostgresAuditLog implements AuditLog {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async record({ actor, role, action, subject, reason, details, address }: Deed): Promise<void> {
    const values = [actor, role, action, subject, reason ?? null, storable(details), address];
    try {
      await this.#database.prepared('app', RECORD, values);
    } catch (cause) {
      throw new Failure('AUDIT_UNAVAILABLE', 'the audit log cannot be written; see the database', { cause });
    }
  }

  async list({ actor, action, descending, offset, limit }: DeedQuery) {
    const values = [actor ?? null, action ?? null];
    const rows = await this.#database.prepared<Row>('app', page(descending), [...values, limit, offset]);
    const [counted] = await this.#database.prepared<{ total: number }>('app', COUNT, values);
    return { deeds: rows.map(deedOf), total: counted?.total ?? 0 };
  }
}

function page(descending: boolean): Prepared {
  return {
    name: `audit_page_${descending ? 'down' : 'up'}`,
    text: `SELECT id, at, actor, actor_role, action, subject, reason, details, remote FROM audit WHERE ${WHERE}
      ORDER BY id ${descending ? 'DESC' : 'ASC'} LIMIT $3 OFFSET $4`,
  };
}

/** PostgreSQL's jsonb has no place for NUL; everything else is kept as it is. */
function storable(details: Deed['details']): string {
  return JSON.stringify(details).replaceAll(String.raw`\u0000`, String.raw`\ufffd`);
}

function deedOf(row: Row): RecordedDeed {
  return {
    id: String(row.id),
    atMs: row.at.getTime(),
    actor: row.actor,
    role: row.actor_role ?? '',
    action: row.action,
    subject: row.subject ?? '',
    reason: row.reason ?? undefined,
    details: row.details ?? {},
    address: row.remote ?? '',
  };
}
