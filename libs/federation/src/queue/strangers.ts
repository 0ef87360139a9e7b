import {
  type Account,
  type Dropped,
  drop,
  type Feature,
  hasBlocked,
  on,
  type Passage,
  refuse,
  type Refused,
} from '@interoffice/routing';
import type { Count, Log } from '@interoffice/telemetry';
import { type Element, type Jid, policyViolation, resourceConstraint, tryJid } from '@interoffice/wire';
import {
  type Acquaintance,
  acquaintance,
  acquaintances,
  type AcquaintanceStore,
  keptAcquaintances,
  knows,
  remember,
} from './acquaintances.js';
import { type HeldMessages, release, type Shown } from './held-messages.js';
import { NewContacts } from './new-contacts.js';

/** What becomes of what somebody at another server writes first to one of ours who does not know them. */
export type StrangersWish = 'deliver' | 'ask' | 'refuse';

/** What the company wants done with first messages. */
export interface StrangerWishes {
  readonly wishOf: (peer: string) => StrangersWish;
  /** First messages of one peer's people within an hour. */
  readonly newContactsPerHour: number;
}

export interface StrangersParts {
  /** What settings say, which may change. */
  readonly wishes: () => StrangerWishes;
  readonly store: AcquaintanceStore;
  readonly held: HeldMessages;
  /** As if it had come over a stream of theirs. */
  readonly show: Shown;
  /** The server writes to an account. */
  readonly tell: (to: Account, text: string) => void;
  readonly clock: { now(): number };
  readonly counts: { readonly held: Count; readonly tooMany: Count };
  readonly log: Log;
}

/** Of one stranger, and strangers of one account: beyond it their servers are told to wait. */
const MOST_HELD = 100;
const MOST_ASKED = 200;
/** Names what waits in the journal: rows that were dropped with this as their decision. */
export const WAITS = 'waits-for-consent';

/**
 * First messages from other servers. Where the company says `ask` they are recorded and not delivered; the account is told
 * once who wants to write, and answers with what it does anyway: it writes to them or takes them among its contacts, and
 * what waits is delivered in order; or it blocks them, and what waits is not. Decision 0056
 */
export class Strangers {
  readonly feature: Feature;
  readonly #newContacts: NewContacts;
  /** The latest that waits, by account and stranger, while it may still be on its way into the journal. */
  readonly #latest = new Map<string, bigint>();
  readonly #releasing = new Set<string>();
  #isShowing = false;

  constructor(private readonly parts: StrangersParts) {
    this.#newContacts = new NewContacts(parts.clock, () => parts.wishes().newContactsPerHour);
    const meet = (p: Passage): undefined => this.#meet(p);
    this.feature = {
      name: 'strangers',
      implements: [],
      keeps: keptAcquaintances,
      hooks: [
        on('screen', { kind: 'message', type: ['chat', 'normal', 'groupchat'], to: ['elsewhere'] }, meet),
        // RFC 6121 §3: a request or its approval; and who joins a room wants to hear it.
        on('screen', { kind: 'presence', type: ['available', 'subscribe', 'subscribed'], to: ['elsewhere'] }, meet),
        on('welcome', { kind: 'message', type: ['chat', 'normal', 'headline'] }, (p, to) => this.#welcome(p, to)),
      ],
    };
  }

  /** The account has blocked these addresses: what has waited of theirs is not delivered any more. */
  refuse(account: Account, blocked: readonly string[]): void {
    for (const one of acquaintances(account)) {
      const { domain } = tryJid(one.jid)!;
      if (one.state !== 'asked' || !(blocked.includes(one.jid) || blocked.includes(domain))) continue;
      const latest = this.#latest.get(pairOf(account, one.jid)) ?? 0n;
      const afterId = latest > one.afterId ? latest : one.afterId;
      void this.#put(account, { ...one, state: 'refused', held: 0, afterId });
    }
  }

  /** Whoever is written to is known from then on. */
  #meet(p: Passage): undefined {
    const { account } = p.session;
    // Rooms speak as well, and know nobody.
    if (account.id === 0 || p.session.border || (p.kind === 'message' && p.bodyStart < 0)) return undefined;
    if (acquaintance(account, p.target.jid.bare)?.state !== 'known') void this.#introduce(account, p.target.jid);
    return undefined;
  }

