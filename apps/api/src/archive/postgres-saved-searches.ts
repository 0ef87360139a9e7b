import type { Database } from '@interoffice/storage';
import type { KeptSearch, SavedSearches } from './saved-searches.js';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly query: KeptSearch['query'];
  readonly created_at: Date;
}

/** Of one officer; a list that is read whole needs an end. */
const MOST = 200;
const COLUMNS = 's.id::text AS id, s.name, s.query, s.created_at';
const LIST = `SELECT ${COLUMNS} FROM saved_searches s JOIN accounts a ON a.id = s.account_id
  WHERE a.jid = $1 ORDER BY lower(s.name), s.id LIMIT ${MOST}`;
const KEEP = `INSERT INTO saved_searches AS s (account_id, name, query)
  SELECT a.id, $2, $3 FROM accounts a WHERE a.jid = $1
     AND NOT EXISTS (SELECT FROM saved_searches other WHERE other.account_id = a.id OFFSET ${MOST - 1})
  ON CONFLICT (account_id, name) DO NOTHING RETURNING ${COLUMNS}`;
const RENAME = `UPDATE saved_searches s SET name = $3 FROM accounts a
  WHERE a.jid = $1 AND s.account_id = a.id AND s.id = $2 RETURNING ${COLUMNS}`;
const FORGET = `DELETE FROM saved_searches s USING accounts a
  WHERE a.jid = $1 AND s.account_id = a.id AND s.id = $2 RETURNING s.id`;
const UNIQUE_VIOLATION = '23505';

/** The table `saved_searches`. */
export class PostgresSavedSearches implements SavedSearches {
  constructor(private readonly database: Database) {}

  async list(owner: string): Promise<readonly KeptSearch[]> {
    const rows = await this.database.query<Row>('app', LIST, [owner]);
    return rows.map(read);
  }

  async keep(owner: string, { name, query }: Pick<KeptSearch, 'name' | 'query'>): Promise<KeptSearch | undefined> {
    const [row] = await this.database.query<Row>('app', KEEP, [owner, name, JSON.stringify(query)]);
    return row && read(row);
  }

  async rename(owner: string, id: string, name: string): Promise<KeptSearch | 'taken' | undefined> {
    try {
      const [row] = await this.database.query<Row>('app', RENAME, [owner, id, name]);
      return row && read(row);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION) return 'taken';
      throw error;
    }
  }

  async forget(owner: string, id: string): Promise<boolean> {
    return (await this.database.query('app', FORGET, [owner, id])).length > 0;
  }
}

function read({ created_at: createdAt, ...same }: Row): KeptSearch {
  return { ...same, createdAtMs: createdAt.getTime() };
}
