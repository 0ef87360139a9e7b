// acme-client has one HTTP client for the whole process. Whom a conversation trusts, and what its server complained of,
// is kept apart here, so that several can go on at once.
import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent } from 'node:https';
import { axios } from 'acme-client';
import type { Clock } from '@interoffice/telemetry';
import { type AcmeProblem, problemIn } from './acme-problem.js';

const WITHIN_MS = 30_000;
const MOST_BYTES = 1_048_576;

/** What one conversation with a server has of its own. */
export interface AcmeConversation {
  readonly agent: Agent;
  readonly clock: Clock;
  /** What the last answer complained of. */
  problem: AcmeProblem | undefined;
}

const conversations = new AsyncLocalStorage<AcmeConversation>();

/** Runs `work`, whose requests trust `trust` (PEM; undefined: the public authorities) and nobody else. */
export async function converse<T>(
  { trust, clock }: { readonly trust: readonly string[] | undefined; readonly clock: Clock },
  work: (conversation: AcmeConversation) => Promise<T>,
): Promise<T> {
  const agent = new Agent({ ca: trust === undefined ? undefined : [...trust], keepAlive: true });
  const conversation: AcmeConversation = { agent, clock, problem: undefined };
  try {
    return await conversations.run(conversation, work, conversation);
  } finally {
    agent.destroy();
  }
}

// The client's own interceptors try again by themselves, for as long as a server tells them to, and lose the reason when
// there was no answer at all. When to try again is for `planRenewal`.
axios.interceptors.request.clear();
axios.interceptors.response.clear();

axios.interceptors.request.use((config) => {
  const conversation = conversations.getStore();
  if (!conversation) return config;
  conversation.problem = undefined;
  // A directory may send us anywhere, but not past TLS. RFC 8555 §6.1
  if (!config.url?.startsWith('https://')) throw new Error('the server names an address that is not https');
  return Object.assign(config, {
    httpsAgent: conversation.agent,
    // One of the environment is nobody's setting here.
    proxy: false,
    timeout: WITHIN_MS,
    maxContentLength: MOST_BYTES,
    maxRedirects: 0,
  });
});

axios.interceptors.response.use((response) => {
  const conversation = conversations.getStore();
  if (conversation) {
    const { status, data, headers } = response;
    conversation.problem = problemIn({ status, data, retryAfter: headers['retry-after'] }, conversation.clock.now());
  }
  return response;
});