  #welcome(p: Passage, to: Account): Refused | Dropped | undefined {
    const { border, jid } = p.session;
    // People of our own offices are colleagues.
    if (!border || border.isOffice || this.#isShowing || hasBlocked(to, jid) || knows(to, jid)) return undefined;
    const wish = this.parts.wishes().wishOf(jid.domain);
    if (wish === 'refuse') {
      const text = 'Messages from people whom the receiver does not know are not taken here.';
      return refuse(policyViolation(text, { type: 'cancel' }), 'a stranger, and the settings refuse strangers');
    }
    if (acquaintance(to, jid.bare)?.state !== 'asked' && !this.#newContacts.take(jid.domain, jid.bare, to.bare)) {
      this.parts.counts.tooMany.inc();
      const text =
        'Too many people of your server have written to people here for the first time; try again in an hour.';
      return refuse(policyViolation(text, { type: 'wait' }), 'the limit of new contacts of the peer');
    }
    return wish === 'ask' ? this.#hold(p, to) : undefined;
  }

  /** In the journal, and nowhere else. */
  #hold(p: Passage, to: Account): Refused | Dropped {
    // Nobody is asked because somebody has begun to type.
    if (p.bodyStart < 0) return drop('nothing but a courtesy of a stranger');
    const { jid } = p.session;
    const before = acquaintance(to, jid.bare) ?? { jid: jid.bare, state: 'refused', held: 0, afterId: 0n };
    const isFirst = before.state !== 'asked';
    const isFull = isFirst
      ? acquaintances(to).filter(({ state }) => state === 'asked').length >= MOST_ASKED
      : before.held >= MOST_HELD;
    if (isFull) {
      const text = 'Too much waits already for the receiver to agree to hear from strangers. Try again later.';
      return refuse(resourceConstraint(text), 'too much waits for consent');
    }
    const id = (BigInt(p.idHigh) << 32n) | BigInt(p.idLow);
    this.#latest.set(pairOf(to, jid.bare), id);
    this.parts.counts.held.inc();
    void this.#put(to, { ...before, state: 'asked', held: before.held + 1 });
    if (isFirst) this.parts.tell(to, introduction(jid));
    return { ...drop('it waits until the receiver agrees to hear from a stranger'), decisionId: WAITS };
  }

  /** What waited is shown, in order; what comes meanwhile waits behind it, and is shown as well. */
  async #introduce(account: Account, { bare }: Jid): Promise<void> {
    const pair = pairOf(account, bare);
    if (this.#releasing.has(pair)) return;
    this.#releasing.add(pair);
    try {
      const before = acquaintance(account, bare) ?? { jid: bare, state: 'known', held: 0, afterId: 0n };
      const afterId = await release({
        pair: { author: bare, receiverId: account.id },
        afterId: before.afterId,
        held: this.parts.held,
        latest: () => this.#latest.get(pair) ?? 0n,
        show: (from, stanza) => this.#show(from, stanza),
        moved: (upTo, held) => this.#put(account, { ...before, held, afterId: upTo }),
      });
      this.#latest.delete(pair);
      await this.#put(account, { jid: bare, state: 'known', held: 0, afterId });
    } catch (error) {
      // What they write next begins it anew.
      this.parts.log.warn('federation.stranger.waiting', { error: error as Error });
    } finally {
      this.#releasing.delete(pair);
    }
  }

  async #show(from: Jid, stanza: Element): Promise<void> {
    for (;;) {
      this.#isShowing = true;
      let again: Promise<unknown> | undefined;
      try {
        again = this.parts.show(from, stanza);
      } finally {
        this.#isShowing = false;
      }
      if (!again) return;
      await again;
    }
  }

  /** In memory at once. What cannot be written is written with the next change. */
  async #put(account: Account, one: Acquaintance): Promise<void> {
    const forgotten = remember(account, one);
    const { store, log } = this.parts;
    try {
      await account.inOrder(async () => {
        await store.put(account.id, one);
        if (forgotten !== undefined) await store.forget(account.id, forgotten);
      });
    } catch (error) {
      log.warn('federation.acquaintance.unwritten', { error: error as Error });
    }
  }
}

function pairOf(account: Account, bare: string): string {
  return `${account.id} ${bare}`;
}

function introduction({ bare }: Jid): string {
  return `${bare} wants to write to you, from another company’s server. Nothing of it is shown before you agree. To agree, write to ${bare} or add that address to your contacts: what waits comes at once. To refuse, block the address.`;
}
