import type { AccountRecord } from '../directory.js';
import type { Refusal } from '../people-source.js';

/** An account with what its directory says of it beside the description. */
export interface KnownAccount extends AccountRecord {
  readonly dn: string | undefined;
  readonly login: string | undefined;
  readonly principal: string | undefined;
  readonly primaryGroup: string | undefined;
  /** Why the directory does not let it be used; undefined: it does, or the account is local. */
  readonly refusal: Refusal | undefined;
  /** Milliseconds; since when this refusal holds. */
  readonly refusedAt: number | undefined;
  /** Milliseconds; when what stands here of the directory was written last. */
  readonly seenAt: number | undefined;
  /** SHA-256 of the photo as the directory has it, hex. */
  readonly photoSource: string | undefined;
  /** Who gave the role: somebody by hand, or a group of the directory. */
  readonly roleBy: 'hand' | 'directory';
}

/** What somebody was called before, all names as they stood together. */
export interface FormerNames {
  readonly jid: string;
  readonly login: string | undefined;
  readonly name: string | undefined;
  readonly mail: string | undefined;
  /** Milliseconds. */
  readonly since: number;
  readonly until: number;
}
