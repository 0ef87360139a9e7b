import type { Jid } from '@interoffice/wire';

/** `suspended`: by an administrator here. `disabled`: by the directory. `deleted`: gone, its address is kept reserved. */
export type AccountState = 'active' | 'suspended' | 'disabled' | 'deleted';

/** What a person is allowed beside chatting; `employee` is nothing beside it. */
export type Role = 'employee' | 'helpdesk' | 'peers' | 'admin' | 'readonly' | 'officer' | 'auditor';

/** A person as the server knows them. The database holds a copy also of those who live in an LDAP directory. */
export interface AccountRecord {
  /** Number in the database; never given to a second account. */
  readonly id: number;
  /** Bare. Never given to a second person (RFC 7622 prepared). */
  readonly jid: Jid;
  /** `local`, or the name of the source. */
  readonly directory: string;
  /** The directory's stable id: entryUUID or objectGUID; undefined for local accounts. */
  readonly directoryId: string | undefined;
  readonly name: string | undefined;
  readonly mail: string | undefined;
  readonly department: string | undefined;
  readonly title: string | undefined;
  readonly phone: string | undefined;
  readonly office: string | undefined;
  /** SHA-1 of the photo in hex, as XEP-0153 wants it; undefined without a photo. */
  readonly photoHash: string | undefined;
  readonly state: AccountState;
  readonly role: Role;
  /** The office the role is for; `*` is all. */
  readonly roleScope: string;
  readonly createdAt: number;
  readonly lastLoginAt: number | undefined;
}

/** How somebody stands: what decides whether they are let in, and whose session it is then. */
export type Standing = Pick<AccountRecord, 'id' | 'jid' | 'office' | 'state' | 'role'>;

/** A photo with its media type. */
export interface Photo {
  readonly type: string;
  readonly bytes: Buffer;
}

/** The SCRAM mechanisms verifiers exist for, without `-PLUS` (RFC 5802, RFC 7677). */
export type ScramMechanism = 'SCRAM-SHA-1' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

/** What the server keeps in place of a password (RFC 5802 §3). */
export interface ScramVerifier {
  readonly mechanism: ScramMechanism;
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** Why a log-in failed, as SASL says it (RFC 6120 §6.5). Unknown names and wrong passwords are the same. */
export type LoginRefusal = 'not-authorized' | 'account-disabled' | 'temporary-auth-failure' | 'malformed';

/** `explanation` is for the administrator's log and never for the person who tries to log in. */
export type LoginOutcome =
  | { readonly ok: true; readonly account: AccountRecord }
  | { readonly ok: false; readonly reason: LoginRefusal; readonly explanation: string };

/** What decides about one account, for an administrator who asks why somebody cannot log in. */
export interface Explanation {
  readonly account: string;
  /** The source that answers for this account. */
  readonly directory: string;
  /** Distinguished name, when an LDAP entry was found. */
  readonly dn: string | undefined;
  readonly state: AccountState | 'unknown';
  readonly mayLogIn: boolean;
  /** One sentence per fact, the deciding ones first. */
  readonly because: readonly string[];
}

/** Who exists, and who may log in. */
export interface Directory {
  /**
   * Checks a password. Never throws for a wrong name, a wrong password or an unreachable directory: the outcome says
   * which. Empty, blank and NUL passwords are refused before anybody is asked (RFC 4513 §5.1.2).
   */
  authenticate(account: Jid, password: string): Promise<LoginOutcome>;
  /**
   * The verifier for a SCRAM exchange. Of an account that does not exist: a stable false one, so that the exchange
   * looks the same and fails at its end. Undefined where the domain has none. After a successful exchange the caller
   * still asks `standings` for the account's state.
   */
  verifier(account: Jid, mechanism: ScramMechanism): Promise<ScramVerifier | undefined>;
  /** True when every account of the domain has verifiers: only then may SCRAM be offered. */
  hasVerifiers(domain: string): boolean;
  /** The account, whatever its state; undefined when there was never one. Rejects when the database does. */
  find(account: Jid): Promise<AccountRecord | undefined>;
  /**
   * How these accounts (bare JIDs) stand; who does not exist is missing. A change made through this server is seen at
   * once, one made by somebody else in the database within two seconds.
   */
  standings(bares: readonly string[]): Promise<ReadonlyMap<string, Standing>>;
  /** Active accounts whose name, address, mail or department contains the text, by name; at most `limit`. */
  search(text: string, limit: number): Promise<readonly AccountRecord[]>;
  photo(account: Jid): Promise<Photo | undefined>;
  explain(account: Jid): Promise<Explanation>;
  /** Asks the directory something harmless; rejects with DIRECTORY_UNREACHABLE or DATABASE_UNREACHABLE. */
  probe(): Promise<void>;
}
