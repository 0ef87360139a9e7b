import { Failure } from '@interoffice/telemetry';
import type { Jid } from '@interoffice/wire';
import type { AccountState, Photo, Role, ScramMechanism, ScramVerifier, Standing } from './directory.js';
import type { Refusal, SeenPerson } from './people-source.js';
import type { FoundPerson, Person } from './person.js';
import type { Adoption, AdoptionPlan, Candidate } from './records/adoption.js';
import type { FormerNames, KnownAccount } from './records/known-account.js';

export type { FoundPerson, Person } from './person.js';
export type { FormerNames, KnownAccount } from './records/known-account.js';

/** A local account to be made. */
export interface NewAccount {
  readonly jid: Jid;
  readonly person: Person;
  readonly role: Role;
  readonly roleScope: string;
  readonly verifiers: readonly ScramVerifier[];
}

/** One page of accounts for the console. */
export interface AccountQuery {
  /** Words or parts of words, of now or of before; each must be found. */
  readonly text?: string;
  readonly state?: AccountState;
  /** `any`: whoever the directory refuses, whatever for. */
  readonly refusal?: Refusal | 'any';
  readonly directory?: string;
  readonly role?: Role;
  readonly office?: string;
  readonly sort: 'jid' | 'name' | 'department' | 'office' | 'state' | 'lastLoginAt';
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

export interface AccountPage {
  readonly records: readonly KnownAccount[];
  readonly total: number;
}

/** A role that a group of the directory gives. */
export interface RoleGrant {
  readonly role: Role;
  readonly scope: string;
}

/** The server's own copy of who exists. PostgreSQL holds it; the memory version is for tests and the stage. */
export interface AccountRecords {
  find(bare: string): Promise<KnownAccount | undefined>;
  findMany(bares: readonly string[]): Promise<ReadonlyMap<string, KnownAccount>>;
  /** Active accounts in which each word of the text is found, accents and case aside; by name. Former names count. */
  search(text: string, limit: number): Promise<readonly KnownAccount[]>;
  list(query: AccountQuery): Promise<AccountPage>;
  photo(bare: string): Promise<Photo | undefined>;
  /**
   * Brings the record of a directory entry up to date, and makes it when the entry is new. Rejects with
   * ADDRESS_TAKEN when the address belongs, or belonged, to another entry: it is never given to a second person.
   * Of a `SeenPerson` the refusal is taken over as well; whoever is new and refused gets no account: ACCOUNT_REFUSED.
   */
  adopt(found: FoundPerson | SeenPerson): Promise<KnownAccount>;
  /** Makes the photos anew where they are not known yet, and puts where they are in their place. Writes no account. */
  stage(people: readonly SeenPerson[]): Promise<readonly Candidate[]>;
  /** What bringing these people of one source into the records would change. Writes nothing. */
  plan(directory: string, people: readonly Candidate[]): Promise<AdoptionPlan>;
  /**
   * Does what was planned, thousands in a second; durable when it returns. Whoever lost their address to somebody else
   * meanwhile comes back as `taken`. An administrator's `suspended` and `deleted` stay whatever the directory says.
   */
  carryOut(plan: AdoptionPlan, atMs: number): Promise<Adoption>;
  /** `stage`, `plan` and `carryOut` in one, for people of one source. */
  adoptMany(people: readonly SeenPerson[], atMs: number): Promise<Adoption>;
  /** Everybody of a source, or those with these stable ids. */
  ofDirectory(directory: string, ids?: readonly string[]): Promise<readonly KnownAccount[]>;
  /** The directory refuses these accounts, by number; gives those for whom that is news. */
  refuse(refusals: ReadonlyMap<number, Refusal>, atMs: number): Promise<readonly KnownAccount[]>;
  /** The directory lets these accounts be used again; gives those for whom that is news. */
  readmit(accounts: readonly number[], atMs: number): Promise<readonly KnownAccount[]>;
  /** What these people were called before, latest first. */
  formerNames(bare: string): Promise<readonly FormerNames[]>;
  /**
   * Gives an account another address. The old one stays reserved for ever and forwards until then. Rejects with
   * ADDRESS_TAKEN; undefined when there is no such account.
   */
  rename(bare: string, jid: Jid, forwardsUntilMs: number): Promise<KnownAccount | undefined>;
  /** To whom a former address forwards at this moment; at 0, whose it was. */
  forward(bare: string, atMs: number): Promise<KnownAccount | undefined>;
  /** Removes photos that nobody has had for a day. */
  dropUnusedPhotos(): Promise<void>;
  /** Rejects with ADDRESS_TAKEN when there is, or was, an account of this address. */
  create(account: NewAccount): Promise<KnownAccount>;
  /**
   * Undefined when there is no such account. `active` gives `disabled` while the directory refuses the account for a
   * reason that ends sessions.
   */
  setState(bare: string, state: AccountState): Promise<KnownAccount | undefined>;
  /** By hand: stays until a group of the directory gives this account a role. */
  setRole(bare: string, role: Role, scope: string): Promise<KnownAccount | undefined>;
  /**
   * The roles that groups of a source give, by account number, all of them: whoever had one from a group and is not
   * among them is an employee again. Gives the accounts whose role has changed.
   */
  grantRoles(directory: string, grants: ReadonlyMap<number, RoleGrant>): Promise<readonly KnownAccount[]>;
  /** As `findMany`, with no more than a log-in needs. What this object itself has written is seen at once. */
  standings(bares: readonly string[]): Promise<ReadonlyMap<string, Standing>>;
  /** As it is now: never remembered. Of a former address, however old: its owner's. */
  verifier(bare: string, mechanism: ScramMechanism): Promise<ScramVerifier | undefined>;
  /** Replaces all verifiers of the account at once: the old password ends with it. */
  replaceVerifiers(bare: string, verifiers: readonly ScramVerifier[]): Promise<void>;
  loggedIn(bare: string, atMs: number): Promise<void>;
  probe(): Promise<void>;
}

/** An address belongs, or belonged, to somebody else. */
export function addressTaken(bare: string): Failure {
  return new Failure(
    'ADDRESS_TAKEN',
    `${bare} belongs, or belonged, to another person; an address is never given twice`,
  );
}

/** The directory refuses somebody who never had an account: they get none. */
export function accountRefused({ jid, directory }: FoundPerson): Failure {
  return new Failure('ACCOUNT_REFUSED', `${directory} does not let the entry of ${jid.bare} be used; change it there`);
}
