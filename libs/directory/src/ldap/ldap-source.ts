import { randomUUID } from 'node:crypto';
import { describeError, Failure, type Clock, type Log } from '@interoffice/telemetry';
import type { Jid } from '@interoffice/wire';
import type { Entry } from 'ldapts';
import type { AccountRecords } from '../account-records.js';
import type { AccountRecord, Explanation, LoginOutcome } from '../directory.js';
import type { Attempt, LoginSource, SourceOutcome } from '../login-source.js';
import { accountKey } from './account-key.js';
import { stateOf } from './account-state.js';
import { obstructed, type BindRefusal } from './bind-refusal.js';
import { escapeDnValue } from './distinguished-name.js';
import { Entries, passwordStamp } from './entries.js';
import { foundPerson } from './entry.js';
import { examine, type Finding } from './doctor/examination.js';
import { obstacleOf, stateSentence } from './explain-entry.js';
import { explainPerson } from './explain-person.js';
import { isInLoginGroup } from './login-group.js';
import { readLoginName } from './login-name.js';
import { PasswordCheck } from './password-check.js';
import { PasswordPolicy } from './password-policy.js';
import { LdapPool } from './pool.js';
import { LdapServers } from './servers.js';
import { basesOf, type LdapSourceOptions } from './source-options.js';
import { discover } from './srv.js';
import type { ServerHealth } from './watched-server.js';

export type { LdapSourceOptions } from './source-options.js';

/** What an LDAP source needs of its surroundings. */
export interface LdapSourceParts {
  readonly records: AccountRecords;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * A bind takes a directory some milliseconds: sixteen at once keep it busy, from far away too, and more would only take
 * longer.
 */
const MOST_BINDS = 16;

/**
 * People of an LDAP directory. Passwords are checked by binds on connections that serve nothing else. What is found is
 * copied into the records under the directory's stable id (entryUUID, objectGUID), never under a name.
 */
export class LdapSource implements LoginSource {
  readonly name: string;
  readonly keepsVerifiers = false;
  /** For searches only, as the service account: who reads the directory as a whole uses it too. */
  readonly pool: LdapPool;
  readonly #options: LdapSourceOptions;
  readonly #parts: LdapSourceParts;
  readonly #servers: LdapServers;
  readonly #entries: Entries;
  readonly #binds: LdapPool;
  readonly #passwords: PasswordCheck;

  /** Throws DIRECTORY_FILTER_INVALID. Connects to nothing yet. */
  constructor(options: LdapSourceOptions, parts: LdapSourceParts) {
    this.name = options.name;
    this.#options = options;
    this.#parts = { ...parts, log: parts.log.with({ directory: options.name }) };
    this.#servers = new LdapServers({ ...options, urls: serverUrls(options) }, this.#parts);
    this.pool = new LdapPool(this.#servers, {
      service: { dn: options.bindDn, password: options.password },
      clock: parts.clock,
      connections: options.connections,
    });
    this.#binds = new LdapPool(this.#servers, { clock: parts.clock, connections: MOST_BINDS, uses: 'log-ins' });
    this.#entries = new Entries(options, this.pool);
    const policy = new PasswordPolicy(this.pool);
    this.#passwords = new PasswordCheck({ ...this.#parts, pool: this.#binds, policy }, options.lockout);
  }

  serves(domain: string): boolean {
    return this.#options.domains.includes(domain);
  }

  async authenticate(attempt: Attempt): Promise<SourceOutcome> {
    try {
      const { entries } = await this.#entries.find(attempt.account, attempt.record);
      const [entry, ...others] = entries;
      if (!entry) return await this.#unknown(attempt);
      if (others.length > 0) return this.#ambiguous(attempt.account);
      const refusal = await this.#refusalOf(entry, attempt);
      return refusal ? refused(refusal) : await this.#admitted(entry, attempt.account);
    } catch (error) {
      return refused(obstructed('unavailable', describeError(error)));
    }
  }

  async verifier(): Promise<undefined> {
    return undefined;
  }

