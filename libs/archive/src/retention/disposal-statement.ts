import type { Database } from '@interoffice/storage';
import type { CertifiedRule, CertifiedStretch, DisposalStatement } from './certificate.js';

const DISPOSAL = `SELECT id, retention_class, to_char(month AT TIME ZONE 'UTC', 'YYYY-MM') AS month, as_of, replaced_at, seen, removed,
    held, bytes_before, bytes_after, due, rules FROM disposals WHERE id = $1`;
const STRETCHES = `SELECT encode(int8send(first_id), 'hex') AS first_id, encode(int8send(last_id), 'hex') AS last_id, removed,
    encode(removed_digest, 'hex') AS removed_digest, cardinality(kept) AS kept,
    encode(sha256(coalesce((SELECT string_agg(int8send(id), ''::bytea ORDER BY id) FROM unnest(kept) id), '')), 'hex') AS kept_digest
  FROM disposal_stretches WHERE disposal_id = $1 ORDER BY disposal_stretches.first_id`;

interface DisposalRow {
  readonly id: number;
  readonly retention_class: number;
  readonly month: string;
  readonly as_of: Date;
  readonly replaced_at: Date;
  readonly seen: number;
  readonly removed: number;
  readonly held: number;
  readonly bytes_before: number;
  readonly bytes_after: number;
  readonly due: number[];
  readonly rules: readonly RuleRow[];
}

interface RuleRow {
  readonly id: number;
  readonly office: string;
  readonly group_name: string | null;
  readonly room: string | null;
  readonly peer: string | null;
  readonly kind: string | null;
  readonly days: number;
  readonly made_by: string;
  readonly approved_by: string | null;
}

interface StretchRow {
  readonly first_id: string;
  readonly last_id: string;
  readonly removed: number;
  readonly removed_digest: string;
  readonly kept: number;
  readonly kept_digest: string;
}

/** What a certificate will say of a disposal that has replaced its month. */
export async function statementOf(database: Database, id: number): Promise<DisposalStatement> {
  const [row] = await database.query<DisposalRow>('disposer', DISPOSAL, [id]);
  const stretches = await database.query<StretchRow>('disposer', STRETCHES, [id]);
  const due = new Set(row!.due.map(Number));
  return {
    number: row!.id,
    retentionClass: row!.retention_class,
    month: row!.month,
    asOf: row!.as_of.toISOString(),
    removedAt: row!.replaced_at.toISOString(),
    removed: row!.removed,
    kept: row!.seen - row!.removed,
    held: row!.held,
    bytesReturned: row!.bytes_before - row!.bytes_after,
    rules: row!.rules.filter((rule) => due.has(rule.id)).map(ruleOf),
    stretches: stretches.map(stretchOf),
  };
}

function ruleOf(row: RuleRow): CertifiedRule {
  const { id, office, days, made_by: madeBy } = row;
  return {
    id,
    office,
    days,
    madeBy,
    ...(row.group_name !== null && { group: row.group_name }),
    ...(row.room !== null && { room: row.room }),
    ...(row.peer !== null && { peer: row.peer }),
    ...(row.kind !== null && { kind: row.kind }),
    ...(row.approved_by !== null && { approvedBy: row.approved_by }),
  };
}

function stretchOf(row: StretchRow): CertifiedStretch {
  const { first_id: firstId, last_id: lastId, removed, removed_digest: removedDigest } = row;
  return { firstId, lastId, removed, removedDigest, kept: row.kept, keptDigest: row.kept_digest };
}
