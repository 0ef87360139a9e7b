import type { Sql } from '@interoffice/features';
import { type Rule, saySame } from '@interoffice/policy';

/** The rules as they stood at some time. */
export interface PolicyVersion {
  readonly version: number;
  /** From when they held; milliseconds since 1970. */
  readonly atMs: number;
  /** Who changed them. */
  readonly actor: string;
  readonly rules: readonly Rule[];
}

interface Row {
  readonly version: number;
  readonly at_ms: number;
  readonly actor: string;
  readonly rules: readonly (Omit<Rule, 'expiresAt'> & { readonly expiresAt?: number })[];
}

const COLUMNS = 'version, (extract(epoch FROM at) * 1000)::float8 AS at_ms, actor, rules';

/**
 * Every version of the rules that ever held, over restarts: what a decision was made by can be read later. Rejects with
 * the database.
 */
export class PolicyVersions {
  constructor(private readonly sql: Sql) {}

  async find(version: number): Promise<PolicyVersion | undefined> {
    const text = `SELECT ${COLUMNS} FROM policy_versions WHERE version = $1`;
    const [row] = await this.sql.query<Row>('policy-versions.find', text, [version]);
    return row && read(row);
  }

  /** The latest first. */
  async list(limit: number): Promise<readonly PolicyVersion[]> {
    const text = `SELECT ${COLUMNS} FROM policy_versions ORDER BY version DESC LIMIT $1`;
    return (await this.sql.query<Row>('policy-versions.list', text, [limit])).map(read);
  }

  /** The number of these rules: that of the latest version where it says the same, otherwise a new one. */
  async numberOf({ rules, actor, atMs }: Omit<PolicyVersion, 'version'>): Promise<number> {
    const [latest] = await this.list(1);
    if (latest && saySame(latest.rules, rules)) return latest.version;
    const [made] = await this.sql.query<{ version: number }>(
      'policy-versions.add',
      `INSERT INTO policy_versions (version, at, actor, rules)
       SELECT coalesce(max(version), 0) + 1, to_timestamp($1::float8 / 1000), $2, $3::jsonb FROM policy_versions
       RETURNING version`,
      [atMs, actor, JSON.stringify(rules)],
    );
    return made!.version;
  }
}

function read({ version, at_ms: atMs, actor, rules }: Row): PolicyVersion {
  return { version, atMs, actor, rules: rules.map((rule) => ({ ...rule, expiresAt: rule.expiresAt })) };
}
