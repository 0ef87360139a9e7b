import type { Acquaintance, AcquaintanceStore } from '@interoffice/federation/queue';
import type { Sql } from '@interoffice/features';

/** How accounts stand to people at other servers, in PostgreSQL. */
export class PostgresAcquaintances implements AcquaintanceStore {
  constructor(private readonly sql: Sql) {}

  async put(accountId: number, { jid, state, held, afterId }: Acquaintance): Promise<void> {
    await this.sql.query(
      'acquaintances.put',
      `INSERT INTO acquaintances (account_id, jid, state, held, after_id) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (account_id, jid) DO UPDATE SET state = $3, held = $4, after_id = greatest(acquaintances.after_id, $5)`,
      [accountId, jid, state, held, afterId.toString()],
    );
  }

  async forget(accountId: number, jid: string): Promise<void> {
    const text = 'DELETE FROM acquaintances WHERE account_id = $1 AND jid = $2';
    await this.sql.query('acquaintances.forget', text, [accountId, jid]);
  }
}
