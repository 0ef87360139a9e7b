import { createHmac } from 'node:crypto';
import {
  type Directory,
  isLoginToken,
  type LoginOutcome,
  type LoginTokens,
  type ScramMechanism,
} from '@interoffice/directory';
import type { Authenticator, LoginRefusal, Proof, ScramHash, ScramVerifier } from '@interoffice/stream';
import type { Jid } from '@interoffice/wire';

const MECHANISM: Readonly<Record<ScramHash, ScramMechanism>> = {
  sha1: 'SCRAM-SHA-1',
  sha256: 'SCRAM-SHA-256',
  sha512: 'SCRAM-SHA-512',
};
const LENGTH: Readonly<Record<ScramHash, number>> = { sha1: 20, sha256: 32, sha512: 64 };

const MESSAGES: Readonly<Record<string, string>> = {
  'account-disabled': 'This account is switched off. Please ask your administrator.',
  'temporary-auth-failure': 'The company directory cannot be asked at the moment. Please try again in a minute.',
};

/** What streams ask when somebody logs in, answered by the directories and the token table. */
export class Logins implements Authenticator {
  constructor(
    private readonly directory: Directory,
    private readonly tokens: Pick<LoginTokens, 'redeem'>,
    /** Makes the false verifiers of unknown people; 256 random bits of this installation. */
    private readonly secret: Buffer,
  ) {}

  offersScram(domain: string): boolean {
    return this.directory.hasVerifiers(domain);
  }

  async verifier(account: Jid, hash: ScramHash): Promise<ScramVerifier> {
    return (await this.directory.verifier(account, MECHANISM[hash])) ?? this.#falseVerifier(account, hash);
  }

  async admits(account: Jid): Promise<LoginRefusal | undefined> {
    const state = (await this.directory.standings([account.bare])).get(account.bare)?.state;
    if (!state || state === 'deleted') return { condition: 'not-authorized' };
    return state === 'active' ? undefined : refusal('account-disabled');
  }

  async check(account: Jid, password: string): Promise<LoginRefusal | { proof: Proof; account?: Jid }> {
    if (isLoginToken(password)) {
      const isGood = await this.tokens.redeem(account.bare, password);
      if (!isGood) return { condition: 'not-authorized' };
      return (await this.admits(account)) ?? { proof: 'token' };
    }
    const outcome = await this.directory.authenticate(account, password);
    return outcome.ok ? { proof: 'password', account: outcome.account.jid } : refusal(conditionOf(outcome));
  }

  #falseVerifier(account: Jid, hash: ScramHash): ScramVerifier {
    const derive = (what: string): Buffer =>
      createHmac('sha512', this.secret).update(`${what} ${hash} ${account.bare}`).digest().subarray(0, LENGTH[hash]);
    return {
      salt: derive('salt').subarray(0, 16),
      iterations: 10_000,
      storedKey: derive('stored'),
      serverKey: derive('server'),
    };
  }
}

function conditionOf({ reason }: Extract<LoginOutcome, { ok: false }>): LoginRefusal['condition'] {
  return reason === 'malformed' ? 'not-authorized' : reason;
}

function refusal(condition: LoginRefusal['condition']): LoginRefusal {
  return { condition, text: MESSAGES[condition] };
}
