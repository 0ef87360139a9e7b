import { randomUUID } from 'node:crypto';
import { describeError, Failure, type Clock, type Log } from '@interoffice/telemetry';
import type { Jid } from '@interoffice/wire';
import type { Entry, Filter } from 'ldapts';
import type { AccountRecords } from '../account-records.js';
import type { AccountRecord, Explanation, LoginOutcome } from '../directory.js';
import type { Attempt, LoginSource, SourceOutcome } from '../login-source.js';
import { bindRefusal } from './bind-refusal.js';
import type { LdapConnection } from './connection.js';
import { escapeDnValue } from './distinguished-name.js';
import { foundPerson, isBinaryId, STATE_ATTRIBUTES, type LdapAttributes } from './entry.js';
import { explainEntry } from './explain-entry.js';
import { narrowed, readFilter } from './filter.js';
import { LdapPool } from './pool.js';
import { LdapServers } from './servers.js';

/** The settings of one LDAP source. */
export interface LdapSourceOptions {
  /** Kept with every account from it; never changes. */
  readonly name: string;
  /** The domains whose people are in it; the first is the one new accounts get. */
  readonly domains: readonly [string, ...string[]];
  readonly urls: readonly string[];
  readonly startTls: boolean;
  readonly bindDn: string;
  readonly password: string;
  readonly base: string;
  readonly filter: string;
  readonly attributes: LdapAttributes;
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly connections: number;
  /** PEM of the trust store. */
  readonly authorities: readonly string[] | undefined;
}

/** What an LDAP source needs of its surroundings. */
export interface LdapSourceParts {
  readonly records: AccountRecords;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * People of an LDAP directory. Passwords are checked by a bind on a connection made for that one bind. What is found is
 * copied into the records under the directory's stable id (entryUUID, objectGUID), never under a name.
 */
export class LdapSource implements LoginSource {
  readonly name: string;
  readonly keepsVerifiers = false;
  readonly #options: LdapSourceOptions;
  readonly #parts: LdapSourceParts;
  readonly #servers: LdapServers;
  readonly #pool: LdapPool;
  readonly #filter: Filter;

