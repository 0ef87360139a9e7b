import type { Entry, Filter, SearchOptions } from 'ldapts';
import type { AccountRecord } from '../directory.js';
import type { Jid } from '@interoffice/wire';
import { STATE_ATTRIBUTES } from './account-state.js';
import type { LdapConnection } from './connection.js';
import { normalDn } from './distinguished-name.js';
import { isBinaryId, textOf } from './entry.js';
import { narrowed, readFilter } from './filter.js';
import { GROUP_ATTRIBUTES } from './login-group.js';
import { readLoginName, type LoginName } from './login-name.js';
import type { LdapPool } from './pool.js';
import { basesOf, type LdapSourceOptions } from './source-options.js';

/** When a password was set last, as the one or the other directory writes it. */
const PASSWORD_SET: readonly string[] = ['pwdLastSet', 'pwdChangedTime', 'krbLastPwdChange', 'shadowLastChange'];

/** What was found for a name: by which of its readings, at which server. At most two entries: two are refused. */
export interface Found {
  readonly entries: readonly Entry[];
  /** `login`, `principal`, `mail`, or `id` for a person known from before. */
  readonly by: string;
  readonly server: string | undefined;
}

/** One reading of a name: entries in which the attribute has the value. */
interface Reading {
  readonly by: string;
  readonly attribute: string;
  readonly value: string | Buffer;
}

/**
 * Finds entries of a source for what somebody typed. Its readings are tried in the order of docs/decisions/0035; the
 * first that finds anything decides, and if it finds two entries nobody is logged in.
 */
export class Entries {
  readonly #options: LdapSourceOptions;
  readonly #pool: LdapPool;
  readonly #filter: Filter;
  readonly #everything = readFilter('(objectClass=*)');

  /** Throws DIRECTORY_FILTER_INVALID. */
  constructor(options: LdapSourceOptions, pool: LdapPool) {
    this.#options = options;
    this.#pool = pool;
    this.#filter = readFilter(options.filter);
  }

  /** A known person is found by the stable id, whatever their name is now. */
  find(account: Jid, record: AccountRecord | undefined): Promise<Found> {
    const readings = record?.directoryId === undefined ? this.#readingsOf(account) : [this.#byId(record.directoryId)];
    return this.#pool.use((connection) => this.#first(readings, this.#filter, connection));
  }

  /** The same without the source's filter: for explaining who is there but may not log in. */
  findAnywhere(account: Jid, record: AccountRecord | undefined): Promise<Found> {
    const readings = record?.directoryId === undefined ? this.#readingsOf(account) : [this.#byId(record.directoryId)];
    return this.#pool.use((connection) => this.#first(readings, this.#everything, connection));
  }

  /** Whether this one entry is matched by the source's filter. */
  async passesFilter(entry: Entry): Promise<boolean> {
    const options = { scope: 'base' as const, filter: this.#filter, attributes: ['1.1'] };
    return (await this.#pool.use((connection) => connection.search(entry.dn, options))).length > 0;
  }

  /** The forms in which this person may write who they are. */
  namesOf({ login, principal, mail }: { login?: string; principal?: string; mail?: string }): readonly string[] {
    const { netbiosName, principalSuffixes = [] } = this.#options;
    const names = login === undefined ? [] : [login, ...principalSuffixes.map((suffix) => `${login}@${suffix}`)];
    const windows = netbiosName !== undefined && login !== undefined ? [`${netbiosName}\\${login}`] : [];
    return [...new Set([...names, ...windows, principal ?? [], mail ?? []].flat())];
  }

  async #first(readings: readonly Reading[], within: Filter, connection: LdapConnection): Promise<Found> {
    for (const { by, attribute, value } of readings) {
      const entries = await this.#search(narrowed(within, attribute, value), connection);
      if (entries.length > 0) return { entries, by, server: connection.url };
    }
    return { entries: [], by: '', server: connection.url };
  }

  /** Bases may lie inside each other: one entry found twice is one. */
  async #search(filter: Filter, connection: LdapConnection): Promise<readonly Entry[]> {
    const found = new Map<string, Entry>();
    for (const base of basesOf(this.#options)) {
      const entries = await connection.search(base, { ...this.#searchOptions(filter), sizeLimit: 2 });
      for (const entry of entries) found.set(normalDn(entry.dn), entry);
    }
    return [...found.values()];
  }

  #byId(directoryId: string): Reading {
    const { id } = this.#options.attributes;
    return { by: 'id', attribute: id, value: isBinaryId(id) ? Buffer.from(directoryId, 'hex') : directoryId };
  }

  #readingsOf({ local = '', domain }: Jid): readonly Reading[] {
    const isOwn = this.#options.domains.includes(domain);
    const name = readLoginName(isOwn ? local : `${local}@${domain}`);
    const asTyped: Reading = { by: 'login', attribute: this.#options.attributes.login, value: local };
    if (name.form === 'login') return [asTyped];
    return name.form === 'netbios' ? this.#byNetbios(name) : this.#byAddress(name);
  }

  #byNetbios({ netbios, login }: LoginName & { form: 'netbios' }): readonly Reading[] {
    const { netbiosName, attributes } = this.#options;
    const isOurs = netbiosName !== undefined && netbiosName.toLowerCase() === netbios.toLowerCase();
    return isOurs ? [{ by: 'login', attribute: attributes.login, value: login }] : [];
  }

  #byAddress({ text, login, suffix }: LoginName & { form: 'address' }): readonly Reading[] {
    const { attributes, principal, principalSuffixes = [], domains } = this.#options;
    const isOurs = [...principalSuffixes, ...domains].some((one) => one.toLowerCase() === suffix.toLowerCase());
    return [
      ...(principal === undefined ? [] : [{ by: 'principal', attribute: principal, value: text }]),
      ...(isOurs ? [{ by: 'login', attribute: attributes.login, value: login }] : []),
      { by: 'mail', attribute: attributes.mail, value: text },
    ];
  }

  #searchOptions(filter: Filter): SearchOptions {
    const { attributes, principal } = this.#options;
    const binary = [attributes.photo, 'logonHours', ...(isBinaryId(attributes.id) ? [attributes.id] : [])];
    const wanted = [...Object.values(attributes), principal ?? 'cn', 'cn', 'userAccountControl'];
    return {
      scope: 'sub',
      filter,
      attributes: [...new Set([...wanted, ...STATE_ATTRIBUTES, ...PASSWORD_SET, ...GROUP_ATTRIBUTES])],
      // Servers name attributes as their schema does, and ldapts compares the names exactly. COMPAT(ldapts, 9.2)
      explicitBufferAttributes: [...binary, ...binary.map((name) => name.toLowerCase())],
    };
  }
}

/** When the password of the entry was set, in whatever form the directory says; empty where it does not. */
export function passwordStamp(entry: Entry): string {
  return PASSWORD_SET.map((name) => textOf(entry, name) ?? '').join('');
}
