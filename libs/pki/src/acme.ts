import { type Clock, Failure } from '@interoffice/telemetry';
import { ensureAccountKey } from './acme-account.js';
import type { ChallengeAnswers } from './acme-proof.js';
import { type KeyType, makeRequest } from './certificate-request.js';
import { checkPair, type CheckedPair } from './checked-pair.js';

/** An ACME server and our account with it. RFC 8555 */
export interface AcmeServer {
  /** https only. RFC 8555 §6.1 */
  readonly directoryUrl: string;
  /** The file with the key of our account; made when it is missing. */
  readonly accountKey: string;
  /** The only authorities that may vouch for the server, PEM; without them, the public ones. */
  readonly trust?: readonly string[];
  /** Where the operator may write to. */
  readonly mail?: readonly string[];
  /** Whether somebody has read the operator's terms of service and agreed to them. */
  readonly agreesToTerms: boolean;
  /** An account made at the operator's, with the key (base64url) they gave for it. RFC 8555 §7.3.4 */
  readonly external?: { readonly keyId: string; readonly hmacKey: string };
  /** The first pause between two looks at what the server has checked; later ones are longer. */
  readonly pollMs?: number;
}

/** What is ordered. */
export interface AcmeOrder {
  readonly names: readonly string[];
  readonly key?: KeyType;
  /** The roots that the chain is followed to, PEM. */
  readonly roots: readonly string[];
}

/** Gets certificates from an ACME server, whoever runs it. */
export class AcmeAuthority {
  readonly #host: string;

  /** Throws ACME_DIRECTORY_INVALID when the URL is none of https. */
  constructor(
    private readonly server: AcmeServer,
    private readonly clock: Clock,
  ) {
    const url = URL.parse(server.directoryUrl);
    if (url?.protocol !== 'https:') {
      throw new Failure('ACME_DIRECTORY_INVALID', 'The directory of an ACME server is a URL that begins with https://');
    }
    this.#host = url.host;
  }

  /**
   * A new key and certificate for the names, judged as `checkPair` does; nothing is written but the account's key.
   * What `answers` serves or publishes is taken back before it resolves. Rejects with ACME_UNREACHABLE, ACME_UNTRUSTED,
   * ACME_ACCOUNT_REFUSED, ACME_NAME_REFUSED, ACME_NO_CHALLENGE, ACME_CHALLENGE_FAILED, ACME_RATE_LIMITED,
   * ACME_SERVER_FAILED, ACME_REFUSED, ACME_FAILED, like `checkPair`, or as a function of `answers` does.
   */
  async obtain({ names, key, roots }: AcmeOrder, answers: ChallengeAnswers): Promise<CheckedPair> {
    const accountKey = await ensureAccountKey(this.server.accountKey);
    const made = await makeRequest(names, { key, names: 'plain' });
    // The client takes a third of a second to load; most processes never need it.
    const { exchange } = await import('./acme-exchange.js');
    const at = { server: this.server, host: this.#host, accountKey, clock: this.clock };
    const certificate = await exchange(at, { names, request: made.request }, answers);
    return checkPair({ key: made.key, certificate }, { names, roots, now: this.clock.now() });
  }
}
