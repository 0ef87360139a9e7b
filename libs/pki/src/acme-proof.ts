import type { Authorization, Client } from 'acme-client';
import { Failure } from '@interoffice/telemetry';

/** Takes back what was served or published. */
export type Withdraw = () => Promise<void>;

/** What the caller does to prove names; one of them is enough, except that wildcards are proven by DNS alone. */
export interface ChallengeAnswers {
  /**
   * Serves `content` at http://NAME/.well-known/acme-challenge/TOKEN (port 80) before it resolves, until it is taken
   * back. RFC 8555 §8.3
   */
  readonly http?: (answer: {
    readonly name: string;
    readonly token: string;
    readonly content: string;
  }) => Promise<Withdraw>;
  /** Publishes a TXT record before it resolves, on every name server, until it is taken back. RFC 8555 §8.4 */
  readonly dns?: (answer: {
    readonly name: string;
    readonly record: string;
    readonly value: string;
  }) => Promise<Withdraw>;
}

/** How one name is going to be proven. */
export interface Proof {
  readonly name: string;
  readonly by: 'http-01' | 'dns-01';
  readonly challenge: Authorization['challenges'][number];
  /** Does what the challenge asks for. */
  readonly publish: () => Promise<Withdraw>;
}

/** The way to prove a name that the server offers and the caller can. Throws ACME_NO_CHALLENGE when there is none. */
export function proofFor(authorization: Authorization, answers: ChallengeAnswers, client: Client): Proof {
  const { identifier, challenges, wildcard: isWildcard = false } = authorization;
  const { http, dns } = answers;
  const name = isWildcard ? `*.${identifier.value}` : identifier.value;
  const byHttp = challenges.find(({ type }) => type === 'http-01');
  if (http && byHttp && !isWildcard) {
    const publish = async (): Promise<Withdraw> =>
      http({ name, token: byHttp.token, content: await client.getChallengeKeyAuthorization(byHttp) });
    return { name, by: 'http-01', challenge: byHttp, publish };
  }
  const byDns = challenges.find(({ type }) => type === 'dns-01');
  if (dns && byDns) {
    const record = `_acme-challenge.${identifier.value}`;
    const publish = async (): Promise<Withdraw> =>
      dns({ name, record, value: await client.getChallengeKeyAuthorization(byDns) });
    return { name, by: 'dns-01', challenge: byDns, publish };
  }
  const offered = challenges.map(({ type }) => type).join(', ') || 'nothing';
  throw new Failure(
    'ACME_NO_CHALLENGE',
    `The authority lets ${name} be proven by ${offered}; none of that is set up here. Wildcards need dns-01.`,
  );
}
