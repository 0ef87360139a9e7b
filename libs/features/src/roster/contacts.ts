import type { Contact, Subscription } from '@interoffice/routing';
import { tryJid } from '@interoffice/wire';
import type { Sql } from '../sql.js';

/** One row of the table, as JSON. */
export type StoredRow = readonly [
  jid: string,
  name: string | null,
  groups: string[],
  subscription: Subscription,
  ask: boolean,
  approved: boolean,
  pendingIn: string | null,
  pendingAtMs: number | null,
  version: number,
  removed: boolean,
  givenName: string | null,
  givenGroups: string[] | null,
];

/** What teams of the directory say of a contact. */
export interface Given {
  readonly name: string | undefined;
  /** Of the roster; empty: the contact is there because it sees a team of the owner's. */
  readonly groups: readonly string[];
}

/** A contact as kept in the table: `removed` rows stay so that roster versions can say what is gone. RFC 6121 §2.6.3 */
export interface StoredContact {
  readonly accountId: number;
  readonly contact: Contact;
  readonly removed: boolean;
  /** Undefined: made by hand. */
  readonly given: Given | undefined;
}

/** A change of one entry. */
export interface ChangedContact extends Omit<StoredContact, 'given'> {
  /** Of a given contact: what its owner has chosen beside what is given. */
  readonly own: Given | undefined;
}

/** Everything kept about an account's contacts, removed entries included, for the query that loads accounts. */
export const CONTACTS_OF_ACCOUNT = `SELECT json_agg(json_build_array(jid, name, groups, subscription, ask, approved, pending_in,
    (extract(epoch FROM pending_at) * 1000)::bigint, version, removed, given_name, given_groups))
  FROM contacts WHERE account_id = a.id`;

/** Reads what `CONTACTS_OF_ACCOUNT` has found. */
export function readContacts(rows: readonly StoredRow[]): Omit<StoredContact, 'accountId'>[] {
  return rows.flatMap((row) => {
    const [address, name, groups, subscription, ask, approved, stanza, atMs, version, removed, ...given] = row;
    const jid = tryJid(address);
    if (!jid) return [];
    const pendingIn = stanza === null ? undefined : { stanza, atMs: atMs! };
    const contact = { jid, name: name ?? undefined, groups, subscription, ask, approved, pendingIn, version };
    return [{ contact, removed, given: readGiven(...given) }];
  });
}

function readGiven(name: string | null, groups: string[] | null): Given | undefined {
  return groups === null ? undefined : { name: name ?? undefined, groups };
}

/** Changes rosters, in the table `contacts`. */
export class Contacts {
  constructor(private readonly sql: Sql) {}

  /** Everything kept about an account's contacts, as it is now. */
  async of(accountId: number): Promise<readonly StoredRow[]> {
    const text = `SELECT (${CONTACTS_OF_ACCOUNT}) AS rows FROM (SELECT $1::bigint) AS a (id)`;
    const [found] = await this.sql.query<{ rows: StoredRow[] | null }>('contacts.of', text, [accountId]);
    return found?.rows ?? [];
  }

  /** Writes one entry as it is now; whether it is given stays. */
  async put({ accountId, contact, removed, own }: ChangedContact): Promise<void> {
    const { jid, name, groups, subscription, ask, approved, pendingIn, version } = contact;
    await this.sql.query(
      'contacts.put',
      `INSERT INTO contacts (account_id, jid, name, groups, subscription, ask, approved, pending_in, pending_at, version, removed,
         own_name, own_groups)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
       ON CONFLICT (account_id, jid) DO UPDATE SET name = $3, groups = $4, subscription = $5, ask = $6, approved = $7,
         pending_in = $8, pending_at = $9, version = $10, removed = $11, own_name = $12, own_groups = $13`,
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
        own?.name ?? null,
        own?.groups ?? [],
      ],
    );
  }
}
