// A request's way from made to live: rules without I/O.
import { Failure } from '@interoffice/telemetry';
import type { KeyType } from './certificate-request.js';

/** What is kept about a request. Times in milliseconds since 1970. */
export interface RequestRecord {
  readonly id: string;
  readonly names: readonly string[];
  readonly keyType: KeyType;
  readonly madeAt: number;
  readonly sent?: { readonly to: string; readonly at: number };
  /** The certificate that came: it was found good. */
  readonly answer?: RequestAnswer;
  /** When the answer was last put in place. */
  readonly liveSince?: number;
}

/** What is kept about an answer. */
export interface RequestAnswer {
  readonly at: number;
  /** The certificate and its chain, PEM, in the order TLS sends them. */
  readonly certificate: string;
  /** As in the certificate's facts. */
  readonly fingerprint: string;
  readonly issuer: string;
  readonly notAfter: number;
}

/** `sent`: waited for. `replaced`: it was live, another one is now. */
export type RequestState = 'made' | 'sent' | 'answered' | 'live' | 'replaced';

/**
 * Where a request stands. What is live is read from the pair in use, not from the record: nothing that swaps it, and no
 * power cut in between, can make the two disagree.
 */
export function stateOf({ sent, answer, liveSince }: RequestRecord, inUse: string | undefined): RequestState {
  if (answer === undefined) return sent === undefined ? 'made' : 'sent';
  if (answer.fingerprint === inUse) return 'live';
  return liveSince === undefined ? 'answered' : 'replaced';
}

/** Since when an answer is waited for, and from whom; undefined when none is. */
export function waitingFor({
  sent,
  answer,
}: RequestRecord): { readonly since: number; readonly of: string } | undefined {
  return sent !== undefined && answer === undefined ? { since: sent.at, of: sent.to } : undefined;
}

/** It went to an authority; again, when it is sent to another one. Throws REQUEST_STATE once it is answered. */
export function recordSent(record: RequestRecord, sent: { readonly to: string; readonly at: number }): RequestRecord {
  if (record.answer === undefined) return { ...record, sent };
  throw new Failure(
    'REQUEST_STATE',
    'The request was answered already. Make a new one for another certificate: each has a key of its own.',
  );
}

/** Its certificate came, also when nobody said that it was sent. Throws REQUEST_STATE once one of them was live. */
export function recordAnswer(record: RequestRecord, answer: RequestAnswer): RequestRecord {
  if (record.liveSince === undefined) return { ...record, answer };
  throw new Failure(
    'REQUEST_STATE',
    'The certificate of this request was in use already. Make a new request: each certificate has a key of its own.',
  );
}

/** It is put in place, or put back. Throws REQUEST_STATE when there is nothing to put. */
export function recordLive(record: RequestRecord, at: number): RequestRecord & { readonly answer: RequestAnswer } {
  const { answer } = record;
  if (answer !== undefined) return { ...record, answer, liveSince: at };
  throw new Failure('REQUEST_STATE', 'The request has not been answered: there is no certificate to put in place.');
}
