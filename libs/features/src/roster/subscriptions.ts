import { type Account, type Contact, rosterOf, type Session } from '@interoffice/routing';
import {
  copyOf,
  delayElement,
  type Element,
  type Jid,
  NS,
  parseJid,
  parseXml,
  serialize,
  xml,
} from '@interoffice/wire';
import type { Clock } from '@interoffice/telemetry';
import { type Book, isGiven, isInterested } from './book.js';
import { hideAbroad, NOWHERE_OUTWARD, type Outward, showAbroad } from '../outward.js';
import { hidePresence, isSeen, sees, showPresence } from './seeing.js';

export type SubscriptionType = 'subscribe' | 'subscribed' | 'unsubscribe' | 'unsubscribed';

/** Where the other side's account comes from: routing knows. `undefined`: not ours, or nobody. */
export type FindAccount = (jid: Jid) => Promise<Account | undefined>;

const gains = {
  none: { to: 'to', from: 'from' },
  to: { to: 'to', from: 'both' },
  from: { to: 'both', from: 'from' },
  both: { to: 'both', from: 'both' },
} as const;
const loses = {
  none: { to: 'none', from: 'none' },
  to: { to: 'none', from: 'to' },
  from: { to: 'from', from: 'none' },
  both: { to: 'from', from: 'to' },
} as const;

/**
 * Who may see whom online: the state machine of RFC 6121 §3 and Appendix A, both sides of it where both accounts are
 * ours, and our side of it with people of other servers. Each side's change is written before anybody hears of it.
 */
export class Subscriptions {
  constructor(
    private readonly book: Book,
    private readonly findAccount: FindAccount,
    private readonly clock: Clock,
    private readonly outward: Outward = NOWHERE_OUTWARD,
  ) {}

  /** A user's own request or answer. `stanza` is what the other side gets to see: from the bare JID. */
  async send(user: Account, type: SubscriptionType, to: Jid, stanza: Element): Promise<void> {
    const jid = to.toBare();
    // Who is given by a team is seen as long as that says so.
    if (jid.bare === user.bare || isGiven(user, jid)) return;
    const goesOn = await user.inOrder(() => this.#outbound(user, type, jid));
    if (!goesOn) return;
    if (this.outward.isAbroad(jid)) return this.#sendAbroad(user, type, addressed(stanza, user, jid));
    const other = await this.findAccount(jid);
    if (other) await this.#arrive(user, type, { other, stanza: addressed(stanza, user, jid) });
  }

  /** A request or an answer of somebody's at another server. */
  async receive(from: Account, type: SubscriptionType, other: Account, stanza: Element): Promise<void> {
    await this.#arrive(from, type, { other, stanza: addressed(stanza, from, other.jid) });
  }

  /** Ends what there was in either direction with a contact that has been taken off the roster. RFC 6121 §2.5.2 */
  async endBoth(user: Account, contact: Contact): Promise<void> {
    const { jid } = contact;
    const isAbroad = this.outward.isAbroad(jid);
    const other = isAbroad ? undefined : await this.findAccount(jid);
    const say = async (type: SubscriptionType): Promise<void> => {
      const stanza = addressed(xml('presence', { xmlns: NS.client, type }), user, jid);
      if (isAbroad) this.#sendAbroad(user, type, stanza);
      else if (other) await this.#arrive(user, type, { other, stanza });
    };
    if (sees(contact) || contact.ask) await say('unsubscribe');
    if (isSeen(contact)) await say('unsubscribed');
  }

  /** RFC 6121 §3.1.5, §3.2.2: with the answer goes what it opens or closes. */
  #sendAbroad(user: Account, type: SubscriptionType, stanza: Element): void {
    const to = parseJid(String(stanza.attrs['to']));
    if (type === 'unsubscribed') hideAbroad(user, to, this.outward);
    this.outward.say(stanza);
    if (type === 'subscribed') showAbroad(user, to, this.outward);
  }

  /** Requests that came while nobody was there, to a device that has just become available. RFC 6121 §3.1.3 */
  deliverPending(session: Session): void {
    for (const { pendingIn } of session.account.get(rosterOf).contacts.values()) {
      if (!pendingIn) continue;
      const stanza = parseXml(pendingIn.stanza);
      stanza.cnode(delayElement({ from: session.jid.domain, atMs: pendingIn.atMs }));
      session.send(stanza);
    }
  }

