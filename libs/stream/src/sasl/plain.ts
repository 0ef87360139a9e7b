import { preparePassword } from '@interoffice/wire';
import type { Authenticator } from '../authenticator.js';
import { type Exchange, refused, type Step } from './exchange.js';
import { accountOf, decodeUtf8, isAlias, isOwnAuthzid } from './identity.js';

/** SASL PLAIN. RFC 4616: `[authzid] NUL authcid NUL passwd` in one message. */
export class Plain implements Exchange {
  tried: string | undefined;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly domain: string,
    private readonly remoteAddress: string,
  ) {}

  async step(message: Buffer): Promise<Step> {
    const parts = decodeUtf8(message)?.split('\0');
    if (parts?.length !== 3) return refused('malformed-request');
    const [authzid, username, given] = parts as [string, string, string];
    if (username === '') return refused('malformed-request');
    const account = accountOf(username, this.domain);
    this.tried = account?.bare ?? username;
    if (!account) return refused('not-authorized');
    const isOwn = isOwnAuthzid(authzid, account);
    if (!isOwn && !isAlias(account)) return refused('invalid-authzid');
    // RFC 4513 §5.1.2: a directory takes a bind without a password for an anonymous one and says yes to it.
    const password = preparePassword(given);
    if (password === undefined || password.trim() === '') return refused('not-authorized');
    const outcome = await this.authenticator.check(account, password, this.remoteAddress);
    if (!('proof' in outcome)) return { refusal: outcome };
    const whose = outcome.account ?? account;
    // Whose an alias is, is known only now: a client may well ask to act for the very address it belongs to.
    if (!isOwn && !isOwnAuthzid(authzid, whose)) return refused('invalid-authzid');
    return { account: whose, proof: outcome.proof };
  }
}
