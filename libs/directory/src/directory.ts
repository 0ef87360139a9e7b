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
export type LoginRefusal =
  | 'not-authorized'
  | 'account-disabled'
  | 'credentials-expired'
  | 'temporary-auth-failure'
  | 'malformed';

/** What stands in the way of somebody who may know why: their password was right, or says nothing about it. */
export type LoginObstacle =
  | 'suspended'
  | 'disabled'
  | 'expired'
  | 'locked'
  | 'must-change-password'
  | 'password-expired'
  | 'outside-hours'
  | 'outside-place'
  | 'out-of-group'
  | 'too-many-attempts'
  | 'unavailable';

/** What a person is told, one plain sentence or two: what it is, and what to do. */
export const LOGIN_SENTENCES: Readonly<Record<LoginObstacle, string>> = {
  suspended: 'This account is suspended here. Please ask your administrator.',
  disabled: 'This account is switched off in the company directory. Please ask your administrator.',
  expired: 'This account has expired in the company directory. Please ask your administrator.',
  locked: 'There were too many wrong passwords for this account. Please wait a while, or ask your administrator.',
  'must-change-password': 'Please set a new password first, at a computer of your company, and then log in with it.',
  'password-expired': 'Your password has expired. Please set a new one, at a computer of your company.',
  'outside-hours': 'Your account may not be used at this hour. Please come back later, or ask your administrator.',
  'outside-place': 'Your account may not be used from this server. Please ask your administrator.',
  'out-of-group': 'Your account is not among those that may use this server. Please ask your administrator.',
  'too-many-attempts':
    'There were too many wrong passwords for this account. Please wait a while, or ask your administrator.',
  unavailable: 'The company directory cannot be asked at the moment. Please try again in a minute.',
};

/** `explanation` is for the administrator's log and never for the person who tries to log in. */
export type LoginOutcome =
  | { readonly ok: true; readonly account: AccountRecord }
  | {
      readonly ok: false;
      readonly reason: LoginRefusal;
      readonly explanation: string;
      /** Undefined: the person is told no more than that name or password is wrong. */
      readonly obstacle?: LoginObstacle;
    };

/** One condition of a source that an entry passes or fails by itself. */
export interface FilterFinding {
  readonly name: 'base' | 'filter' | 'login-group';
  readonly passed: boolean;
  readonly detail: string;
}

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
  /** The server of the source that answered. */
  readonly server?: string;
  /** Each condition of an LDAP source by itself. */
  readonly filters?: readonly FilterFinding[];
  /** What the entry's own attributes say against the account, each with its attribute. */
  readonly states?: readonly { readonly obstacle: LoginObstacle; readonly attribute: string }[];
  /** Clients that have to wait after wrong passwords. */
  readonly lockedOut?: readonly { readonly client: string; readonly untilMs: number }[];
  /** Everything this person may type to log in. */
  readonly names?: readonly string[];
}

/** Who exists, and who may log in. */
export interface Directory {
  /**
   * Checks a password. Never throws for a wrong name, a wrong password or an unreachable directory: the outcome says
   * which. Empty, blank and NUL passwords are refused before anybody is asked (RFC 4513 §5.1.2). `account` may be any
   * log-in name (docs/decisions/0035); who it is stands in the outcome. `client`: the address that wrong passwords are
   * counted against.
   */
  authenticate(account: Jid, password: string, client?: string): Promise<LoginOutcome>;
  /**
   * The verifier for a SCRAM exchange, by the address of now or of before. Of an account that does not exist: a stable false one, so that the exchange
   * looks the same and fails at its end. Undefined where the domain has none. After a successful exchange the caller
   * still asks `standings` for the account's state.
   */
  verifier(account: Jid, mechanism: ScramMechanism): Promise<ScramVerifier | undefined>;
  /** True when every account of the domain has verifiers: only then may SCRAM be offered. */
  hasVerifiers(domain: string): boolean;
  /** The account, whatever its state; undefined when there was never one. Rejects when the database does. */
  find(account: Jid): Promise<AccountRecord | undefined>;
  /** The account that has this address, or had it before it was renamed. Rejects when the database does. */
  whose(address: Jid): Promise<AccountRecord | undefined>;
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
