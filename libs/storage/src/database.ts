import type { Log } from '@interoffice/telemetry';
import { Pool, type PoolClient, type QueryConfig } from 'pg';
import { clientConfig } from './client-config.js';
import { connectionAs, type Connection, type Role } from './connection.js';
import { Denials, type NoteDenial } from './denials.js';
import { explainUnreachable } from './unreachable.js';

/** One row as `pg` reads it. */
export type Row = Record<string, unknown>;

/** Runs statements; inside `Database.transaction` all on one connection. */
export interface Statements {
  query<R = Row>(text: string, values?: readonly unknown[]): Promise<R[]>;
  /** Prepared once per connection under `name`, which must always stand for the same text. */
  prepared<R = Row>(statement: Prepared, values?: readonly unknown[]): Promise<R[]>;
}

/** A statement with the name it is kept under on each connection. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
}

export interface DatabaseOptions {
  /** As the owner; the other roles reach the same server with their own names and derived passwords. */
  readonly connection: Connection;
  readonly log: Log;
  /** The most connections of each role; 4 unless said. */
  readonly poolSizes?: Partial<Record<Role, number>>;
}

const POOL_SIZE = 4;
/** Roles whose statements are short: one that is not answered was lost on a dead line, and its connection is given up. */
const IN_TIME: ReadonlySet<Role> = new Set(['app', 'reader']);
const ANSWER_WITHIN_MS = 15_000;
/**
 * Pages of archives are a few prepared statements whose best plan is the same for everybody; planning them anew for each
 * of its first five askers, as PostgreSQL would on every connection, takes several times as long as the page. And it is
 * always the one by the indexes: a plan that was made while there were few messages would read them all when there are
 * many.
 */
const SESSION: Partial<Record<Role, Readonly<Record<string, string>>>> = {
  reader: {
    plan_cache_mode: 'force_generic_plan',
    enable_seqscan: 'off',
    enable_bitmapscan: 'off',
    enable_hashjoin: 'off',
    enable_mergejoin: 'off',
    // To start a worker takes as long as a page.
    max_parallel_workers_per_gather: '0',
  },
};

/**
 * PostgreSQL through one pool per role, opened when first used. A statement that PostgreSQL refuses rejects with its
 * own error (`code` is the SQLSTATE); one that could not be asked rejects with `DATABASE_UNREACHABLE`.
 */
export class Database {
  readonly #pools = new Map<Role, Pool>();
  readonly #denials: Denials;

  constructor(private readonly options: DatabaseOptions) {
    this.#denials = new Denials(options.log);
  }

  /** How a role connects: for the archive's own protocol client. */
  connectionOf(role: Role): Connection {
    return connectionAs(this.options.connection, role);
  }

  async query<R = Row>(role: Role, text: string, values: readonly unknown[] = []): Promise<R[]> {
    return this.#ask<R>(role, { text, values: [...values] });
  }

  /** As `query`, prepared once per connection under `name`, which must always stand for the same text. */
  async prepared<R = Row>(role: Role, statement: Prepared, values: readonly unknown[] = []): Promise<R[]> {
    return this.#ask<R>(role, { name: statement.name, text: statement.text, values: [...values] });
  }

  /** Commits when `work` resolves, rolls back when it rejects. `work` must not use another connection and wait. */
  async transaction<T>(role: Role, work: (statements: Statements) => Promise<T>): Promise<T> {
    const client = await this.#connect(role);
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const result = await work(statementsOn(client, this.#denials.of(role)));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((cause: Error) => (broken = cause));
      throw explainUnreachable(error, this.connectionOf(role));
    } finally {
      // A connection that cannot even roll back is not given to anybody else.
      client.release(broken);
    }
  }

  /** One connection for `work` alone, outside a transaction: for session locks and for statements that want none. */
  async session<T>(role: Role, work: (statements: Statements) => Promise<T>): Promise<T> {
    const client = await this.#connect(role);
    let failed = true;
    try {
      const result = await work(statementsOn(client, this.#denials.of(role)));
      failed = false;
      return result;
    } finally {
      client.release(failed);
    }
  }

  /** Waits for statements under way, then closes every connection. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.end()));
  }

  async #ask<R>(role: Role, statement: QueryConfig): Promise<R[]> {
    try {
      const { rows } = await this.#pool(role).query(statement);
      return rows as R[];
    } catch (error) {
      this.#denials.of(role)(error, statement);
      throw explainUnreachable(error, this.connectionOf(role));
    }
  }

  async #connect(role: Role): Promise<PoolClient> {
    try {
      return await this.#pool(role).connect();
    } catch (error) {
      throw explainUnreachable(error, this.connectionOf(role));
    }
  }

  /** Opened when first used. */
  #pool(role: Role): Pool {
    const known = this.#pools.get(role);
    if (known) return known;
    const max = this.options.poolSizes?.[role] ?? POOL_SIZE;
    const config = clientConfig(this.connectionOf(role), SESSION[role]);
    const timeout = IN_TIME.has(role) ? { query_timeout: ANSWER_WITHIN_MS } : {};
    const pool = new Pool({ ...config, ...timeout, max, idleTimeoutMillis: 60_000 });
    // A pool that is being closed lets go of its connections before PostgreSQL has: how they end is nobody's loss.
    pool.on('error', (error) => {
      if (this.#pools.get(role) === pool) this.options.log.warn('database.connection.lost', { role, error });
    });
    this.#pools.set(role, pool);
    return pool;
  }
}

function statementsOn(client: PoolClient, noteDenial: NoteDenial): Statements {
  const run = async <R>(statement: QueryConfig): Promise<R[]> => {
    try {
      return (await client.query(statement)).rows as R[];
    } catch (error) {
      noteDenial(error, statement);
      throw error;
    }
  };
  return {
    query: (text, values = []) => run({ text, values: [...values] }),
    prepared: ({ name, text }, values = []) => run({ name, text, values: [...values] }),
  };
}
