import { Inject, Injectable } from '@nestjs/common';
import type { Login, ProblemCode } from '@interoffice/contract';
import {
  isLoginToken,
  LOGIN_SENTENCES,
  type AccountRecord,
  type Directory,
  type LoginObstacle,
  type LoginOutcome,
} from '@interoffice/directory';
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

  /** The account, or a problem: LOGIN_REFUSED, DIRECTORY_UNREACHABLE, TOO_MANY_ATTEMPTS, or what stands in the way. */
  async check({ jid, password }: Pick<Login, 'jid' | 'password'>, address: string): Promise<AccountRecord> {
    const account = this.#read(jid);
    const name = account?.bare ?? jid.toLowerCase();
    const retryAfter = this.#throttle.begin(name, address);
    if (retryAfter > 0) {
      this.#log.warn('api.login.throttled', { account: name, address, retryAfter });
      throw new ProblemError('TOO_MANY_ATTEMPTS', `Try again in ${Math.ceil(retryAfter / 60)} minutes.`, {
        retryAfter,
      });
    }
    const outcome = await this.#ask(account, password, address).catch((error: unknown) => {
      this.#throttle.undecided(name, address);
      throw error;
    });
    if (outcome.ok) {
      this.#throttle.succeeded(name, address);
      this.#log.info('api.login.succeeded', { account: name, address, role: outcome.account.role });
      return outcome.account;
    }
    // An obstacle is told to who knew the password: that was no guess.
    const isGuess = outcome.obstacle === undefined && outcome.reason !== 'temporary-auth-failure';
    if (isGuess) this.#throttle.failed(name, address);
    else this.#throttle.undecided(name, address);
    const problem = refusal(outcome);
    this.#log.info('api.login.refused', { account: name, address, code: problem.code });
    throw problem;
  }

  async #ask(account: Jid | undefined, password: string, address: string): Promise<LoginOutcome> {
    // A chat token is for one chat and not for a session that could make more of them.
    if (!account || isLoginToken(password)) return { ok: false, reason: 'not-authorized', explanation: '' };
    return this.#directory.authenticate(account, password, address);
  }

  #read(text: string): Jid | undefined {
    const address = tryJid(text.includes('@') ? text : `${text}@${this.#domains[0] ?? ''}`);
    return address?.local === undefined ? undefined : address.toBare();
  }
}

const CODES: Readonly<Record<LoginObstacle, ProblemCode>> = {
  suspended: 'ACCOUNT_DISABLED',
  disabled: 'ACCOUNT_DISABLED',
  expired: 'ACCOUNT_EXPIRED',
  locked: 'ACCOUNT_LOCKED',
  'too-many-attempts': 'ACCOUNT_LOCKED',
  'must-change-password': 'PASSWORD_TO_CHANGE',
  'password-expired': 'PASSWORD_EXPIRED',
  'outside-hours': 'LOGIN_OUT_OF_HOURS',
  'outside-place': 'LOGIN_OUT_OF_PLACE',
  'out-of-group': 'NOT_IN_LOGIN_GROUP',
  unavailable: 'DIRECTORY_UNREACHABLE',
};

function refusal({ reason, obstacle }: Extract<LoginOutcome, { ok: false }>): ProblemError {
  if (reason === 'temporary-auth-failure' && (obstacle ?? 'unavailable') === 'unavailable') {
    return new ProblemError('DIRECTORY_UNREACHABLE', 'Your password was not checked. Try again in a moment.', {
      retryAfter: 5,
    });
  }
  return obstacle === undefined
    ? new ProblemError('LOGIN_REFUSED')
    : new ProblemError(CODES[obstacle], LOGIN_SENTENCES[obstacle]);
}
