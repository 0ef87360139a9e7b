import type { Jid } from '@interoffice/wire';

/** Hash of a SCRAM mechanism as Node names it. RFC 5802, RFC 7677 */
export type ScramHash = 'sha1' | 'sha256' | 'sha512';

/** What a server keeps instead of a password. RFC 5802 §3 */
export interface ScramVerifier {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** Why nobody was logged in: the SASL condition of RFC 6120 §6.5, and a sentence for the person where it helps. */
export interface LoginRefusal {
  readonly condition: SaslCondition;
  readonly text?: string;
}

export type SaslCondition =
  | 'aborted'
  | 'account-disabled'
  | 'credentials-expired'
  | 'encryption-required'
  | 'incorrect-encoding'
  | 'invalid-authzid'
  | 'invalid-mechanism'
  | 'malformed-request'
  | 'mechanism-too-weak'
  | 'not-authorized'
  | 'temporary-auth-failure';

/** How somebody proved who they are: a password or key of their own, or a one-time token that the console gave out. */
export type Proof = 'password' | 'scram' | 'token';

/** Notices who goes through names from one network address. Given by the application. A-07 of security.md */
export interface Guesses {
  /** Milliseconds for which nobody is let in from there, or 0. */
  waitMs(address: string): number;
  /** A wrong name or password; never for what was wrong with a directory. */
  failed(address: string, name: string): void;
  succeeded(address: string, name: string): void;
}

/**
 * Who may log in. Given by the application, which knows the directories: this lib only speaks the protocol. Unknown
 * people get the same answers, of the same shape, as known ones with a wrong password.
 */
export interface Authenticator {
  /** Whether every account of the domain has a verifier, so that SCRAM may be offered beside PLAIN. */
  offersScram(domain: string): boolean;
  /** For names that do not exist, a verifier that nothing matches and whose salt is stable for the name. */
  verifier(account: Jid, hash: ScramHash): Promise<ScramVerifier>;
  /** May this account, which has proved itself by SCRAM, be let in now? Whose it is stands in the outcome. */
  admits(account: Jid): Promise<LoginRefusal | { account: Jid }>;
  /**
   * Checks a password or a one-time token. Empty ones never get here. `account` may be any log-in name, such as
   * `corp\\anna` or `anna\\40corp.example` before the @ of this domain; the outcome says whose it is.
   */
  check(account: Jid, password: string, remoteAddress: string): Promise<LoginRefusal | { proof: Proof; account?: Jid }>;
}
