import {
  type Account,
  type Contact,
  facet,
  type Kept,
  type Roster,
  rosterOf,
  survivingFlag,
  type Session,
} from '@interoffice/routing';
import { copyOf, type Element, type Jid, NS, xml } from '@interoffice/wire';
import { randomBytes } from 'node:crypto';
import { type Contacts, CONTACTS_OF_ACCOUNT, type Given, readContacts, type StoredRow } from './contacts.js';

/** A device that has asked for the roster hears of its changes. RFC 6121 §2.2 */
export const isInterested = survivingFlag('roster.interested');
/** Entries that are gone, by address: their version tells a client that comes back what to forget. */
const removedOf = facet<ReadonlyMap<string, number>>('roster.removed', new Map());
/** What teams of the directory give, by address. */
const givenOf = facet<ReadonlyMap<string, Given>>('roster.given', new Map());

/** A roster as it comes into memory. */
export const keptContacts: Kept = {
  sql: CONTACTS_OF_ACCOUNT,
  fill: (account, rows) => fill(account, rows as StoredRow[]),
};

function fill(account: Account, rows: readonly StoredRow[]): void {
  const contacts = new Map<string, Contact>();
  const removed = new Map<string, number>();
  const givens = new Map<string, Given>();
  let version = 0;
  for (const { contact, removed: isGone, given } of readContacts(rows)) {
    version = Math.max(version, contact.version);
    if (isGone) removed.set(contact.jid.bare, contact.version);
    else contacts.set(contact.jid.bare, contact);
    if (given) givens.set(contact.jid.bare, given);
  }
  account.put(rosterOf, { version, contacts } satisfies Roster);
  account.put(removedOf, removed);
  account.put(givenOf, givens);
}

/** Is the contact there because of a team of the directory? Then its owner can neither remove it nor end what they see. */
export function isGiven(account: Account, jid: Jid): boolean {
  return account.get(givenOf).has(jid.bare);
}

/** Somebody we know nothing of yet. */
export function stranger(jid: Jid): Contact {
  return {
    jid,
    name: undefined,
    groups: [],
    subscription: 'none',
    ask: false,
    approved: false,
    pendingIn: undefined,
    version: 0,
  };
}

/** The rosters in memory over the table: a change is written first, then seen, then pushed. */
export class Book {
  constructor(private readonly contacts: Contacts) {}

  find(account: Account, other: Jid): Contact {
    return account.get(rosterOf).contacts.get(other.bare) ?? stranger(other);
  }

  /**
   * Puts an entry in place of the one before and tells interested devices. Call it inside `account.inOrder`. Entries that
   * only hold somebody's pending request are kept but never shown (RFC 6121 §3.1.3). `announce` is called once the change
   * is written and before the push.
   */
  async change(account: Account, changed: Contact, announce?: () => void): Promise<void> {
    const roster = account.get(rosterOf);
    const former = roster.contacts.get(changed.jid.bare);
    const version = roster.version + 1;
    const given = account.get(givenOf).get(changed.jid.bare);
    const { contact, own } = given ? beside(given, { ...changed, version }) : { contact: { ...changed, version } };
    await this.contacts.put({ accountId: account.id, contact, removed: false, own });
    account.put(rosterOf, { version, contacts: new Map(roster.contacts).set(contact.jid.bare, contact) });
    announce?.();
    if (isShown(contact) || (former && isShown(former))) pushTo(account, itemOf(contact), version);
  }

  /** Takes an entry out and tells interested devices. Call it inside `account.inOrder`. */
  async remove(account: Account, jid: Jid): Promise<void> {
    const roster = account.get(rosterOf);
    const version = roster.version + 1;
    await this.contacts.put({
      accountId: account.id,
      contact: { ...stranger(jid), version },
      removed: true,
      own: undefined,
    });
    const contacts = new Map(roster.contacts);
    contacts.delete(jid.bare);
    account.put(rosterOf, { version, contacts });
    account.put(removedOf, new Map(account.get(removedOf)).set(jid.bare, version));
    pushTo(account, xml('item', { jid: jid.toString(), subscription: 'remove' }), version);
  }

  /**
   * Brings an account in memory to what its table says after somebody else has written there, and tells interested
   * devices. Call it inside `account.inOrder`. Returns the contacts that have changed, as they were before.
   */
  async reread(account: Account): Promise<readonly Contact[]> {
    const before = account.get(rosterOf);
    fill(account, await this.contacts.of(account.id));
    for (const session of account.sessions.values()) {
      if (session.get(isInterested)) this.catchUp(session, before.version);
    }
    const { contacts } = account.get(rosterOf);
    const changed = new Set([...before.contacts.keys(), ...contacts.keys()]);
    return [...changed]
      .filter((bare) => contacts.get(bare)?.version !== before.contacts.get(bare)?.version)
      .map((bare) => before.contacts.get(bare) ?? stranger(contacts.get(bare)!.jid));
  }

  /** Sends a device what has changed since `version`, one push each, oldest first. RFC 6121 §2.6.3 */
  catchUp(session: Session, version: number): void {
    const { account } = session;
    const changes = shown(account)
      .filter((contact) => contact.version > version)
      .map((contact) => ({ at: contact.version, item: itemOf(contact) }));
    for (const [jid, at] of account.get(removedOf)) {
      if (at > version) changes.push({ at, item: xml('item', { jid, subscription: 'remove' }) });
    }
    changes.sort((a, b) => a.at - b.at);
    for (const { item, at } of changes) push(session, item, at);
  }
}

/** What is given stays; what its owner says beyond that is his own, and kept. */
function beside(given: Given, contact: Contact): { contact: Contact; own: Given } {
  const groups = contact.groups.filter((group) => !given.groups.includes(group));
  const name = contact.name === given.name ? undefined : contact.name;
  const shownNow = { ...contact, name: name ?? given.name, groups: [...given.groups, ...groups] };
  return { contact: shownNow, own: { name, groups } };
}

/** The contacts a client gets to see. */
export function shown(account: Account): Contact[] {
  return [...account.get(rosterOf).contacts.values()].filter(isShown);
}

function isShown({ subscription, ask, approved, pendingIn, name, groups }: Contact): boolean {
  if (subscription !== 'none' || ask || approved || !pendingIn) return true;
  return name !== undefined || groups.length > 0;
}

/** `<item/>` of RFC 6121 §2.1.2 */
export function itemOf({ jid, name, groups, subscription, ask, approved }: Contact): Element {
  const attributes: Record<string, string> = { jid: jid.toString(), subscription };
  if (name !== undefined) attributes['name'] = name;
  if (ask) attributes['ask'] = 'subscribe';
  if (approved) attributes['approved'] = 'true';
  return xml('item', attributes, ...groups.map((group) => xml('group', {}, group)));
}

function pushTo(account: Account, item: Element, version: number): void {
  for (const session of account.sessions.values()) if (session.get(isInterested)) push(session, item, version);
}

/** RFC 6121 §2.1.6: from the account itself, under an id nobody can guess. */
function push(session: Session, item: Element, version: number): void {
  const id = randomBytes(16).toString('base64url');
  const query = xml('query', { xmlns: NS.roster, ver: String(version) }, copyOf(item));
  session.send(xml('iq', { xmlns: NS.client, type: 'set', id, to: session.jid.toString() }, query));
}