  explain(account: Jid, record: AccountRecord | undefined): Promise<Explanation> {
    return explainPerson({ account, record, now: this.#parts.clock.now() }, this.#explaining());
  }

  async probe(): Promise<void> {
    const [base = ''] = basesOf(this.#options);
    await this.pool.use((connection) => connection.search(base, { scope: 'base', attributes: ['1.1'] }));
  }

  /** Each server of the source as it stands, the one that is tried first in front. */
  health(): readonly ServerHealth[] {
    return this.#servers.health();
  }

  /**
   * Looks at everything that has to be right for this source to work, one finding after the other; never rejects.
   * `login`: somebody whose log-in is tried as far as it goes without the password.
   */
  examine(login?: string): AsyncIterable<Finding> {
    return examine({ ...this.#explaining(), servers: this.#servers, clock: this.#parts.clock }, login);
  }

  close(): void {
    this.pool.close();
    this.#binds.close();
    this.#servers.close();
  }

  #explaining() {
    return { options: this.#options, entries: this.#entries, pool: this.pool, passwords: this.#passwords };
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

  /** The password first: what else stands in the way is told only to who knew it. */
  async #refusalOf(entry: Entry, { typed, client = '' }: Attempt): Promise<BindRefusal | undefined> {
    const refusal = await this.#passwords.judge({
      dn: entry.dn,
      account: accountKey(entry, this.#options),
      stamp: passwordStamp(entry),
      isLocked: stateOf(entry, this.#parts.clock.now()).some((found) => found.refusal === 'locked'),
      password: typed,
      client,
    });
    return refusal ?? this.#stateRefusal(entry) ?? (await this.#groupRefusal(entry));
  }

  #stateRefusal(entry: Entry): BindRefusal | undefined {
    // A lock-out that the directory has not minded in this very bind is over, whatever the entry still says.
    const found = stateOf(entry, this.#parts.clock.now()).find(({ refusal }) => refusal !== 'locked');
    const obstacle = found && obstacleOf(found.refusal);
    return obstacle && obstructed(obstacle, stateSentence(found));
  }

  async #groupRefusal(entry: Entry): Promise<BindRefusal | undefined> {
    const { loginGroup } = this.#options;
    if (loginGroup === undefined) return undefined;
    const isIn = await this.pool.use((connection) => isInLoginGroup(entry, this.#options, connection));
    return isIn ? undefined : obstructed('out-of-group', `not in the log-in group ${loginGroup}`);
  }

  async #admitted(entry: Entry, account: Jid): Promise<LoginOutcome> {
    const record = await this.#adopt(entry, this.serves(account.domain) ? account.domain : this.#options.domains[0]);
    if (record) return { ok: true, account: record };
    const explanation = `${entry.dn}: the address belongs, or belonged, to another entry, or the name cannot be one`;
    return { ok: false, reason: 'not-authorized', explanation };
  }

  async #unknown({ account, typed, client = '' }: Attempt): Promise<SourceOutcome> {
    // an unknown name costs a bind as well, is counted and remembered as well; nobody has this DN.
    const dn = `cn=${escapeDnValue(randomUUID())},${basesOf(this.#options)[0] ?? ''}`;
    const name = `name ${readLoginName(account.local ?? '').login}`;
    const refusal = await this.#passwords.judge({
      dn,
      account: name,
      stamp: '',
      isLocked: false,
      password: typed,
      client,
    });
    if (refusal?.obstacle !== undefined) return refused(refusal);
    return { ok: 'unknown', explanation: `no entry of ${this.name} matches` };
  }

  #ambiguous(account: Jid): LoginOutcome {
    this.#parts.log.error('directory.entry.ambiguous', { account: account.bare });
    return { ok: false, reason: 'not-authorized', explanation: 'more than one entry matches; all are refused' };
  }
}

function refused({ reason, explanation, obstacle }: BindRefusal): LoginOutcome {
  return { ok: false, reason, explanation, ...(obstacle === undefined ? {} : { obstacle }) };
}

function serverUrls(options: LdapSourceOptions): readonly string[] | (() => Promise<readonly string[]>) {
  const { srv, kind = 'inetorgperson', startTls, dnsServers } = options;
  return srv === undefined ? options.urls : () => discover({ domain: srv, kind, startTls, dnsServers });
}
