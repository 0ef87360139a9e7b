import { Failure } from '@interoffice/telemetry';
import type { Jid } from '@interoffice/wire';
import type { AccountRecord, AccountState, Photo, Role, ScramMechanism, ScramVerifier, Standing } from './directory.js';

/** What a directory says about a person. */
export interface Person {
  readonly name?: string;
  readonly mail?: string;
  readonly department?: string;
  readonly title?: string;
  readonly phone?: string;
  readonly office?: string;
  readonly photo?: Photo;
}

/** A person found in an LDAP source, on the way into the records. */
export interface FoundPerson {
  /** The address a first log-in would give them; the one they have already wins. */
  readonly jid: Jid;
  readonly directory: string;
  readonly directoryId: string;
  readonly person: Person;
}

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
  readonly text?: string;
  readonly state?: AccountState;
  readonly role?: Role;
  readonly office?: string;
  readonly sort: 'jid' | 'name' | 'department' | 'office' | 'state' | 'lastLoginAt';
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

export interface AccountPage {
  readonly records: readonly AccountRecord[];
  readonly total: number;
}

/** The server's own copy of who exists. PostgreSQL holds it; the memory version is for tests and the stage. */
export interface AccountRecords {
  find(bare: string): Promise<AccountRecord | undefined>;
  findMany(bares: readonly string[]): Promise<ReadonlyMap<string, AccountRecord>>;
  search(text: string, limit: number): Promise<readonly AccountRecord[]>;
  list(query: AccountQuery): Promise<AccountPage>;
  photo(bare: string): Promise<Photo | undefined>;
  /**
   * Brings the record of a directory entry up to date, and makes it when the entry is new. Rejects with
   * ADDRESS_TAKEN when the address belongs, or belonged, to another entry: it is never given to a second person.
   */
  adopt(found: FoundPerson): Promise<AccountRecord>;
  /** Rejects with ADDRESS_TAKEN when there is, or was, an account of this address. */
  create(account: NewAccount): Promise<AccountRecord>;
  /** Undefined when there is no such account. */
  setState(bare: string, state: AccountState): Promise<AccountRecord | undefined>;
  setRole(bare: string, role: Role, scope: string): Promise<AccountRecord | undefined>;
  /** As `findMany`, with no more than a log-in needs. What this object itself has written is seen at once. */
  standings(bares: readonly string[]): Promise<ReadonlyMap<string, Standing>>;
  /** As it is now: never remembered. */
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
