import type { FoundPerson } from './person.js';

/**
 * Why an entry may not be used, as the directory has it. The first six end what a person has open as well; the others
 * only refuse a new log-in by password.
 */
export type Refusal =
  /** The entry is gone from the directory. */
  | 'deleted'
  /** It is there, but no longer below a base of the source, or no longer matched by its filter. */
  | 'out-of-scope'
  /** No longer in the group that may use the server. */
  | 'out-of-group'
  | 'disabled'
  | 'expired'
  | 'locked'
  | 'must-change-password'
  | 'password-expired'
  | 'outside-hours';

/** What ends streams, resumable sessions, tokens and cookies, and not only the next log-in. */
export const ENDS_SESSIONS: ReadonlySet<Refusal> = new Set<Refusal>([
  'deleted',
  'out-of-scope',
  'out-of-group',
  'disabled',
  'expired',
  'locked',
]);

/** A person as the directory has them now. */
export interface SeenPerson extends FoundPerson {
  readonly dn: string;
  /** The log-in name as it stands there: `uid`, `sAMAccountName`. */
  readonly login: string;
  /** `userPrincipalName`, where there is one. */
  readonly principal: string | undefined;
  /** Of the primary group: SID as text (`S-1-5-21-…-513`), or `gidNumber`. Compares with `SeenGroup.key`. */
  readonly primaryGroup: string | undefined;
  /** The photo was not asked for: the one of before stays. */
  readonly photoUnread?: boolean;
  /** Undefined: may be used. */
  readonly refusal: Refusal | undefined;
}

/** A group as the directory has it now, with its direct members. */
export interface SeenGroup {
  readonly directory: string;
  readonly directoryId: string;
  readonly dn: string;
  readonly name: string;
  /** SID as text or `gidNumber`: what `SeenPerson.primaryGroup` names. */
  readonly key: string | undefined;
  /** Normalised DNs (`normalDn`) of people and groups. */
  readonly members: readonly string[];
  /** Log-in names, of posix groups (`memberUid`). */
  readonly memberLogins: readonly string[];
}

/**
 * Where a sync left off, as one server counts: meaningless on another. With Active Directory `server` is the invocationId
 * and `at` the highestCommittedUSN read before the search; elsewhere the server's URL and a generalizedTime.
 */
export interface Cursor {
  readonly server: string;
  readonly at: string;
}

/** What has changed since a cursor. `undefined` entries of a page do not occur: who cannot be an account is left out. */
export interface Changes {
  readonly people: readonly SeenPerson[];
  readonly groups: readonly SeenGroup[];
  /** Stable ids of entries that were deleted, where the directory tells. */
  readonly deleted: readonly string[];
  readonly cursor: Cursor;
}

/** A directory as a sync reads it. Every method rejects with DIRECTORY_UNREACHABLE or DIRECTORY_BIND_REFUSED. */
export interface PeopleSource {
  readonly name: string;
  /** Where a sync that begins now would leave off. */
  cursor(): Promise<Cursor>;
  /** The server that is read now, as cursors name it. */
  server(): Promise<string>;
  /** Everybody, in pages; who may not be used comes with the refusal. */
  people(): AsyncIterable<readonly SeenPerson[]>;
  /** All groups below the base of groups, in pages, ranges of members fetched. */
  groups(): AsyncIterable<readonly SeenGroup[]>;
  /** Undefined when the cursor is of another server: only a full sync will do. */
  changesSince(cursor: Cursor): Promise<Changes | undefined>;
  /**
   * These people as they are now, by stable id, in as few searches as possible; whoever is not found anywhere in the
   * directory is `deleted`. It may leave photos out (`photoUnread`): it is asked every few seconds.
   */
  look(ids: readonly string[]): Promise<ReadonlyMap<string, SeenPerson | 'deleted'>>;
}
