import { afterTurns, type Log } from '@interoffice/telemetry';
import { type Jid, lasting } from '@interoffice/wire';
import type { Doubtful } from './duplicates.js';
import { Facets } from './facet.js';
import type { RecentMessages } from './recent-messages.js';
import type { Session } from './session.js';

/** A party of a conversation as the journal reads it: prepared once, so that no message pays for it. */
export interface Party {
  /** 0 when the account is not ours. */
  readonly accountId: number;
  readonly bare: Buffer;
  /** The resource; empty for an account as a whole. */
  readonly device: Buffer;
  readonly office: Buffer;
}

/** What is known of an account of ours, from the directory's copy in the database. */
export interface AccountFacts {
  readonly id: number;
  readonly jid: Jid;
  readonly office: string;
  /** Anything but active may neither log in nor be written to. */
  readonly isActive: boolean;
  /** As the directory and the administrators have it: employee, officer … */
  readonly role: string;
}

/**
 * An account of ours (a bare JID) while it is in memory: its devices and what features keep about it. Everything a
 * phase may ask of an account is here before a passage meets it, which is why phases never wait.
 */
export class Account extends Facets {
  /** Bound devices by resource. */
  readonly sessions = new Map<string, Session>();
  /** Its latest messages, to know them when they are sent again; made with the first. */
  recent: RecentMessages | undefined;
  /** Set while it may send again what a stream that was cut had carried. */
  doubtful: Doubtful | undefined;
  #party: Party;
  #work: Promise<unknown> = Promise.resolve();
  #pending = 0;

  constructor(public facts: AccountFacts) {
    super();
    this.#party = partyOf(facts);
  }

  get party(): Party {
    return this.#party;
  }

  /** It has another address. Devices that are bound go on under the former one until they are gone. */
  readdress(facts: AccountFacts): void {
    this.facts = facts;
    this.#party = partyOf(facts);
  }

  get id(): number {
    return this.facts.id;
  }

  get jid(): Jid {
    return this.facts.jid;
  }

  get bare(): string {
    return this.facts.jid.bare;
  }

  /** True while work or a device needs this object: it must not leave memory, or two copies would disagree. */
  get isInUse(): boolean {
    return this.sessions.size > 0 || this.#pending > 0;
  }

  /** Runs `work` after everything queued before it for this account: changes of one account happen in order. */
  inOrder<T>(work: () => Promise<T>): Promise<T> {
    this.#pending++;
    const run = this.#work.then(work).finally(() => this.#pending--);
    this.#work = run.catch(() => undefined);
    return run;
  }
}

function partyOf({ id, jid, office }: AccountFacts): Party {
  return { accountId: id, bare: lasting(jid.bare), device: lasting(''), office: lasting(office) };
}

/** Those who are wanted within this many turns of a busy loop are looked up together. */
const GATHER_TURNS = 16;

/** Where messages to a former address go for a while. */
export interface Forward {
  /** The address that its owner has now. */
  readonly to: Jid;
  readonly untilMs: number;
}

/** Looks accounts up, many at a time. */
export interface AccountSource {
  find(bares: readonly string[]): Promise<ReadonlyMap<string, AccountFacts>>;
  /** Of addresses that nobody has: those that were somebody's and forward. Undefined: there are none. */
  forwards?(bares: readonly string[]): Promise<ReadonlyMap<string, Forward>>;
  /** Fills the facets of accounts that have just been found. */
  complete(accounts: readonly Account[]): Promise<void>;
}

interface Wanted {
  readonly promise: Promise<Account | undefined>;
  readonly settle: (account: Account | undefined) => void;
  readonly fail: (error: unknown) => void;
}

/** An account, or what became of its address; undefined: nobody has it, or ever had. */
type Known = Account | Forward | undefined;

/**
 * The accounts in memory, at most `max` of them beside those in use; the longest unused go first. Also remembers, in the
 * same bound, which addresses belong to nobody.
 */
export class Accounts {
  #young = new Map<string, Known>();
  #old = new Map<string, Known>();
  #wanted = new Map<string, Wanted>();
  /** Wanted, and asked for. */
  #underWay: ReadonlyMap<string, Wanted> = new Map();
  #isLoading = false;
  readonly #half: number;
  /** Rises whenever an account leaves memory or an address changes its meaning: what was remembered of it is void. */
  epoch = 0;

  constructor(
    private readonly source: AccountSource,
    private readonly log: Log,
    max = 20_000,
  ) {
    this.#half = Math.max(1, Math.floor(max / 2));
  }

  /** The account if it is in memory, `null` if it is known that nobody has this address, `undefined` if not known yet. */
  peek(bare: string): Account | null | undefined {
    const known = this.#known(bare);
    return known instanceof Account ? known : known && null;
  }

  /** Where messages to an address go that nobody has any more, if it is known that it was somebody's. */
  forwardOf(bare: string): Forward | undefined {
    const known = this.#known(bare);
    return known && isForward(known) ? known : undefined;
  }

