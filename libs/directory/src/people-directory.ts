import { type Clock, evenly, type Log } from '@interoffice/telemetry';
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

/**
 * A refusal comes a multiple of this after the question. An unknown name is looked for under more names and in more places
 * than a known one: with a directory and local accounts it took twice as long. A-05
 */
const REFUSAL_STEP_MS = 100;
/**
 * The same for what SCRAM begins with, which everybody waits for who logs in: a few times what the database takes. Without
 * it an unknown name, which is looked for among former addresses too, took 0.2 ms longer.
 */
const VERIFIER_STEP_MS = 5;

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

  async authenticate(account: Jid, password: string, client?: string): Promise<LoginOutcome> {
    const prepared = usablePassword(password);
    // nobody is asked with such a password, not even our own verifiers.
    if (prepared === undefined) return this.#refused(account, refuse('not-authorized', 'empty or unusable password'));
    if (account.local === undefined) return this.#refused(account, refuse('malformed', 'the address names no account'));
    const asked = this.#ask(account, { typed: password, prepared, client });
    const outcome = await evenly(REFUSAL_STEP_MS, asked, ({ ok }) => !ok);
    return outcome.ok ? this.#admit(outcome.account) : this.#refused(account, outcome);
  }

  async verifier(account: Jid, mechanism: ScramMechanism): Promise<ScramVerifier | undefined> {
    if (!this.hasVerifiers(account.domain)) return undefined;
    return evenly(VERIFIER_STEP_MS, this.#sourcesOf(account.domain)[0]?.verifier(account.toBare(), mechanism));
  }

  hasVerifiers(domain: string): boolean {
    const sources = this.#sourcesOf(domain);
    return sources.length > 0 && sources.every((source) => source.keepsVerifiers);
  }

  find(account: Jid): Promise<AccountRecord | undefined> {
    return this.#parts.records.find(account.bare);
  }

  async whose(address: Jid): Promise<AccountRecord | undefined> {
    return (await this.find(address)) ?? this.#formerly(address);
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
    const [first, ...others] = record ? [this.#sourceOf(record)] : this.#sourcesFor(account.domain);
    if (first) return this.#explainBy([first, ...others], account.toBare(), record);
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

  async #ask(account: Jid, password: Pick<Attempt, 'typed' | 'prepared' | 'client'>): Promise<LoginOutcome> {
    try {
      // Together, so that an unknown name takes no longer than a known one. A-05
      const [record, formerly] = await Promise.all([this.find(account), this.#formerly(account)]);
      if (record && (await this.#isToken(account, password.typed))) return { ok: true, account: record };
      const sources = record ? [this.#sourceOf(record)] : this.#sourcesFor(account.domain);
      const unknown: string[] = [];
      for (const source of sources) {
        const whose = record ?? (source?.keepsVerifiers === true ? ownOf(source, formerly) : undefined);
        const outcome: SourceOutcome = source
          ? await source.authenticate({ account: account.toBare(), ...password, record: whose })
          : { ok: 'unknown', explanation: `the source ${record?.directory} is not in the settings` };
        if (record && isGuess(outcome)) await this.#deriveAsForNobody(record, account, password);
        if (outcome.ok !== 'unknown') return outcome;
        unknown.push(outcome.explanation);
      }
      // Last: in a directory the name may be somebody else's by now.
      const outcome = !record && formerly ? await this.#askFormer(formerly, password) : undefined;
      if (outcome && outcome.ok !== 'unknown') return outcome;
      return refuse('not-authorized', unknown.join('; ') || `no source serves ${account.domain}`);
    } catch (error) {
      // The records did not answer: that is our fault and not the person's, and must not look like a wrong password.
      const explanation = error instanceof Error ? error.message : 'the records do not answer';
      return { ...refuse('temporary-auth-failure', explanation), obstacle: 'unavailable' };
    }
  }

  /** An unknown name is looked for among the local accounts as well, behind the directories: a derivation of milliseconds. */
  async #deriveAsForNobody(
    record: AccountRecord,
    account: Jid,
    password: Pick<Attempt, 'typed' | 'prepared' | 'client'>,
  ): Promise<void> {
    for (const source of this.#sourcesFor(account.domain)) {
      if (source.keepsVerifiers && source.name !== record.directory)
        await source.authenticate({ account: account.toBare(), ...password, record: undefined });
    }
  }

  /** By the address they have now; local accounts have been asked already. */
  async #askFormer(
    record: AccountRecord,
    password: Pick<Attempt, 'typed' | 'prepared' | 'client'>,
  ): Promise<SourceOutcome | undefined> {
    const source = this.#sourceOf(record);
    if (!source || source.keepsVerifiers) return undefined;
    return source.authenticate({ account: record.jid, ...password, record });
  }

  /** Whose address it was, however long ago: it is never given to anybody else. */
  #formerly(address: Jid): Promise<AccountRecord | undefined> {
    return this.#parts.records.forward(address.bare, 0);
  }

  /** The first source that has an entry of that name answers, as for a log-in; nobody has: the first in order. */
  async #explainBy(
    sources: readonly (LoginSource | undefined)[],
    account: Jid,
    record: AccountRecord | undefined,
  ): Promise<Explanation> {
    const explanations: Explanation[] = [];
    for (const source of sources) {
      const explanation = await source?.explain(account, record);
      if (explanation?.dn !== undefined) return explanation;
      if (explanation) explanations.push(explanation);
    }
    return explanations[0]!;
  }

  async #isToken(account: Jid, password: string): Promise<boolean> {
    const { tokens } = this.#parts;
    return tokens !== undefined && isLoginToken(password) && tokens.redeem(account.bare, password);
  }

  async #admit(account: AccountRecord): Promise<LoginOutcome> {
    if (account.state !== 'active') {
      const obstacle = account.state === 'suspended' ? 'suspended' : 'disabled';
      const refused = refuse('account-disabled', `the account is ${account.state}`);
      return this.#refused(account.jid, { ...refused, obstacle });
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

  /** Behind the @ of a log-in name may also stand what no domain here is: a suffix of principals, or of mail. */
  #sourcesFor(domain: string): readonly LoginSource[] {
    const serving = this.#sourcesOf(domain);
    return serving.length > 0 ? serving : this.#parts.sources.filter(({ keepsVerifiers }) => !keepsVerifiers);
  }

  #sourceOf(record: AccountRecord | undefined): LoginSource | undefined {
    return this.#parts.sources.find((source) => source.name === record?.directory);
  }
}

/** Refused for the password alone, which is what is told of an unknown name too. */
function isGuess(outcome: SourceOutcome): boolean {
  return outcome.ok === false && outcome.reason === 'not-authorized' && outcome.obstacle === undefined;
}

function ownOf(source: LoginSource, record: AccountRecord | undefined): AccountRecord | undefined {
  return record?.directory === source.name ? record : undefined;
}

function refuse(reason: (LoginOutcome & { ok: false })['reason'], explanation: string): LoginOutcome & { ok: false } {
  return { ok: false, reason, explanation };
}
