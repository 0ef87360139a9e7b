import type { Clock, Log } from '@interoffice/telemetry';
import type { Jid } from '@interoffice/wire';
import type { AccountRecords } from './account-records.js';
import type {
  AccountRecord,
  Directory,
  Explanation,
  LoginOutcome,
  Photo,
  ScramMechanism,
  ScramVerifier,
  Standing,
} from './directory.js';
import type { Attempt, LoginSource, SourceOutcome } from './login-source.js';
import { isLoginToken, type LoginTokens } from './login-tokens.js';
import { usablePassword } from './password.js';

/** What a directory is made of. */
export interface DirectoryParts {
  readonly records: AccountRecords;
  /** In the order in which an unknown name is looked for. */
  readonly sources: readonly LoginSource[];
  /** Accepted in place of a password; undefined where there is no web chat. */
  readonly tokens?: LoginTokens;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The directory of one server: its records, and the sources that check passwords. A person known from one source is
 * only ever checked there: an outage of LDAP never falls back to another source.
 */
export class PeopleDirectory implements Directory {
  readonly #parts: DirectoryParts;

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
  }

  async authenticate(account: Jid, password: string): Promise<LoginOutcome> {
    const prepared = usablePassword(password);
    // nobody is asked with such a password, not even our own verifiers.
    if (prepared === undefined) return this.#refused(account, refuse('not-authorized', 'empty or unusable password'));
    if (account.local === undefined) return this.#refused(account, refuse('malformed', 'the address names no account'));
    const outcome = await this.#ask(account, { typed: password, prepared });
    return outcome.ok ? this.#admit(outcome.account) : this.#refused(account, outcome);
  }

  async verifier(account: Jid, mechanism: ScramMechanism): Promise<ScramVerifier | undefined> {
    if (!this.hasVerifiers(account.domain)) return undefined;
    return this.#sourcesOf(account.domain)[0]?.verifier(account.toBare(), mechanism);
  }

  hasVerifiers(domain: string): boolean {
    const sources = this.#sourcesOf(domain);
    return sources.length > 0 && sources.every((source) => source.keepsVerifiers);
  }

  find(account: Jid): Promise<AccountRecord | undefined> {
    return this.#parts.records.find(account.bare);
  }

  standings(bares: readonly string[]): Promise<ReadonlyMap<string, Standing>> {
    return this.#parts.records.standings(bares);
  }

  search(text: string, limit: number): Promise<readonly AccountRecord[]> {
    return this.#parts.records.search(text, limit);
  }

  photo(account: Jid): Promise<Photo | undefined> {
    return this.#parts.records.photo(account.bare);
  }

  async explain(account: Jid): Promise<Explanation> {
    const record = await this.find(account);
    const source = this.#sourceOf(record) ?? this.#sourcesOf(account.domain)[0];
    if (source) return source.explain(account.toBare(), record);
    return {
      account: account.bare,
      directory: record?.directory ?? 'none',
      dn: undefined,
      state: record?.state ?? 'unknown',
      mayLogIn: false,
      because: [
        record ? `the source ${record.directory} is not in the settings` : `no source serves ${account.domain}`,
      ],
    };
  }

  async probe(): Promise<void> {
    await this.#parts.records.probe();
    await Promise.all(this.#parts.sources.map((source) => source.probe()));
  }

  async #ask(account: Jid, password: Pick<Attempt, 'typed' | 'prepared'>): Promise<LoginOutcome> {
    try {
      const record = await this.find(account);
      if (record && (await this.#isToken(account, password.typed))) return { ok: true, account: record };
      const sources = record ? [this.#sourceOf(record)] : this.#sourcesOf(account.domain);
      const unknown: string[] = [];
      for (const source of sources) {
        const outcome: SourceOutcome = source
          ? await source.authenticate({ account: account.toBare(), ...password, record })
          : { ok: 'unknown', explanation: `the source ${record?.directory} is not in the settings` };
        if (outcome.ok !== 'unknown') return outcome;
        unknown.push(outcome.explanation);
      }
      return refuse('not-authorized', unknown.join('; ') || `no source serves ${account.domain}`);
    } catch (error) {
      // The records did not answer: that is our fault and not the person's, and must not look like a wrong password.
      return refuse('temporary-auth-failure', error instanceof Error ? error.message : 'the records do not answer');
    }
  }

  async #isToken(account: Jid, password: string): Promise<boolean> {
    const { tokens } = this.#parts;
    return tokens !== undefined && isLoginToken(password) && tokens.redeem(account.bare, password);
  }

  async #admit(account: AccountRecord): Promise<LoginOutcome> {
    if (account.state !== 'active') {
      return this.#refused(account.jid, refuse('account-disabled', `the account is ${account.state}`));
    }
    await this.#parts.records.loggedIn(account.jid.bare, this.#parts.clock.now());
    return { ok: true, account };
  }

  #refused(account: Jid, outcome: LoginOutcome & { ok: false }): LoginOutcome {
    const { reason, explanation } = outcome;
    this.#parts.log.info('directory.login.refused', { account: account.bare, reason, explanation });
    return outcome;
  }

  #sourcesOf(domain: string): readonly LoginSource[] {
    return this.#parts.sources.filter((source) => source.serves(domain));
  }

  #sourceOf(record: AccountRecord | undefined): LoginSource | undefined {
    return this.#parts.sources.find((source) => source.name === record?.directory);
  }
}

function refuse(reason: (LoginOutcome & { ok: false })['reason'], explanation: string): LoginOutcome & { ok: false } {
  return { ok: false, reason, explanation };
}
