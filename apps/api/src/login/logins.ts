import { Inject, Injectable } from '@nestjs/common';
import type { Login } from '@interoffice/contract';
import { isLoginToken, type AccountRecord, type Directory, type LoginRefusal } from '@interoffice/directory';
import type { Clock, Log } from '@interoffice/telemetry';
import { tryJid, type Jid } from '@interoffice/wire';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';
import { LoginThrottle } from './login-throttle.js';

/** Checks names and passwords for the API, and slows down whoever guesses. */
@Injectable()
export class Logins {
  readonly #directory: Directory;
  readonly #domains: readonly string[];
  readonly #throttle: LoginThrottle;
  readonly #log: Log;

  constructor(
    @Inject(PORT.directory) directory: Directory,
    @Inject(PORT.domains) domains: readonly string[],
    @Inject(PORT.clock) clock: Clock,
    @Inject(PORT.log) log: Log,
  ) {
    this.#directory = directory;
    this.#domains = domains;
    this.#throttle = new LoginThrottle(clock);
    this.#log = log;
  }

  /** The account, or a problem: LOGIN_REFUSED, ACCOUNT_DISABLED, DIRECTORY_UNREACHABLE, TOO_MANY_ATTEMPTS. */
  async check({ jid, password }: Pick<Login, 'jid' | 'password'>, address: string): Promise<AccountRecord> {
    const account = this.#read(jid);
    const name = account?.bare ?? jid.toLowerCase();
    const retryAfter = this.#throttle.waitSeconds(name, address);
    if (retryAfter > 0) {
      this.#log.warn('api.login.throttled', { account: name, address, retryAfter });
      throw new ProblemError('TOO_MANY_ATTEMPTS', `Try again in ${Math.ceil(retryAfter / 60)} minutes.`, {
        retryAfter,
      });
    }
    const outcome = await this.#ask(account, password);
    if (outcome.ok) {
      this.#throttle.succeeded(name, address);
      this.#log.info('api.login.succeeded', { account: name, address, role: outcome.account.role });
      return outcome.account;
    }
    if (outcome.reason !== 'temporary-auth-failure') this.#throttle.failed(name, address);
    const problem = refusal(outcome.reason);
    this.#log.info('api.login.refused', { account: name, address, code: problem.code });
    throw problem;
  }

  async #ask(account: Jid | undefined, password: string) {
    // A chat token is for one chat and not for a session that could make more of them.
    if (!account || isLoginToken(password)) return { ok: false as const, reason: 'not-authorized' as const };
    return this.#directory.authenticate(account, password);
  }

  #read(text: string): Jid | undefined {
    const address = tryJid(text.includes('@') ? text : `${text}@${this.#domains[0] ?? ''}`);
    return address?.local === undefined ? undefined : address.toBare();
  }
}

function refusal(reason: LoginRefusal): ProblemError {
  if (reason === 'temporary-auth-failure') {
    return new ProblemError('DIRECTORY_UNREACHABLE', 'Your password was not checked. Try again in a moment.', {
      retryAfter: 5,
    });
  }
  if (reason === 'account-disabled') return new ProblemError('ACCOUNT_DISABLED', 'Ask your administrator.');
  return new ProblemError('LOGIN_REFUSED');
}
