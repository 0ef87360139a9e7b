import type { S2sOutStream } from '@interoffice/stream';
import { domainToASCII } from 'node:url';
import type { Attempt } from './attempt.js';
import { type CallParts, type Pair, tryTarget, type Wish } from './try-target.js';

export type { CallParts, Pair } from './try-target.js';

/** The stream that is ready, if one is, and every try that led there. */
export interface CallOutcome {
  readonly stream: S2sOutStream | undefined;
  /** At least one, in their order; the last one says what became of it. */
  readonly attempts: readonly Attempt[];
}

/** Opens a stream to a peer: the first of its servers that proves to be it. Never rejects for what a peer, a proxy or a network does. */
export async function call(pair: Pair, parts: CallParts): Promise<CallOutcome> {
  const { outcome, attempts } = await reach<S2sOutStream>(pair, parts, (settle) => ({ ready: settle }));
  return { stream: outcome, attempts };
}

/** What the server of a domain says about a key that was shown in its name; undefined when nobody there says anything. */
export interface KeyOutcome {
  readonly isValid: boolean | undefined;
  readonly attempts: readonly Attempt[];
}

/**
 * Asks the server that DNS names for the peer's domain whether a key is its own, over a stream for this question alone;
 * its certificate need not hold, or the key would not be needed. XEP-0220 §2.1.2. Never rejects either.
 */
export async function askAboutKey(
  pair: Pair,
  shown: { readonly streamId: string; readonly key: string },
  parts: Omit<CallParts, 'acknowledged' | 'ended' | 'dialback'>,
): Promise<KeyOutcome> {
  const silent = { ...parts, ended: () => undefined };
  const { outcome, attempts } = await reach<{ isValid: boolean }>(pair, silent, (settle) => ({
    question: { ...shown, answered: (isValid) => settle({ isValid }) },
  }));
  return { isValid: outcome?.isValid, attempts };
}

async function reach<T extends object>(
  pair: Pair,
  parts: CallParts,
  wish: Wish<T>,
): Promise<{ outcome: T | undefined; attempts: readonly Attempt[] }> {
  const atMs = parts.clock.now();
  const targets = await parts.resolve(domainToASCII(pair.peer));
  if ('code' in targets) {
    const tookMs = parts.clock.now() - atMs;
    const attempt = { atMs, tookMs, target: undefined, stage: 'resolve' as const, ...targets, chain: [] };
    return { outcome: undefined, attempts: [attempt] };
  }
  const attempts: Attempt[] = [];
  for (const target of targets) {
    const { outcome, attempt } = await tryTarget(pair, target, { ...parts, wish });
    attempts.push(attempt);
    if (outcome) return { outcome, attempts };
  }
  return { outcome: undefined, attempts };
}
