import { type Account, type Accounts, blockedBy } from '@interoffice/routing';
import { type Jid, NS, xml } from '@interoffice/wire';
import type { Sql } from '../sql.js';
import { push } from './blocking.js';

const MOVE = `
  WITH former AS (DELETE FROM blocked WHERE jid = $1 RETURNING account_id)
  INSERT INTO blocked (account_id, jid) SELECT account_id, $2 FROM former ON CONFLICT DO NOTHING`;

/** Somebody has another address: who has blocked them has blocked them still. */
export class RenamedBlocks {
  constructor(
    private readonly sql: Sql,
    private readonly accounts: Pick<Accounts, 'inMemory' | 'loaded'>,
  ) {}

  /** Devices that are online have been told when it returns. Can be called again when it has failed. */
  async move(from: Jid, to: Jid): Promise<void> {
    await this.sql.query('blocked.move', MOVE, [from.bare, to.bare]);
    await this.accounts.loaded();
    const blocking = [...this.accounts.inMemory()].filter((account) => account.get(blockedBy).has(from.bare));
    await Promise.all(blocking.map((account) => account.inOrder(async () => moveIn(account, from.bare, to.bare))));
  }
}

function moveIn(account: Account, from: string, to: string): void {
  const blocked = new Set(account.get(blockedBy));
  blocked.delete(from);
  account.put(blockedBy, blocked.add(to));
  for (const [name, jid] of [
    ['unblock', from],
    ['block', to],
  ] as const) {
    push(account, xml(name, { xmlns: NS.blocking }, xml('item', { jid })));
  }
}
