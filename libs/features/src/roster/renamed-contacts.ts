import { type Account, type Accounts, rosterOf } from '@interoffice/routing';
import type { Jid } from '@interoffice/wire';
import type { Sql } from '../sql.js';
import type { Book } from './book.js';

const KEPT = `name, groups, subscription, ask, approved, pending_at, given_name, given_groups, own_name, own_groups,
  own_subscription`;

/**
 * Entries of the first address become entries of the second, everything else about them as it was; what the roster had of
 * the second, which was nobody's until now, is replaced. Each roster says that one is gone and then that the other came
 * (RFC 6121 §2.6). $3 and $4: in the rosters of these accounts, or in all others. The address in a request that waits is
 * the one that answers it.
 */
const MOVE = `
  WITH old AS MATERIALIZED (
      SELECT * FROM contacts WHERE jid = $1 AND NOT removed AND (account_id = ANY ($3::bigint[])) = $4),
    latest AS (
      SELECT account_id, max(version) AS version FROM contacts
       WHERE account_id IN (SELECT account_id FROM old) GROUP BY account_id),
    gone AS (
      UPDATE contacts c SET removed = true, name = NULL, groups = '{}', subscription = 'none', ask = false,
          approved = false, pending_in = NULL, pending_at = NULL, given_name = NULL, given_groups = NULL, own_name = NULL,
          own_groups = '{}', own_subscription = NULL, version = latest.version + 1
        FROM latest WHERE c.account_id = latest.account_id AND c.jid = $1)
  INSERT INTO contacts (account_id, jid, ${KEPT}, pending_in, version)
    SELECT account_id, $2, ${KEPT}, replace(pending_in, 'from="' || $1 || '"', 'from="' || $2 || '"'), latest.version + 2
      FROM old JOIN latest USING (account_id)
  ON CONFLICT (account_id, jid) DO UPDATE SET (${KEPT}, pending_in, version, removed) = ROW (
      excluded.name, excluded.groups, excluded.subscription, excluded.ask, excluded.approved, excluded.pending_at,
      excluded.given_name, excluded.given_groups, excluded.own_name, excluded.own_groups, excluded.own_subscription,
      excluded.pending_in, excluded.version, false)`;

/** Somebody has another address: the rosters of others follow. */
export class RenamedContacts {
  constructor(
    private readonly book: Pick<Book, 'reread'>,
    private readonly sql: Sql,
    private readonly accounts: Pick<Accounts, 'inMemory' | 'loaded'>,
  ) {}

  /** Devices that are online have been told when it returns. Can be called again when it has failed. */
  async move(from: Jid, to: Jid): Promise<void> {
    const inMemory = [...this.accounts.inMemory()].filter((account) => hasContact(account, from));
    await this.#write([from, to], inMemory, false);
    await Promise.all(inMemory.map((account) => this.#moveIn(account, from, to)));
    // Read before the change, and in memory after it.
    await this.accounts.loaded();
    const late = [...this.accounts.inMemory()].filter((account) => hasContact(account, from));
    await Promise.all(late.map((account) => this.#moveIn(account, from, to)));
  }

  #moveIn(account: Account, from: Jid, to: Jid): Promise<void> {
    return account.inOrder(async () => {
      await this.#write([from, to], [account], true);
      await this.book.reread(account);
    });
  }

  async #write([from, to]: readonly [Jid, Jid], accounts: readonly Account[], only: boolean): Promise<void> {
    const values = [from.bare, to.bare, accounts.map(({ id }) => id), only];
    await this.sql.query('contacts.move', MOVE, values);
  }
}

function hasContact(account: Account, jid: Jid): boolean {
  return account.get(rosterOf).contacts.has(jid.bare);
}