  /** Throws DIRECTORY_FILTER_INVALID. Connects to nothing yet. */
  constructor(options: LdapSourceOptions, parts: LdapSourceParts) {
    this.name = options.name;
    this.#options = options;
    this.#parts = { ...parts, log: parts.log.with({ directory: options.name }) };
    this.#filter = readFilter(options.filter);
    this.#servers = new LdapServers(
      options.urls.map((url) => ({ ...options, url })),
      this.#parts,
    );
    this.#pool = new LdapPool(this.#servers, {
      service: { dn: options.bindDn, password: options.password },
      clock: parts.clock,
      connections: options.connections,
    });
  }

  serves(domain: string): boolean {
    return this.#options.domains.includes(domain);
  }

  async authenticate(attempt: Attempt): Promise<SourceOutcome> {
    try {
      const [entry, ...others] = await this.#entriesOf(attempt.account, attempt.record);
      if (!entry) return await this.#unknown(attempt);
      if (others.length > 0) return this.#ambiguous(attempt.account);
      return await this.#check(entry, attempt);
    } catch (error) {
      return { ok: false, reason: 'temporary-auth-failure', explanation: describeError(error) };
    }
  }

  async verifier(): Promise<undefined> {
    return undefined;
  }

  async explain(account: Jid, record: AccountRecord | undefined): Promise<Explanation> {
    const seen = await this.#entriesOf(account, record).catch((error: unknown) => describeError(error));
    return explainEntry({ account, record, directory: this.name, seen, now: this.#parts.clock.now() });
  }

  async probe(): Promise<void> {
    await this.#pool.use((connection) => connection.search(this.#options.base, { scope: 'base', attributes: ['1.1'] }));
  }

  /** Each server of the source, and whether it answered when it was last asked. */
  standings(): readonly { readonly url: string; readonly working: boolean }[] {
    return this.#servers.standings();
  }

  /**
   * Brings every person of the source into the records; gives their number. Entries that cannot be accounts are skipped
   * with an event. Rejects when the directory cannot be read to its end; what was read until then stays.
   */
  async importPeople(): Promise<number> {
    try {
      const count = await this.#pool.use((connection) => this.#importOver(connection));
      this.#parts.log.info('directory.import.finished', { count });
      return count;
    } catch (error) {
      this.#parts.log.warn('directory.import.failed', { error: error instanceof Error ? error : undefined });
      throw error;
    }
  }

  close(): void {
    this.#pool.close();
  }

  async #importOver(connection: LdapConnection): Promise<number> {
    let count = 0;
    const options = { ...this.#searchOptions(this.#filter), paged: { pageSize: 200 } };
    for await (const page of connection.pages(this.#options.base, options)) {
      for (const entry of page) count += (await this.#adopt(entry, this.#options.domains[0])) ? 1 : 0;
    }
    return count;
  }

  async #adopt(entry: Entry, domain: string): Promise<AccountRecord | undefined> {
    const found = foundPerson(entry, { name: this.name, domain, attributes: this.#options.attributes });
    if (!found) {
      this.#parts.log.warn('directory.entry.skipped', { dn: entry.dn });
      return undefined;
    }
    try {
      return await this.#parts.records.adopt(found);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'ADDRESS_TAKEN') throw error;
      this.#parts.log.error('directory.address.taken', { dn: entry.dn, account: found.jid.bare });
      return undefined;
    }
  }

  /** At most two entries: one is right, two are refused. A known person is found by the stable id, whatever their name. */
  #entriesOf(account: Jid, record: AccountRecord | undefined): Promise<readonly Entry[]> {
    const { id, login } = this.#options.attributes;
    const known = record?.directoryId;
    const filter =
      known === undefined
        ? narrowed(this.#filter, login, account.local ?? '')
        : narrowed(this.#filter, id, isBinaryId(id) ? Buffer.from(known, 'hex') : known);
    const options = { ...this.#searchOptions(filter), sizeLimit: 2 };
    return this.#pool.use((connection) => connection.search(this.#options.base, options));
  }

  async #check(entry: Entry, { account, typed }: Attempt): Promise<LoginOutcome> {
    try {
      await this.#bindAs(entry.dn, typed);
    } catch (error) {
      return { ok: false, ...bindRefusal(error) };
    }
    const record = await this.#adopt(entry, account.domain);
    // A directory compares names more loosely than we do (accents, spaces), and a person keeps the first address.
    if (record?.jid.bare !== account.bare) {
      const why = record ? `this entry is known as ${record.jid.bare}` : 'the address belongs to another entry';
      return { ok: false, reason: 'not-authorized', explanation: `${entry.dn}: ${why}` };
    }
    return { ok: true, account: record };
  }

  async #unknown({ typed }: Attempt): Promise<SourceOutcome> {
    // an unknown name costs a bind as well, so that the time does not tell; nobody has this DN.
    const nobody = `cn=${escapeDnValue(randomUUID())},${this.#options.base}`;
    await this.#bindAs(nobody, typed).catch((error: unknown) => bindRefusal(error));
    return { ok: 'unknown', explanation: `no entry of ${this.name} matches` };
  }

  #ambiguous(account: Jid): LoginOutcome {
    this.#parts.log.error('directory.entry.ambiguous', { account: account.bare });
    return { ok: false, reason: 'not-authorized', explanation: 'more than one entry matches; all are refused' };
  }

  async #bindAs(dn: string, password: string): Promise<void> {
    const connection = await this.#servers.open();
    try {
      await connection.bind(dn, password);
    } finally {
      connection.destroy();
    }
  }

  #searchOptions(filter: Filter) {
    const { photo, id } = this.#options.attributes;
    const binary = isBinaryId(id) ? [photo, id] : [photo];
    return {
      scope: 'sub' as const,
      filter,
      attributes: [...new Set([...Object.values(this.#options.attributes), 'cn', ...STATE_ATTRIBUTES])],
      explicitBufferAttributes: [...binary, ...binary.map((name) => name.toLowerCase())],
    };
  }
}
