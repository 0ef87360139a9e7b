import { createHmac } from 'node:crypto';
import {
  type Directory,
  isLoginToken,
  LOGIN_SENTENCES,
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

  async admits(account: Jid): Promise<LoginRefusal | { account: Jid }> {
    const standing = (await this.directory.standings([account.bare])).get(account.bare);
    const { state, jid } = standing ?? (await this.directory.whose(account)) ?? { jid: account };
    if (!state || state === 'deleted') return { condition: 'not-authorized' };
    if (state !== 'active') return { condition: 'account-disabled', text: LOGIN_SENTENCES[state] };
    return jid.domain === account.domain ? { account: jid } : elsewhere(jid);
  }

  async check(
    account: Jid,
    password: string,
    remoteAddress: string,
  ): Promise<LoginRefusal | { proof: Proof; account?: Jid }> {
    if (isLoginToken(password)) {
      const isGood = await this.tokens.redeem(account.bare, password);
      if (!isGood) return { condition: 'not-authorized' };
      const admitted = await this.admits(account);
      return 'account' in admitted ? { proof: 'token', account: admitted.account } : admitted;
    }
    const outcome = await this.directory.authenticate(account, password, remoteAddress);
    if (!outcome.ok) return refusal(outcome);
    const whose = outcome.account.jid;
    if (whose.domain !== account.domain) return elsewhere(whose);
    return { proof: 'password', account: whose };
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

/** A stream is of one domain, and so is everybody on it; who typed the right password may know where they belong. */
function elsewhere({ bare }: Jid): LoginRefusal {
  return { condition: 'not-authorized', text: `Your address is ${bare}. Please log in with it.` };
}

function refusal({ reason, obstacle }: Extract<LoginOutcome, { ok: false }>): LoginRefusal {
  const condition = reason === 'malformed' ? 'not-authorized' : reason;
  return { condition, text: obstacle && LOGIN_SENTENCES[obstacle] };
}
