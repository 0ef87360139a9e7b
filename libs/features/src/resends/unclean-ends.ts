import type { Sql } from '../sql.js';

const RUNNING = 'server.running';
const CRASHED = 'server.crashed';

/** Which accounts had a stream that did not end by its own word, and when a process ended without its own. */
export class UncleanEnds {
  constructor(private readonly sql: Sql) {}

  /**
   * Says that a process runs from now on. Returns since when every account is in doubt (the last start that found the
   * process before it not stopped), undefined when none was after `since`; all times in ms since 1970.
   */
  async begin(now: number, since: number): Promise<number | undefined> {
    await this.sql.query(
      'unclean.begin',
      `INSERT INTO settings_state (name, value)
         SELECT $2, to_jsonb($3::bigint) FROM settings_state WHERE name = $1
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      [RUNNING, CRASHED, now],
    );
    await this.sql.query(
      'unclean.running',
      `INSERT INTO settings_state (name, value) VALUES ($1, to_jsonb($2::bigint))
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      [RUNNING, now],
    );
    const rows = await this.sql.query<{ at: number }>(
      'unclean.crashed',
      'SELECT value AS at FROM settings_state WHERE name = $1',
      [CRASHED],
    );
    return rows.find(({ at }) => at > since)?.at;
  }

  /** The process stops by its own word, with everything written. */
  async end(): Promise<void> {
    await this.sql.query('unclean.end', 'DELETE FROM settings_state WHERE name = $1', [RUNNING]);
  }

  /** Accounts by id, with the time; older ones are forgotten. */
  async load(since: number): Promise<Map<number, number>> {
    await this.sql.query('unclean.forget', 'DELETE FROM unclean_ends WHERE at <= to_timestamp($1::float8 / 1000)', [
      since,
    ]);
    const rows = await this.sql.query<{ account_id: string; at_ms: string }>(
      'unclean.load',
      'SELECT account_id, (extract(epoch FROM at) * 1000)::bigint AS at_ms FROM unclean_ends',
      [],
    );
    return new Map(rows.map(({ account_id, at_ms }) => [Number(account_id), Number(at_ms)]));
  }

  async save(ends: ReadonlyMap<number, number>): Promise<void> {
    await this.sql.query(
      'unclean.save',
      `INSERT INTO unclean_ends (account_id, at)
         SELECT e.account_id, to_timestamp(e.at_ms / 1000.0)
           FROM unnest($1::bigint[], $2::bigint[]) AS e (account_id, at_ms) JOIN accounts ON accounts.id = e.account_id
       ON CONFLICT (account_id) DO UPDATE SET at = excluded.at`,
      [[...ends.keys()], [...ends.values()]],
    );
  }
}
