import type { Account, Contact, Subscription } from '@interoffice/routing';
import { tryJid } from '@interoffice/wire';
import type { Sql } from '../sql.js';

interface Row {
  account_id: string;
  jid: string;
  name: string | null;
  groups: string[];
  subscription: Subscription;
  ask: boolean;
  approved: boolean;
  pending_in: string | null;
  pending_at: Date | null;
  version: string;
  removed: boolean;
}

/** A contact as kept in the table: `removed` rows stay so that roster versions can say what is gone. RFC 6121 §2.6.3 */
export interface StoredContact {
  readonly accountId: number;
  readonly contact: Contact;
  readonly removed: boolean;
}

/** The rosters of all accounts, in the table `contacts`. */
export class Contacts {
  constructor(private readonly sql: Sql) {}

  /** Everything kept for these accounts, removed entries included; one query however many accounts. */
  async load(accounts: readonly Account[]): Promise<StoredContact[]> {
    const rows = await this.sql.query<Row>(
      'contacts.load',
      `SELECT account_id, jid, name, groups, subscription, ask, approved, pending_in, pending_at, version, removed
         FROM contacts WHERE account_id = ANY($1)`,
      [accounts.map(({ id }) => id)],
    );
    return rows.flatMap((row) => {
      const jid = tryJid(row.jid);
      if (!jid) return [];
      const pendingIn =
        row.pending_in === null ? undefined : { stanza: row.pending_in, atMs: row.pending_at!.getTime() };
      const { groups, subscription, ask, approved, removed } = row;
      const contact: Contact = {
        jid,
        name: row.name ?? undefined,
        groups,
        subscription,
        ask,
        approved,
        pendingIn,
        version: Number(row.version),
      };
      return [{ accountId: Number(row.account_id), contact, removed }];
    });
  }

  /** Writes one entry as it is now. */
  async put({ accountId, contact, removed }: StoredContact): Promise<void> {
    const { jid, name, groups, subscription, ask, approved, pendingIn, version } = contact;
    await this.sql.query(
      'contacts.put',
      `INSERT INTO contacts (account_id, jid, name, groups, subscription, ask, approved, pending_in, pending_at, version, removed)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
       ON CONFLICT (account_id, jid) DO UPDATE SET name = $3, groups = $4, subscription = $5, ask = $6, approved = $7,
         pending_in = $8, pending_at = $9, version = $10, removed = $11`,
      [
        accountId,
        jid.toString(),
        name ?? null,
        groups,
        subscription,
        ask,
        approved,
        pendingIn?.stanza ?? null,
        pendingIn ? new Date(pendingIn.atMs) : null,
        version,
        removed,
      ],
    );
  }
}
