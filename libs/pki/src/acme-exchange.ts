import { isIP } from 'node:net';
import { Client } from 'acme-client';
import type { Clock } from '@interoffice/telemetry';
import type { AcmeServer } from './acme.js';
import { type AcmeConversation, converse } from './acme-conversation.js';
import { type AcmeContext, acmeFailure } from './acme-failure.js';
import { type ChallengeAnswers, type Proof, proofFor } from './acme-proof.js';
import { certificateForm } from './served-names.js';

const POLL_MS = 2_000;
const LONGEST_POLL_MS = 30_000;
const POLLS = 12;

/** With whom, and as whom. */
export interface AcmeParties {
  readonly server: AcmeServer;
  /** For sentences. */
  readonly host: string;
  /** PEM. */
  readonly accountKey: string;
  readonly clock: Clock;
}

/** What is asked for: names, and the request (PKCS #10, PEM) that asks for exactly those. */
export interface AcmeWish {
  readonly names: readonly string[];
  readonly request: string;
}

/** One order's way through an ACME server (RFC 8555 §7.1): the certificate and its chain, PEM, as the server gives them. */
export function exchange(parties: AcmeParties, wish: AcmeWish, answers: ChallengeAnswers): Promise<string> {
  const { server, clock, host } = parties;
  return converse({ trust: server.trust, clock }, (conversation) =>
    new Exchange(clientFor(parties), { host, conversation }).certificate(wish, { answers, account: accountOf(server) }),
  );
}

function clientFor({ server, accountKey }: AcmeParties): Client {
  const { directoryUrl, external, pollMs = POLL_MS } = server;
  return new Client({
    directoryUrl,
    accountKey,
    externalAccountBinding: external && { kid: external.keyId, hmacKey: external.hmacKey },
    backoffAttempts: POLLS,
    backoffMin: pollMs,
    backoffMax: LONGEST_POLL_MS,
  });
}

/**
 * What is said about us when the account is made, RFC 8555 §7.3, and again each time. COMPAT(pebble): without a mail address
 * the list is empty, not left out: the second time that would be a change of nothing, which is refused.
 */
function accountOf({ mail = [], agreesToTerms }: AcmeServer): { termsOfServiceAgreed: boolean; contact: string[] } {
  return { termsOfServiceAgreed: agreesToTerms, contact: mail.map((address) => `mailto:${address}`) };
}

class Exchange {
  constructor(
    private readonly client: Client,
    private readonly at: { readonly host: string; readonly conversation: AcmeConversation },
  ) {}

  async certificate(
    { names, request }: AcmeWish,
    { answers, account }: { readonly answers: ChallengeAnswers; readonly account: ReturnType<typeof accountOf> },
  ): Promise<string> {
    const { client } = this;
    await this.#ask(() => client.createAccount(account), { stage: 'account' });
    const order = await this.#ask(() => client.createOrder({ identifiers: names.map(identifierOf) }));
    // One after the other: the caller may have one place to put an answer.
    for (const authorization of await this.#ask(() => client.getAuthorizations(order))) {
      if (authorization.status !== 'valid') await this.#prove(proofFor(authorization, answers, client));
    }
    const final = await this.#ask(() => client.finalizeOrder(order, request));
    return this.#ask(() => client.getCertificate(final));
  }

  async #prove(proof: Proof): Promise<void> {
    const withdraw = await proof.publish();
    try {
      await this.#ask(() => this.client.completeChallenge(proof.challenge), { proof });
      await this.#ask(() => this.client.waitForValidStatus(proof.challenge), { proof });
    } finally {
      await withdraw();
    }
  }

  async #ask<T>(question: () => Promise<T>, about: Pick<AcmeContext, 'stage' | 'proof'> = {}): Promise<T> {
    try {
      return await question();
    } catch (error) {
      const { host, conversation } = this.at;
      throw acmeFailure(error, { host, problem: conversation.problem, ...about });
    }
  }
}

/** RFC 8555 §9.7.7, RFC 8738 */
function identifierOf(name: string): { type: string; value: string } {
  return { type: isIP(name) ? 'ip' : 'dns', value: certificateForm(name) };
}
