import type { Jid } from '@interoffice/wire';
import type { AccountRecords } from '../account-records.js';
import type { AccountRecord, Explanation, ScramMechanism, ScramVerifier } from '../directory.js';
import type { Attempt, LoginSource, SourceOutcome } from '../login-source.js';
import { falseVerifier, isPasswordOf } from './scram.js';

/** The mechanism whose verifier checks a password that arrived as such. */
const CHECKED_WITH = 'SCRAM-SHA-256';

/** Accounts kept here, by their SCRAM verifiers; a password is never stored. */
export class LocalSource implements LoginSource {
  readonly name = 'local';
  readonly keepsVerifiers = true;
  readonly #records: AccountRecords;
  readonly #secret: Buffer;
  readonly #domains: ReadonlySet<string>;

  /** `secret` makes the false salts of unknown names stable; at least 32 random bytes, kept with the data. */
  constructor(options: { records: AccountRecords; secret: Buffer; domains: readonly string[] }) {
    this.#records = options.records;
    this.#secret = options.secret;
    this.#domains = new Set(options.domains);
  }

  serves(domain: string): boolean {
    return this.#domains.has(domain);
  }

  async authenticate({ account, prepared, record }: Attempt): Promise<SourceOutcome> {
    // an unknown name costs the same derivation as a wrong password.
    const fits = await isPasswordOf(await this.verifier(account, CHECKED_WITH), prepared);
    if (!record) return { ok: 'unknown', explanation: 'no such local account' };
    return fits
      ? { ok: true, account: record }
      : { ok: false, reason: 'not-authorized', explanation: 'wrong password' };
  }

  async verifier(account: Jid, mechanism: ScramMechanism): Promise<ScramVerifier> {
    const known = await this.#records.verifier(account.bare, mechanism);
    return known ?? falseVerifier(this.#secret, account.bare, mechanism);
  }

  async explain(account: Jid, record: AccountRecord | undefined): Promise<Explanation> {
    const verifier = await this.#records.verifier(account.bare, CHECKED_WITH);
    const because = !record
      ? ['there is no account of this address']
      : [
          record.state === 'active' ? 'the account is active' : `the account is ${record.state} here`,
          verifier ? 'its password is kept here, as SCRAM verifiers' : 'it has no password yet: set one',
        ];
    return {
      account: account.bare,
      directory: this.name,
      dn: undefined,
      state: record?.state ?? 'unknown',
      mayLogIn: record?.state === 'active' && verifier !== undefined,
      because,
    };
  }

  probe(): Promise<void> {
    return this.#records.probe();
  }
}