  /** `null`: it is known that nobody has it, or ever had. */
  #known(bare: string): Account | Forward | null | undefined {
    const known = this.#young.get(bare);
    if (known !== undefined) return known;
    if (this.#young.has(bare)) return null;
    if (!this.#old.has(bare)) return undefined;
    const kept = this.#old.get(bare);
    this.#keep(bare, kept);
    return kept ?? null;
  }

  /** The account, from memory or the database; `undefined` when nobody has this address. Rejects when the database does. */
  load(bare: string): Promise<Account | undefined> {
    const known = this.peek(bare);
    if (known !== undefined) return Promise.resolve(known ?? undefined);
    const waiting = this.#wanted.get(bare);
    if (waiting) return waiting.promise;
    const { promise, resolve, reject } = Promise.withResolvers<Account | undefined>();
    this.#wanted.set(bare, { promise, settle: resolve, fail: reject });
    if (!this.#isLoading) this.#loadSoon();
    return promise;
  }

  /** What was being read when this was called is in memory when it resolves, or could not be read. */
  async loaded(): Promise<void> {
    await Promise.allSettled([...this.#underWay.values(), ...this.#wanted.values()].map(({ promise }) => promise));
  }

  /** An account was made, suspended, restored or changed: what is in memory says so from now on. Devices stay bound. */
  changed(facts: AccountFacts): void {
    this.epoch++;
    const { bare } = facts.jid;
    const account = this.peek(bare);
    if (account) account.facts = facts;
    if (!account?.isInUse) this.#drop(bare);
  }

  /** What is known of an address is void, unless its account is in use: somebody else may have it by now, or nobody. */
  forget(bare: string): void {
    this.epoch++;
    if (this.peek(bare)?.isInUse !== true) this.#drop(bare);
  }

  /**
   * An account has another address: what is in memory of it is found under that one from now on, devices and all. Returns
   * what was in memory under the new address before, having been read in between: its devices have to go.
   */
  renamed(former: string, facts: AccountFacts): Account | undefined {
    this.epoch++;
    const to = facts.jid.bare;
    const [account, stray] = [this.peek(former), this.peek(to)];
    this.#drop(former);
    this.#drop(to);
    for (const half of [this.#young, this.#old]) {
      for (const [bare, known] of half) if (isForward(known) && known.to.bare === former) half.delete(bare);
    }
    if (account) {
      account.readdress(facts);
      this.#keep(to, account);
    } else if (stray) this.#keep(to, stray);
    return account && stray ? stray : undefined;
  }

  #drop(bare: string): void {
    this.#young.delete(bare);
    this.#old.delete(bare);
  }

  /** Every account in memory. */
  *inMemory(): Iterable<Account> {
    for (const account of this.#young.values()) if (account instanceof Account) yield account;
    for (const [bare, account] of this.#old) if (account instanceof Account && !this.#young.has(bare)) yield account;
  }

  /** Who is wanted while others are on their way is looked up with the next: a storm of log-ins asks in large steps. */
  #loadSoon(): void {
    this.#isLoading = true;
    afterTurns(GATHER_TURNS, () => void this.#loadWanted());
  }

  async #loadWanted(): Promise<void> {
    const wanted = this.#wanted;
    this.#wanted = new Map();
    this.#underWay = wanted;
    try {
      const found = await this.source.find([...wanted.keys()]);
      const accounts = new Map<string, Account>();
      for (const [bare, facts] of found) accounts.set(bare, new Account(facts));
      if (accounts.size > 0) await this.source.complete([...accounts.values()]);
      const nobodys = [...wanted.keys()].filter((bare) => !accounts.has(bare));
      const forwards = nobodys.length > 0 ? await this.source.forwards?.(nobodys) : undefined;
      for (const [bare, { settle }] of wanted) {
        // Somebody else may have loaded it while we waited: there is one object per account, ever.
        const present = this.peek(bare);
        if (present === undefined || present === null) this.#keep(bare, accounts.get(bare) ?? forwards?.get(bare));
        settle(this.peek(bare) ?? undefined);
      }
    } catch (error) {
      this.log.error('accounts.load.failed', { count: wanted.size, error: error as Error });
      for (const { fail } of wanted.values()) fail(error);
    }
    this.#isLoading = false;
    this.#underWay = new Map();
    if (this.#wanted.size > 0) this.#loadSoon();
  }

  #keep(bare: string, known: Known): void {
    this.#young.set(bare, known);
    if (this.#young.size <= this.#half) return;
    for (const [jid, left] of this.#old)
      if (left instanceof Account && left.isInUse && !this.#young.has(jid)) this.#young.set(jid, left);
    this.#old = this.#young;
    this.#young = new Map();
    this.epoch++;
  }
}

function isForward(known: Known): known is Forward {
  return known !== undefined && 'to' in known;
}
