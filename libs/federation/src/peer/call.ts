import type { PeerCertificates, PeerJudgement, ShownCertificate } from '@interoffice/pki';
import { S2sOutStream, type S2sFailure, type S2sOutParts } from '@interoffice/stream';
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
  const atMs = parts.clock.now();
  const targets = await parts.resolve(domainToASCII(pair.peer));
  if ('code' in targets) {
    const tookMs = parts.clock.now() - atMs;
    return {
      stream: undefined,
      attempts: [{ atMs, tookMs, target: undefined, stage: 'resolve', ...targets, chain: [] }],
    };
  }
  const attempts: Attempt[] = [];
  for (const target of targets) {
    const { stream, attempt } = await tryTarget(pair, target, parts);
    attempts.push(attempt);
    if (stream) return { stream, attempts };
  }
  return { stream: undefined, attempts };
}

async function tryTarget(
  pair: Pair,
  target: ResolvedTarget,
  parts: CallParts,
): Promise<{ stream: S2sOutStream | undefined; attempt: Attempt }> {
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
    if (outcome instanceof S2sOutStream) {
      return {
        stream: outcome,
        attempt: told('ready', { code: 'ok', text: `Connected to ${target.address} port ${target.port}.` }),
      };
    }
    return { stream: undefined, attempt: told(outcome.stage, outcome) };
  } catch (error) {
    if (!(error instanceof DialFailure)) throw error;
    return { stream: undefined, attempt: told(error.stage, describeDialFailure(error, target)) };
  }
}

async function open(
  { domain, peer }: Pair,
  { address, port, kind }: ResolvedTarget,
  parts: CallParts & { readonly judged: (judgement: PeerJudgement) => void },
): Promise<S2sOutStream | S2sFailure> {
  const { certificates, pins, clock, withinMs, log, counts, stanzaBytes, ended } = parts;
  const prove: S2sOutParts['prove'] = (name, sent) => {
    const judgement = certificates.judge(sent, { domain: name, pins, now: clock.now() });
    parts.judged(judgement);
    return judgement.fault;
  };
  let settle: (outcome: S2sOutStream | S2sFailure) => void = () => undefined;
  const settled = new Promise<S2sOutStream | S2sFailure>((resolve) => (settle = resolve));
  const own = { domain, peer, prove, stanzaBytes, log, counts, ended, ready: settle, unready: settle };
  let stream: S2sOutStream | undefined;
  const at = { host: address, port, kind, servername: domainToASCII(peer), from: parts.from, withinMs };
  await dial(at, parts.dial, (connection) => (stream = new S2sOutStream(connection, own)));
  const late = setTimeout(() => stream!.giveUp('timeout', 'The server was reached, but does not go on.'), withinMs);
  stream!.begin();
  try {
    return await settled;
  } finally {
    clearTimeout(late);
  }
}
