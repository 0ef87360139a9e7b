import type { Database } from '@interoffice/storage';
import { Failure } from '@interoffice/telemetry';

export type RetentionKind = 'chat' | 'room' | 'headline' | 'error';

/** Whom a rule covers; what is not said covers everything. */
export interface RuleScope {
  /** Messages of this office alone; `*` for all. */
  readonly office: string;
  /** `directory/stable id` of a group of the directory, and what it is called. */
  readonly group: { readonly key: string; readonly name: string } | undefined;
  readonly room: string | undefined;
  readonly peer: string | undefined;
  readonly kind: RetentionKind | undefined;
}

/** How long messages are kept, in days from the end of their month; undefined: for ever. */
export interface RetentionRule extends RuleScope {
  readonly id: string;
  readonly days: number | undefined;
  readonly madeBy: string;
  readonly approvedBy: string | undefined;
  readonly changedAtMs: number;
}

/** What somebody wants of a rule. */
export type WantedChange =
  | { readonly action: 'add'; readonly rule: RuleScope & { readonly days: number | undefined } }
  | { readonly action: 'set'; readonly ruleId: string; readonly days: number | undefined }
  | { readonly action: 'end'; readonly ruleId: string };

export interface RetentionChange {
  readonly id: string;
  readonly action: WantedChange['action'];
  readonly ruleId: string | undefined;
  /** As it would be, or was when it ends. */
  readonly rule: RuleScope & { readonly days: number | undefined };
  readonly reason: string;
  readonly proposedBy: string;
  readonly proposedAtMs: number;
  readonly expiresAtMs: number;
  readonly state: 'open' | 'done' | 'refused' | 'withdrawn' | 'expired';
  readonly decidedBy: string | undefined;
  readonly decidedAtMs: number | undefined;
}

/** Who acts, and when. */
export interface RetentionActor {
  /** The bare address of the account. */
  readonly by: string;
  readonly atMs: number;
}

/** What decides about one message. */
export interface RetentionExplanation {
  /** The longest first: that one decides. Empty: it is kept for ever. */
  readonly rules: readonly RetentionRule[];
  readonly holds: readonly {
    readonly id: string;
    readonly name: string;
    readonly matter: string;
    readonly office: string;
  }[];
  /** Its content is still there. */
  readonly isKept: boolean;
}

/**
 * Rules of retention. Of all that cover a message the one that keeps it longest counts, of none it is kept for ever. What
 * keeps something for less long than before waits for a second person; the database itself sees to that.
 */
export class RetentionRules {
  constructor(private readonly database: Database) {}

  /** Those in force that the scope's officers live under: of their office, and of all. */
  async list(scope: string): Promise<readonly RetentionRule[]> {
    return (await this.database.query<RuleRow>('app', RULES, [scope])).map(ruleOf);
  }

  /** The latest first, open ones before others. */
  async changes(scope: string, limit: number, nowMs: number): Promise<readonly RetentionChange[]> {
    const rows = await this.database.query<ChangeRow>('app', CHANGES, [scope, limit]);
    return rows.map((row) => changeOf(row, nowMs));
  }

  async findChange(id: string, scope: string, nowMs: number): Promise<RetentionChange | undefined> {
    if (!NUMBER.test(id)) return undefined;
    const [row] = await this.database.query<ChangeRow>('app', CHANGE, [id, scope]);
    return row && changeOf(row, nowMs);
  }

  /**
   * `done` for what keeps more; `open` for what waits for a second person. Rejects with RETENTION_RULE_GONE, or
   * RETENTION_NOT_ALLOWED when the account is no officer of that office.
   */
  async propose(
    wanted: WantedChange,
    reason: string,
    { by, atMs }: RetentionActor,
  ): Promise<{ readonly id: string; readonly state: 'open' | 'done' }> {
    const { action } = wanted;
    const rule = action === 'end' ? {} : action === 'add' ? rowOf(wanted.rule) : { days: wanted.days };
    const values = [action, action === 'add' ? null : wanted.ruleId, JSON.stringify(rule), reason, by, atMs];
    const [row] = await this.#ask<{ id: string; state: 'open' | 'done' }>(PROPOSE, values);
    return row!;
  }

  /**
   * Rejects with RETENTION_CHANGE_CLOSED, RETENTION_CHANGE_EXPIRED, RETENTION_SECOND_PERSON (the same person, also under
   * another account), RETENTION_RULE_GONE or RETENTION_NOT_ALLOWED.
   */
  async decide(id: string, decision: 'done' | 'refused' | 'withdrawn', { by, atMs }: RetentionActor): Promise<void> {
    await this.#ask(DECIDE, [id, decision, by, atMs]);
  }

  /** What decides about a message; undefined when there is none within the scope. */
  async explain(rowId: bigint, scope: string): Promise<RetentionExplanation | undefined> {
    const [row] = await this.database.transaction('officer', async (officer) => {
      await officer.query(`SELECT set_config('interoffice.scope', $1, true)`, [scope]);
      return officer.query<ExplanationRow>(EXPLAIN, [String(rowId)]);
    });
    if (!row) return undefined;
    const holds = row.holds.filter(({ office }) => scope === '*' || office === scope);
    return {
      rules: row.rules.map(ruleOf),
      holds: holds.map((hold) => ({ ...hold, id: String(hold.id) })),
      isKept: row.has_content,
    };
  }

  /** Groups of the directories with this in their name. */
  groups(text: string, limit: number): Promise<readonly { readonly key: string; readonly name: string }[]> {
    return this.database.query('app', GROUPS, [text, limit]);
  }

  /** All in force, as the database reads them. */
  async rows(): Promise<readonly RuleRow[]> {
    return (await this.database.query<{ rule: RuleRow }>('app', CURRENT)).map(({ rule }) => rule);
  }

