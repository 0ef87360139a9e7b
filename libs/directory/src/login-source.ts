import type { Jid } from '@interoffice/wire';
import type { AccountRecord, Explanation, LoginOutcome, ScramMechanism, ScramVerifier } from './directory.js';

/** A password on its way to a check: as typed, for LDAP servers, and prepared (RFC 8265 §4), for our own verifiers. */
export interface Attempt {
  readonly account: Jid;
  readonly typed: string;
  readonly prepared: string;
  /** What the records say of this account, if they know it. */
  readonly record: AccountRecord | undefined;
  /** Network address of who tries, where it is known. */
  readonly client?: string;
}

/** `unknown`: this source has nobody of that name; another may. */
export type SourceOutcome = LoginOutcome | { readonly ok: 'unknown'; readonly explanation: string };

/** Something that can check passwords: the verifiers kept here, or an LDAP source. */
export interface LoginSource {
  /** As it stands in the records; never changes. */
  readonly name: string;
  readonly keepsVerifiers: boolean;
  serves(domain: string): boolean;
  /** Never throws for what the person or the directory did. Takes about as long for an unknown name as for a known one. */
  authenticate(attempt: Attempt): Promise<SourceOutcome>;
  /** A verifier, a stable false one for unknown names, or undefined from a source that keeps none. */
  verifier(account: Jid, mechanism: ScramMechanism): Promise<ScramVerifier | undefined>;
  explain(account: Jid, record: AccountRecord | undefined): Promise<Explanation>;
  probe(): Promise<void>;
}
