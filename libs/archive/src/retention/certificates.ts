import type { Database } from '@interoffice/storage';

/** A disposal that has been done, as lists show it. */
export interface Disposal {
  readonly number: number;
  readonly retentionClass: number;
  /** Such as `2026-06`. */
  readonly month: string;
  readonly removed: number;
  readonly kept: number;
  readonly held: number;
  readonly bytesReturned: number;
  readonly removedAtMs: number;
  /** False: the signature is still to come. */
  readonly isCertified: boolean;
}

const VISIBLE = `($1 = '*' OR EXISTS (SELECT FROM jsonb_to_recordset(d.rules) AS r (id bigint, office text)
  WHERE r.id = ANY (d.due) AND r.office IN ($1, '*')))`;
const LIST = `SELECT id AS number, retention_class, to_char(month AT TIME ZONE 'UTC', 'YYYY-MM') AS month, seen, removed, held,
    bytes_before - bytes_after AS returned, replaced_at, state = 'certified' AS is_certified
  FROM disposals d WHERE state IN ('replaced', 'certified') AND ${VISIBLE} AND ($2::bigint IS NULL OR id < $2)
  ORDER BY id DESC LIMIT $3`;
const NOTE = `SELECT c.note FROM disposal_certificates c JOIN disposals d ON d.id = c.disposal_id WHERE c.disposal_id = $2 AND ${VISIBLE}`;

interface DisposalRow {
  readonly number: number;
  readonly retention_class: number;
  readonly month: string;
  readonly seen: number;
  readonly removed: number;
  readonly held: number;
  readonly returned: number;
  readonly replaced_at: Date;
  readonly is_certified: boolean;
}

/** Disposals that have been done by rules of the scope's office, or of all, and their signed certificates. */
export class DisposalCertificates {
  constructor(private readonly database: Database) {}

  /** The latest first; `after` is the last of the page before. */
  async list(scope: string, limit: number, after?: number): Promise<readonly Disposal[]> {
    const rows = await this.database.query<DisposalRow>('app', LIST, [scope, after ?? null, limit]);
    return rows.map(disposalOf);
  }

  /** The signed note. */
  async note(number: number, scope: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ note: string }>('app', NOTE, [scope, number]);
    return row?.note;
  }
}

function disposalOf(row: DisposalRow): Disposal {
  const { number, retention_class: retentionClass, month, removed, held } = row;
  return {
    number,
    retentionClass,
    month,
    removed,
    kept: row.seen - removed,
    held,
    bytesReturned: row.returned,
    removedAtMs: row.replaced_at.getTime(),
    isCertified: row.is_certified,
  };
}
