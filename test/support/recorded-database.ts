import type { Database, Prepared, Row, Statements } from '@interoffice/storage';

interface Setting {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What a role was asked, and the settings its transaction had then. */
interface Asked {
  readonly role: Parameters<Database['query']>[0];
  readonly values: readonly unknown[];
  readonly settings: readonly Setting[];
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** A database that keeps the text of what it was asked; everything is passed on. */
export class RecordedDatabase {
  /** By text; with the values it was asked with last. */
  readonly asked = new Map<string, Asked>();
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  query<R = Row>(role: Asked['role'], text: string, values: readonly unknown[] = []): Promise<R[]> {
    this.asked.set(text, { role, values, settings: [] });
    return this.#database.query<R>(role, text, values);
  }

  prepared<R = Row>(role: Asked['role'], statement: Prepared, values: readonly unknown[] = []): Promise<R[]> {
    this.asked.set(statement.text, { role, values, settings: [] });
    return this.#database.prepared<R>(role, statement, values);
  }

  transaction<T>(role: Asked['role'], work: (statements: Statements) => Promise<T>): Promise<T> {
    return this.#database.transaction(role, (statements) => {
      const settings: Setting[] = [];
      const keep = (text: string, values: readonly unknown[]): void => {
        if (text.includes('set_config(')) settings.push({ text, values });
        else this.asked.set(text, { role, values, settings: [...settings] });
      };
      return work({
        query: (text, values = []) => {
          keep(text, values);
          return statements.query(text, values);
        },
        prepared: (statement, values = []) => {
          keep(statement.text, values);
          return statements.prepared(statement, values);
        },
      });
    });
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  /** How PostgreSQL would carry each statement out now, by its text: all steps of the plan. */
  async plans(): Promise<ReadonlyMap<string, readonly PlanNode[]>> {
    const plans = new Map<string, PlanNode[]>();
    for (const [text, { role, values, settings }] of this.asked) {
      const rows = await this.#database.transaction(role, async (session) => {
        for (const setting of settings) await session.query(setting.text, setting.values);
        return session.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(`EXPLAIN (FORMAT JSON) ${text}`, values);
      });
      const nodes: PlanNode[] = [];
      const walk = (node: PlanNode): void => {
        nodes.push(node);
        node.Plans?.forEach(walk);
      };
      walk(rows[0]!['QUERY PLAN'][0].Plan);
      plans.set(text, nodes);
    }
    return plans;
  }
}
