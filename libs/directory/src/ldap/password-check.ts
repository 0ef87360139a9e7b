import type { PasswordPolicyControl } from 'ldapts';
import type { Clock, Log } from '@interoffice/telemetry';
import type { LockedOut } from './lockout.js';
import { DEFAULT_LOCKOUT, Lockout, type LockoutOptions } from './lockout.js';
import { bindRefusal, obstructed, type BindRefusal } from './bind-refusal.js';
import type { PasswordPolicy } from './password-policy.js';
import type { LdapPool } from './pool.js';
import { type Tried, WrongPasswords } from './wrong-passwords.js';

/** A password to be judged by the directory. */
export interface Judgement extends Tried {
  readonly dn: string;
  /** Network address of who tries; empty where it is not known. */
  readonly client: string;
  /** The entry says that it is locked: then even the right password may have been refused, and is not to be remembered. */
  readonly isLocked: boolean;
}

/** What a check needs of its surroundings. */
export interface PasswordCheckParts {
  /** Not bound as the service account; nothing but passwords of people is ever asked on it. */
  readonly pool: LdapPool;
  readonly policy: PasswordPolicy;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Has passwords judged by the directory, each by a bind, and as few of them as possible: not for who had too many wrong
 * ones, not twice for the same wrong one, once for several at the same time.
 */
export class PasswordCheck {
  readonly #parts: PasswordCheckParts;
  readonly #lockout: Lockout;
  readonly #wrong: WrongPasswords;
  readonly #running = new Map<string, Promise<BindRefusal | undefined>>();

  constructor(parts: PasswordCheckParts, lockout: LockoutOptions = DEFAULT_LOCKOUT) {
    this.#parts = parts;
    this.#lockout = new Lockout(lockout, parts.clock);
    this.#wrong = new WrongPasswords(parts.clock);
  }

  /** Undefined when the password is right. Never rejects: a directory that does not answer is a refusal of its own kind. */
  async judge(judgement: Judgement): Promise<BindRefusal | undefined> {
    const { account, client } = judgement;
    const waitMs = this.#lockout.waitMs(account, client);
    if (waitMs > 0)
      return obstructed('too-many-attempts', `blocked here for ${Math.ceil(waitMs / 1000)} s after wrong passwords`);
    if (this.#wrong.has(judgement))
      return {
        reason: 'not-authorized',
        explanation: 'the same wrong password again; the directory was not asked',
        isWrongPassword: true,
      };
    const refusal = await this.#once(judgement);
    if (!refusal) this.#lockout.succeeded(account, client);
    return refusal;
  }

  lockedOut(account: string): readonly LockedOut[] {
    return this.#lockout.lockedOut(account);
  }

  #once(judgement: Judgement): Promise<BindRefusal | undefined> {
    const digest = this.#wrong.digest(judgement);
    const running = this.#running.get(digest);
    if (running) return running;
    const bind = this.#bind(judgement).finally(() => this.#running.delete(digest));
    this.#running.set(digest, bind);
    return bind;
  }

  async #bind(judgement: Judgement): Promise<BindRefusal | undefined> {
    const { dn, password } = judgement;
    let policy: PasswordPolicyControl | undefined;
    try {
      policy = await this.#parts.policy.control();
      await this.#parts.pool.use((connection) => connection.bind(dn, password, policy && [policy]));
      return undefined;
    } catch (error) {
      const refusal = bindRefusal(error, policy?.value?.error);
      if (!refusal.isWrongPassword) return refusal;
      this.#count(judgement);
      return judgement.isLocked ? obstructed('locked', `${refusal.explanation}; the entry is locked`) : refusal;
    }
  }

  #count(judgement: Judgement): void {
    const { account, client, isLocked } = judgement;
    if (!isLocked) this.#wrong.remember(judgement);
    if (this.#lockout.failed(account, client)) this.#parts.log.warn('directory.login.blocked', { account, client });
  }
}
