import type { Jid } from '@interoffice/wire';
import type { LoginRefusal, Proof } from '../authenticator.js';

/** What a mechanism answers to one message of the client. */
export type Step =
  | { readonly challenge: Buffer }
  | { readonly account: Jid; readonly proof: Proof; readonly additional?: Buffer }
  | { readonly refusal: LoginRefusal };

/** One run of a SASL mechanism. RFC 4422. A step never rejects for what the client sent. */
export interface Exchange {
  /** The name that the client has given, once it has. */
  readonly tried: string | undefined;
  step(message: Buffer): Promise<Step> | Step;
}

export function refused(condition: LoginRefusal['condition'], text?: string): Step {
  return { refusal: { condition, text } };
}
