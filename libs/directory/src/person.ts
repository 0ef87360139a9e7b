import type { Jid } from '@interoffice/wire';
import type { Photo } from './directory.js';

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
