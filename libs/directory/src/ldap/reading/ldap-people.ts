import type { Clock, Log } from '@interoffice/telemetry';
import type { Changes, Cursor, PeopleSource, SeenGroup, SeenPerson } from '../../people-source.js';
import type { LdapConnection } from '../connection.js';
import type { LdapPool } from '../pool.js';
import { changesAfter } from './changes.js';
import { cursorNow, serverNow } from './cursors.js';
import { everybody, groupsBelow } from './everybody.js';
import { withIds } from './filters.js';
import { groupPaths, type PersonGroups } from './group-paths.js';
import { overHeld } from './held-connection.js';
import { peopleMatching } from './narrowed-people.js';
import { PageSize, Reader } from './reader.js';
import { binaryAttributes, type Reading } from './reading.js';
import { scopeOf, type LdapPeopleOptions, type Scope } from './scope.js';

/** More ids make a filter that some servers find too long. */
const MOST_IDS = 100;

/** What reading a directory needs of its surroundings. */
export interface LdapPeopleParts {
  readonly pool: LdapPool;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * An LDAP directory as a sync reads it; it keeps nothing but the size of page that the server permits. Each method reads
 * from one server from its beginning to its end. Beside the errors of `PeopleSource`, every method rejects with
 * DIRECTORY_RESULT_CUT rather than give a part for the whole, with DIRECTORY_BASE_MISSING or DIRECTORY_READ_REFUSED when
 * the service account is shown nothing, and with DIRECTORY_GROUP_MISSING when there is no log-in group.
 */
export class LdapPeople implements PeopleSource {
  readonly name: string;
  readonly #scope: Scope;
  readonly #parts: LdapPeopleParts;
  readonly #pageSize = new PageSize();
  readonly #told = new Set<string>();

  /** Throws DIRECTORY_FILTER_INVALID or DIRECTORY_WITHOUT_BASE. Connects to nothing yet. */
  constructor(options: LdapPeopleOptions, parts: LdapPeopleParts) {
    this.name = options.name;
    this.#scope = scopeOf(options);
    this.#parts = { ...parts, log: parts.log.with({ directory: options.name }) };
  }

  cursor(): Promise<Cursor> {
    return this.#read((reading) => cursorNow(reading));
  }

  server(): Promise<string> {
    return this.#read(serverNow);
  }

  people(): AsyncIterable<readonly SeenPerson[]> {
    return overHeld(this.#parts.pool, (connection) => everybody(this.#reading(connection)));
  }

  groups(): AsyncIterable<readonly SeenGroup[]> {
    return overHeld(this.#parts.pool, (connection) => groupsBelow(this.#reading(connection)));
  }

  /**
   * Deletions are told by Active Directory only, and there only to a service account that may read its deleted entries.
   * `people` holds everybody again when a group has changed on which the right to log in, or an office, depends. Who has
   * left the bases or the filter is in it as `out-of-scope`, without photo, and so is a changed entry that never was in
   * them: nobody is to become an account by that.
   */
  changesSince(cursor: Cursor): Promise<Changes | undefined> {
    return this.#read((reading) => changesAfter(reading, cursor));
  }

  /** Without photos. An entry that is still there but cannot be an account any more, having lost its log-in name, counts as deleted. */
  look(ids: readonly string[]): Promise<ReadonlyMap<string, SeenPerson | 'deleted'>> {
    return this.#read(async (reading) => {
      const seen = new Map<string, SeenPerson | 'deleted'>(ids.map((id) => [id, 'deleted']));
      for (let from = 0; from < ids.length; from += MOST_IDS) {
        const some = ids.slice(from, from + MOST_IDS);
        const found = await this.#those(some, { ...reading, withPhotos: false });
        for (const [id, person] of found) seen.set(id, person);
      }
      return seen;
    });
  }

  /** The groups of a person at this moment, asked of the directory itself: for explaining. Undefined: no such person. */
  groupsOf(id: string): Promise<PersonGroups | undefined> {
    return this.#read((reading) => groupPaths(reading, id));
  }

  /** One search where all are as they should be; whoever is missing is looked for everywhere. */
  #those(ids: readonly string[], reading: Reading): Promise<ReadonlyMap<string, SeenPerson>> {
    const { id } = this.#scope.attributes;
    return peopleMatching(reading, withIds(id, ids), (inScope) => {
      const missing = ids.filter((one) => !inScope.has(one));
      return missing.length > 0 ? withIds(id, missing) : undefined;
    });
  }

  #read<T>(work: (reading: Reading) => Promise<T>): Promise<T> {
    return this.#parts.pool.use((connection) => work(this.#reading(connection)));
  }

  #reading(connection: LdapConnection): Reading {
    const reader = new Reader(connection, this.#pageSize, binaryAttributes(this.#scope));
    return {
      reader,
      scope: this.#scope,
      log: this.#parts.log,
      nowMs: this.#parts.clock.now(),
      withPhotos: true,
      told: this.#told,
    };
  }
}