  async #ask<R>(text: string, values: readonly unknown[]): Promise<R[]> {
    try {
      return await this.database.query<R>('app', text, values);
    } catch (cause) {
      throw refusalOf(cause) ?? cause;
    }
  }
}

const NUMBER = /^[1-9]\d{0,17}$/;
const RULE_COLUMNS = `id, office, group_key, group_name, room, peer, kind, days, made_by, approved_by, changed_at`;
const RULES = `SELECT ${RULE_COLUMNS} FROM retention_rules
  WHERE ended_at IS NULL AND ($1 = '*' OR office IN ($1, '*')) ORDER BY id LIMIT 1000`;
const CHANGE_COLUMNS = `id::text AS id, action, rule_id::text AS rule_id, rule, reason, proposed_by, proposed_at, expires_at, state,
  decided_by, decided_at`;
const CHANGES = `SELECT ${CHANGE_COLUMNS} FROM retention_changes WHERE $1 = '*' OR office IN ($1, '*')
  ORDER BY state = 'open' DESC, retention_changes.id DESC LIMIT $2`;
const CHANGE = `SELECT ${CHANGE_COLUMNS} FROM retention_changes
  WHERE retention_changes.id = $1 AND ($2 = '*' OR office IN ($2, '*'))`;
const PROPOSE = `SELECT id::text AS id, state FROM propose_retention($1, $2, $3, $4, $5, to_timestamp($6::float8 / 1000))`;
const DECIDE = 'SELECT decide_retention($1, $2, $3, to_timestamp($4::float8 / 1000))';
const EXPLAIN = 'SELECT rules, holds, has_content FROM explain_retention($1)';

const GROUPS = `SELECT directory || '/' || directory_id AS key, name FROM directory_groups
  WHERE position(lower($1) IN lower(name)) > 0 ORDER BY name, id LIMIT $2`;
const CURRENT = 'SELECT to_jsonb(r) AS rule FROM retention_rules r WHERE ended_at IS NULL ORDER BY id';

/** A rule as the database has it; jsonb gives numbers and times as texts of JSON. */
export interface RuleRow {
  readonly id: number;
  readonly office: string;
  readonly group_key: string | null;
  readonly group_name: string | null;
  readonly room: string | null;
  readonly peer: string | null;
  readonly kind: RetentionKind | null;
  readonly days: number | null;
  readonly made_by: string;
  readonly approved_by: string | null;
  readonly changed_at: Date | string;
}

interface ChangeRow {
  readonly id: string;
  readonly action: WantedChange['action'];
  readonly rule_id: string | null;
  readonly rule: RuleRow;
  readonly reason: string;
  readonly proposed_by: string;
  readonly proposed_at: Date;
  readonly expires_at: Date;
  readonly state: 'open' | 'done' | 'refused' | 'withdrawn';
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
}

interface ExplanationRow {
  readonly rules: RuleRow[];
  readonly holds: { id: number; name: string; matter: string; office: string }[];
  readonly has_content: boolean;
}

/** As the database reads a rule. */
export function rowOf(rule: RuleScope & { readonly days: number | undefined }): Record<string, unknown> {
  const { office, group, room, peer, kind, days } = rule;
  return { office, group_key: group?.key, group_name: group?.name, room, peer, kind, days };
}

export function scopeOf(row: RuleRow): RuleScope & { readonly days: number | undefined } {
  return {
    office: row.office,
    group: row.group_key === null ? undefined : { key: row.group_key, name: row.group_name ?? row.group_key },
    room: row.room ?? undefined,
    peer: row.peer ?? undefined,
    kind: row.kind ?? undefined,
    days: row.days ?? undefined,
  };
}

function ruleOf(row: RuleRow): RetentionRule {
  return {
    ...scopeOf(row),
    id: String(row.id),
    madeBy: row.made_by,
    approvedBy: row.approved_by ?? undefined,
    changedAtMs: new Date(row.changed_at).getTime(),
  };
}

function changeOf(row: ChangeRow, nowMs: number): RetentionChange {
  const expiresAtMs = row.expires_at.getTime();
  return {
    id: row.id,
    action: row.action,
    ruleId: row.rule_id ?? undefined,
    rule: scopeOf(row.rule),
    reason: row.reason,
    proposedBy: row.proposed_by,
    proposedAtMs: row.proposed_at.getTime(),
    expiresAtMs,
    state: row.state === 'open' && expiresAtMs <= nowMs ? 'expired' : row.state,
    decidedBy: row.decided_by ?? undefined,
    decidedAtMs: row.decided_at?.getTime(),
  };
}

/** What the database refuses, by SQLSTATE. */
function refusalOf(cause: unknown): Failure | undefined {
  switch ((cause as { code?: string }).code) {
    case 'RT001':
      return new Failure('RETENTION_CHANGE_CLOSED', 'The change is not open any more; look at the list again.', {
        cause,
      });
    case 'RT002':
      return new Failure(
        'RETENTION_CHANGE_EXPIRED',
        'The change has waited for more than seven days; propose it again.',
        { cause },
      );
    case 'RT003':
      return new Failure(
        'RETENTION_SECOND_PERSON',
        'What is kept for less long needs a second person, and this account is of the one who proposed it.',
        { cause },
      );
    case 'RT004':
      return new Failure('RETENTION_RULE_GONE', 'There is no such rule any more; look at the list again.', { cause });
    case '42501':
      return new Failure(
        'RETENTION_NOT_ALLOWED',
        'Rules of an office are for its own officers, and for those of all offices.',
        { cause },
      );
    default:
      return undefined;
  }
}
