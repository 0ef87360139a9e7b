import type { Database } from '@interoffice/storage';
import type { ExportRecord } from './record.js';

/** Accounts and decisions that are kept in mind at once; beyond that it begins anew. */
const MOST_KNOWN = 20_000;

interface NameRow {
  readonly id: number;
  readonly name: string | null;
  /** Null: to this day. */
  readonly until: Date | null;
}

const NAMES = `
  SELECT id, name, NULL::timestamptz AS until FROM accounts WHERE id = ANY ($1::bigint[])
  UNION ALL SELECT account_id, name, until FROM account_names WHERE account_id = ANY ($1::bigint[])
  ORDER BY until NULLS LAST`;
const REASONS = 'SELECT id::text, because FROM denials WHERE id = ANY ($1::uuid[])';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What stands beside the journal: what people were called at a moment, and why something was refused. */
export class Background {
  readonly #names = new Map<number, readonly NameRow[]>();
  readonly #reasons = new Map<string, string | undefined>();

  constructor(private readonly database: Database) {}

  /** Before anything is asked about these records. */
  async learn(records: readonly ExportRecord[]): Promise<void> {
    if (this.#names.size > MOST_KNOWN) this.#names.clear();
    if (this.#reasons.size > MOST_KNOWN) this.#reasons.clear();
    const ids = new Set(records.flatMap((record) => [record.author_id, record.receiver_id]));
    await this.#learnNames([...ids].filter((id) => id > 0 && !this.#names.has(id)));
    const decisions = new Set(records.flatMap(({ decision_id: id }) => (id !== null && UUID.test(id) ? [id] : [])));
    await this.#learnReasons([...decisions].filter((id) => !this.#reasons.has(id)));
  }

  /** `at`: ISO 8601. */
  nameOf(accountId: number, at: string): string | undefined {
    const rows = this.#names.get(accountId);
    if (!rows) return undefined;
    const atMs = Date.parse(at);
    return rows.find(({ until }) => until === null || until.getTime() > atMs)?.name ?? undefined;
  }

  reasonOf(decisionId: string): string | undefined {
    return this.#reasons.get(decisionId);
  }

  async #learnNames(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    for (const id of ids) this.#names.set(id, []);
    for (const row of await this.database.query<NameRow>('app', NAMES, [ids])) {
      this.#names.set(row.id, [...this.#names.get(row.id)!, row]);
    }
  }

  async #learnReasons(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    for (const id of ids) this.#reasons.set(id, undefined);
    const rows = await this.database.query<{ id: string; because: string }>('app', REASONS, [ids]);
    for (const { id, because } of rows) this.#reasons.set(id, because);
  }
}
