import { type Entry, PasswordPolicyControl } from 'ldapts';
import { isAnswer } from './answer.js';
import type { LdapPool } from './pool.js';

/**
 * Whether the directory says with a refused bind what its password policy has against it
 * (draft-behera-ldap-password-policy). Asked once; directories that never heard of the control may choke on it.
 */
export class PasswordPolicy {
  readonly #pool: LdapPool;
  #isOffered: Promise<boolean> | undefined;

  constructor(pool: LdapPool) {
    this.#pool = pool;
  }

  /** To be sent with one bind and read after it; undefined where the directory does not offer it. Rejects as the pool. */
  async control(): Promise<PasswordPolicyControl | undefined> {
    this.#isOffered ??= this.#ask().catch((error: unknown) => {
      if (isAnswer(error)) return false;
      this.#isOffered = undefined;
      throw error;
    });
    return (await this.#isOffered) ? new PasswordPolicyControl() : undefined;
  }

  async #ask(): Promise<boolean> {
    const search = { scope: 'base' as const, attributes: ['supportedControl'] };
    const [root] = await this.#pool.use((connection) => connection.search('', search));
    return root !== undefined && controlsOf(root).includes(PasswordPolicyControl.type);
  }
}

function controlsOf(root: Entry): readonly string[] {
  const name = Object.keys(root).find((key) => key.toLowerCase() === 'supportedcontrol');
  return name === undefined ? [] : [root[name] ?? []].flat().map(String);
}
