import type { Jid } from '@interoffice/wire';
import type { Account } from './accounts.js';
import { facet } from './facet.js';

export type Subscription = 'none' | 'to' | 'from' | 'both';

/** One entry of an account's roster, and what is pending with that contact. Replaced, never changed. RFC 6121 §2.1.2 */
export interface Contact {
  readonly jid: Jid;
  readonly name: string | undefined;
  readonly groups: readonly string[];
  readonly subscription: Subscription;
  /** We have asked for the contact's presence and wait for an answer. */
  readonly ask: boolean;
  /** The contact's request was approved before it came. RFC 6121 §3.4 */
  readonly approved: boolean;
  /** The contact's request that waits for our answer: the stanza, and when it came. RFC 6121 §3.1.3 */
  readonly pendingIn: { readonly stanza: string; readonly atMs: number } | undefined;
  /** The roster's version when this entry last changed. RFC 6121 §2.6 */
  readonly version: number;
}

/** What an account keeps about other people; loaded with the account, so phases and answers may read it. */
export interface Roster {
  readonly contacts: ReadonlyMap<string, Contact>;
  readonly version: number;
}

const EMPTY: Roster = { contacts: new Map(), version: 0 };

/** Written by the roster feature alone. */
export const rosterOf = facet<Roster>('roster', EMPTY);

/** Addresses (bare, full or domain) an account does not want to hear from. Written by the blocking feature alone. XEP-0191 */
export const blockedBy = facet<ReadonlySet<string>>('blocked', new Set());

/** May `other` see when this account is online? Its own devices always may. */
export function showsPresenceTo(account: Account, other: string): boolean {
  if (account.bare === other) return true;
  const subscription = account.get(rosterOf).contacts.get(other)?.subscription;
  return subscription === 'from' || subscription === 'both';
}

/** Has the account blocked this address, the whole account behind it, or its domain? XEP-0191 §5 */
export function hasBlocked(account: Account, other: Jid): boolean {
  const blocked = account.get(blockedBy);
  if (blocked.size === 0) return false;
  return (
    blocked.has(other.bare) ||
    blocked.has(other.domain) ||
    (other.resource !== undefined &&
      (blocked.has(other.toString()) || blocked.has(`${other.domain}/${other.resource}`)))
  );
}

/** Presence may pass between the two: neither has blocked the other. */
export function areOnSpeakingTerms(a: Account, b: Account): boolean {
  return !hasBlocked(a, b.jid) && !hasBlocked(b, a.jid);
}
