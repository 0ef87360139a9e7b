import type { LdapAttributes } from './entry.js';
import type { LockoutOptions } from './lockout.js';

/** What a directory calls things, and what it can be asked. */
export type LdapKind = 'active-directory' | 'inetorgperson' | 'posix' | 'freeipa';

/** The settings of one LDAP source. */
export interface LdapSourceOptions {
  /** Kept with every account from it; never changes. */
  readonly name: string;
  /** The domains whose people are in it; the first is the one new accounts get. */
  readonly domains: readonly [string, ...string[]];
  /** `inetorgperson` without it. */
  readonly kind?: LdapKind;
  /** In the order they are tried; not looked at where `srv` is given. */
  readonly urls: readonly string[];
  /** The domain whose servers are looked for in DNS. */
  readonly srv?: string;
  /** `host:port`; the system's without it. */
  readonly dnsServers?: readonly string[];
  readonly startTls: boolean;
  readonly bindDn: string;
  readonly password: string;
  readonly base: string | readonly string[];
  readonly filter: string;
  readonly attributes: LdapAttributes;
  /** Holds a log-in name in the form `anna@corp.example`: userPrincipalName. */
  readonly principal?: string;
  /** What stands before the backslash in `CORP\anna`. */
  readonly netbiosName?: string;
  /** What may stand behind the @ of a log-in name beside the domains. */
  readonly principalSuffixes?: readonly string[];
  /** DN of the group whose members, also through other groups, may use the server; without it everybody may. */
  readonly loginGroup?: string;
  /** Below it are the groups; without it, beside the log-in group. */
  readonly groupBase?: string;
  readonly lockout?: LockoutOptions;
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly connections: number;
  /** PEM of the trust store. */
  readonly authorities: readonly string[] | undefined;
}

/** The bases as a list. */
export function basesOf({ base }: Pick<LdapSourceOptions, 'base'>): readonly string[] {
  return typeof base === 'string' ? [base] : base;
}