  /** The sender's side. True: the other side is to hear of it. */
  async #outbound(user: Account, type: SubscriptionType, jid: Jid): Promise<boolean> {
    const contact = this.book.find(user, jid);
    const change = (next: Partial<Contact>): Promise<void> => this.book.change(user, { ...contact, ...next });
    switch (type) {
      case 'subscribe':
        if (!sees(contact) && !contact.ask) await change({ ask: true });
        return true;
      case 'unsubscribe':
        if (sees(contact) || contact.ask) await change({ ask: false, subscription: loses[contact.subscription].to });
        return true;
      case 'subscribed':
        return this.#approve(contact, change);
      default:
        return this.#deny(contact, change);
    }
  }

  /** RFC 6121 §3.1.5, and §3.4 for an approval that nobody has asked for yet: it is kept and not sent. */
  async #approve(contact: Contact, change: (next: Partial<Contact>) => Promise<void>): Promise<boolean> {
    if (isSeen(contact)) return false;
    if (!contact.pendingIn) {
      if (!contact.approved) await change({ approved: true });
      return false;
    }
    await change({ pendingIn: undefined, approved: false, subscription: gains[contact.subscription].from });
    return true;
  }

  /** RFC 6121 §3.2.2: takes back what was granted, denies what was asked, forgets an approval given in advance. */
  async #deny(contact: Contact, change: (next: Partial<Contact>) => Promise<void>): Promise<boolean> {
    const had = isSeen(contact) || contact.pendingIn !== undefined;
    if (had || contact.approved) {
      await change({ approved: false, pendingIn: undefined, subscription: loses[contact.subscription].from });
    }
    return had;
  }

  /** The receiver's side. */
  async #arrive(
    from: Account,
    type: SubscriptionType,
    { other, stanza }: { other: Account; stanza: Element },
  ): Promise<void> {
    // RFC 6121 §3.1.6, §3.2.3 and §3.3.3: the stanza comes before the push.
    const tell = (): void => tellInterested(other, stanza);
    switch (type) {
      case 'subscribe':
        return this.#requested(from, other, stanza);
      case 'subscribed':
        if (await other.inOrder(() => this.#granted(other, from, tell))) showPresence(from, other);
        return;
      case 'unsubscribe':
        if (!(await other.inOrder(() => this.#withdrawn(other, from, tell)))) return;
        if (this.outward.isAbroad(from.jid)) hideAbroad(other, from.jid, this.outward);
        else hidePresence(other, from);
        return;
      case 'unsubscribed':
        if (await other.inOrder(() => this.#cancelled(other, from, tell))) hidePresence(from, other);
    }
  }

  /** RFC 6121 §3.1.3: answered at once where the answer is known, else kept until somebody answers. */
  async #requested(from: Account, other: Account, stanza: Element): Promise<void> {
    const answer = await other.inOrder(async (): Promise<'grant' | 'ask' | 'known'> => {
      const contact = this.book.find(other, from.jid);
      if (isSeen(contact)) return 'grant';
      if (contact.approved) {
        await this.book.change(other, { ...contact, approved: false, subscription: gains[contact.subscription].from });
        return 'grant';
      }
      if (contact.pendingIn) return 'known';
      const pendingIn = { stanza: serialize(stanza), atMs: this.clock.now() };
      await this.book.change(other, { ...contact, pendingIn });
      return 'ask';
    });
    if (answer === 'ask') for (const session of other.sessions.values()) if (session.presence) session.send(stanza);
    if (answer !== 'grant') return;
    const granted = addressed(xml('presence', { xmlns: NS.client, type: 'subscribed' }), other, from.jid);
    if (this.outward.isAbroad(from.jid)) return this.#sendAbroad(other, 'subscribed', granted);
    await this.#arrive(other, 'subscribed', { other: from, stanza: granted });
  }

  /** True: `user` sees `by` from now on. */
  async #granted(user: Account, by: Account, tell: () => void): Promise<boolean> {
    const contact = this.book.find(user, by.jid);
    if (!contact.ask) return false;
    await this.book.change(user, { ...contact, ask: false, subscription: gains[contact.subscription].to }, tell);
    return true;
  }

  /** True: `by` saw `user` until now; whoever had only asked must not learn which devices there are. */
  async #withdrawn(user: Account, by: Account, tell: () => void): Promise<boolean> {
    const contact = this.book.find(user, by.jid);
    if (!isSeen(contact) && !contact.pendingIn) return false;
    const changed = { ...contact, pendingIn: undefined, subscription: loses[contact.subscription].from };
    await this.book.change(user, changed, tell);
    return isSeen(contact);
  }

  /** True: `user` saw `by` until now. */
  async #cancelled(user: Account, by: Account, tell: () => void): Promise<boolean> {
    const contact = this.book.find(user, by.jid);
    if (!sees(contact) && !contact.ask) return false;
    await this.book.change(user, { ...contact, ask: false, subscription: loses[contact.subscription].to }, tell);
    return sees(contact);
  }
}

/** RFC 6121 §3.1.2: stamped with the bare JID on both sides. */
function addressed(stanza: Element, from: Account, to: Jid): Element {
  const copy = copyOf(stanza);
  Object.assign(copy.attrs, { from: from.bare, to: to.bare });
  return copy;
}

function tellInterested(account: Account, stanza: Element): void {
  for (const session of account.sessions.values()) {
    if (session.get(isInterested) || session.presence) session.send(stanza);
  }
}
