import type { PeerCertificates, PeerJudgement, ShownCertificate } from '@interoffice/pki';
import { type DialbackKeys, S2sOutStream, type S2sFailure, type S2sOutParts } from '@interoffice/stream';
import type { Clock } from '@interoffice/telemetry';
import { dial, DialFailure, type DialParts } from '@interoffice/transport';
import { domainToASCII } from 'node:url';
import { type Attempt, describeDialFailure, type Stage } from './attempt.js';
import type { ResolvedTarget, ResolveFailure } from './resolve.js';

/** One of our domains and one of somebody else's: what a stream between servers carries. */
export interface Pair {
  readonly domain: string;
  readonly peer: string;
}

export interface CallParts {
  /** Where the peer is, by DNS or by its route. */
  readonly resolve: (peer: string) => Promise<readonly ResolvedTarget[] | ResolveFailure>;
  readonly certificates: PeerCertificates;
  /** The only keys that are the peer's; empty: whoever an authority vouches for. */
  readonly pins: readonly string[];
  readonly dial: DialParts;
  /** The source address, where one is set. */
  readonly from?: string | undefined;
  readonly log: S2sOutParts['log'];
  readonly counts: S2sOutParts['counts'];
  readonly stanzaBytes: number;
  /** For each station of the network, and once for what is said until the stream is ready. */
  readonly withinMs: number;
  readonly clock: Clock;
  /** Our keys, where this peer may do without a certificate that holds; off for all others. XEP-0220 */
  readonly dialback?: DialbackKeys | undefined;
  /** Of what was sent the peer has taken so many more stanzas. */
  readonly acknowledged?: S2sOutParts['acknowledged'];
  /** The stream was ready and is over. */
  readonly ended: S2sOutParts['ended'];
}

/** The stream that is ready, if one is, and every try that led there. */
export interface CallOutcome {
  readonly stream: S2sOutStream | undefined;
  /** At least one, in their order; the last one says what became of it. */
  readonly attempts: readonly Attempt[];
}

/** Opens a stream to a peer: the first of its servers that proves to be it. Never rejects for what a peer or a network does. */
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

/** What a stream is opened for: says to `settle` when it has been reached. */
type Wish<T> = (settle: (outcome: T) => void) => Partial<Pick<S2sOutParts, 'ready' | 'question'>>;

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

type TryParts<T> = CallParts & { readonly wish: Wish<T> };

async function tryTarget<T extends object>(
  pair: Pair,
  target: ResolvedTarget,
  parts: TryParts<T>,
): Promise<{ outcome: T | undefined; attempt: Attempt }> {
  const atMs = parts.clock.now();
  let chain: readonly ShownCertificate[] = [];
  const told = (stage: Stage, { code, text }: { code: string; text: string }): Attempt => ({
    atMs,
    tookMs: parts.clock.now() - atMs,
    target,
    stage,
    code,
    text,
    chain,
  });
  const judged = (judgement: PeerJudgement): void => void (chain = judgement.chain);
  try {
    const outcome = await open(pair, target, { ...parts, judged });
    if ('stage' in outcome) return { outcome: undefined, attempt: told(outcome.stage, outcome) };
    const text = `Connected to ${target.address} port ${target.port}.`;
    return { outcome: outcome.reached, attempt: told('ready', { code: 'ok', text }) };
  } catch (error) {
    if (!(error instanceof DialFailure)) throw error;
    return { outcome: undefined, attempt: told(error.stage, describeDialFailure(error, target)) };
  }
}

async function open<T extends object>(
  { domain, peer }: Pair,
  { address, port, kind }: ResolvedTarget,
  parts: TryParts<T> & { readonly judged: (judgement: PeerJudgement) => void },
): Promise<{ reached: T } | S2sFailure> {
  const { certificates, pins, clock, withinMs, log, counts, stanzaBytes, dialback, acknowledged, ended } = parts;
  const prove: S2sOutParts['prove'] = (name, sent) => {
    const judgement = certificates.judge(sent, { domain: name, pins, now: clock.now() });
    parts.judged(judgement);
    return judgement.fault;
  };
  const { promise: settled, resolve: settle } = Promise.withResolvers<{ reached: T } | S2sFailure>();
  const about = { domain, peer, prove, stanzaBytes, log, counts, dialback, acknowledged, ended, unready: settle };
  const own: S2sOutParts = { ready: () => undefined, ...about, ...parts.wish((reached) => settle({ reached })) };
  let stream: S2sOutStream | undefined;
  const at = { host: address, port, kind, servername: domainToASCII(peer), from: parts.from, withinMs };
  await dial(at, parts.dial, (connection) => (stream = new S2sOutStream(connection, own)));
  const late = setTimeout(() => stream!.giveUp('timeout', 'The server was reached, but does not go on.'), withinMs);
  stream!.begin();
  try {
    return await settled;
  } finally {
    clearTimeout(late);
    if (own.question) stream!.end();
  }
}
