import { type Account, facet, type Kept, rosterOf } from '@interoffice/routing';
import type { Jid } from '@interoffice/wire';

/** How an account stands to somebody at another server who is not among its contacts. */
export interface Acquaintance {
  /** Bare. */
  readonly jid: string;
  /** `asked`: what they write waits until the account has agreed; `refused`: what had waited is not delivered. */
  readonly state: 'known' | 'asked' | 'refused';
  /** How many wait. */
  readonly held: number;
  /** Up to here, in the journal, what waited was delivered or refused. */
  readonly afterId: bigint;
}

/** Where acquaintances are kept over a restart. */
export interface AcquaintanceStore {
  /** Rejects with the database. */
  put(accountId: number, acquaintance: Acquaintance): Promise<void>;
  /** Rejects with the database. */
  forget(accountId: number, jid: string): Promise<void>;
}

/** Kept for one account; of those who are known the oldest go first. */
const MOST = 5_000;

const acquaintancesOf = facet<ReadonlyMap<string, Acquaintance>>('strangers.acquaintances', new Map());

type Row = readonly [jid: string, state: Acquaintance['state'], held: number, afterId: string];

/** As they come into memory with the account. */
export const keptAcquaintances: Kept = {
  sql: `SELECT json_agg(json_build_array(jid, state, held, after_id::text) ORDER BY since)
          FROM acquaintances WHERE account_id = a.id`,
  fill: (account, rows) => {
    const read = (rows as Row[]).map(([jid, state, held, afterId]): [string, Acquaintance] => [
      jid,
      { jid, state, held, afterId: BigInt(afterId) },
    ]);
    account.put(acquaintancesOf, new Map(read));
  },
};

export function acquaintance(account: Account, bare: string): Acquaintance | undefined {
  return account.get(acquaintancesOf).get(bare);
}

export function acquaintances(account: Account): readonly Acquaintance[] {
  return [...account.get(acquaintancesOf).values()];
}

/** Puts one in place of the one before, in memory; returns who has to be forgotten for it. */
export function remember(account: Account, one: Acquaintance): string | undefined {
  const all = new Map(account.get(acquaintancesOf)).set(one.jid, one);
  const oldest = all.size > MOST ? [...all.values()].find(({ state }) => state === 'known') : undefined;
  if (oldest) all.delete(oldest.jid);
  account.put(acquaintancesOf, all);
  return oldest?.jid;
}

/** True for whom the account has written to, or has among its contacts; a request that it has not answered is none. */
export function knows(account: Account, other: Jid): boolean {
  if (acquaintance(account, other.bare)?.state === 'known') return true;
  const contact = account.get(rosterOf).contacts.get(other.bare);
  if (!contact) return false;
  const { subscription, ask, approved, name, groups } = contact;
  return subscription !== 'none' || ask || approved || name !== undefined || groups.length > 0;
}
