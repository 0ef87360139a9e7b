import { type Element, parseXml, serialize } from '@interoffice/wire';
import type { Sql } from '../sql.js';

/** What one account may store. */
const MOST_ELEMENTS = 100;

/** Elements that accounts have stored, one of each name and namespace, in the table `private_storage`. */
export class PrivateElements {
  constructor(private readonly sql: Sql) {}

  async find(accountId: number, namespace: string, name: string): Promise<Element | undefined> {
    const [row] = await this.sql.query<{ content: string }>(
      'private.find',
      'SELECT content FROM private_storage WHERE account_id = $1 AND namespace = $2 AND name = $3',
      [accountId, namespace, name],
    );
    return row && parseXml(row.content);
  }

  /** In place of the one with the same name and namespace. False: there would be more than an account may store. */
  async put(accountId: number, element: Element): Promise<boolean> {
    const rows = await this.sql.query(
      'private.put',
      `INSERT INTO private_storage (account_id, namespace, name, content)
       SELECT $1, $2, $3, $4
        WHERE (SELECT count(*) FROM private_storage WHERE account_id = $1 AND (namespace, name) <> ($2, $3)) < $5
       ON CONFLICT (account_id, namespace, name) DO UPDATE SET content = excluded.content RETURNING name`,
      [accountId, element.getNS() ?? '', element.getName(), serialize(element), MOST_ELEMENTS],
    );
    return rows.length > 0;
  }

  async remove(accountId: number, namespace: string, name: string): Promise<void> {
    await this.sql.query(
      'private.remove',
      'DELETE FROM private_storage WHERE account_id = $1 AND namespace = $2 AND name = $3',
      [accountId, namespace, name],
    );
  }
}
