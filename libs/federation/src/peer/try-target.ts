import type { PeerCertificates, PeerJudgement, ShownCertificate } from '@interoffice/pki';
import { type DialbackKeys, S2sOutStream, type S2sFailure, type S2sOutParts } from '@interoffice/stream';
import type { Clock } from '@interoffice/telemetry';
import { dial, DialFailure, type DialParts, type ProxyAt } from '@interoffice/transport';
import { domainToASCII } from 'node:url';
import { type Attempt, describeDialFailure, describeSuccess, type Stage } from './attempt.js';
import { shownProxy } from './proxy-texts.js';
import type { ResolvedTarget, ResolveFailure } from './resolve.js';
import { judgeFor } from './route.js';

/** One of our domains and one of somebody else's: what a stream between servers carries. */
export interface Pair {
  readonly domain: string;
  readonly peer: string;
}

export interface CallParts {
  /** Where the peer is, by DNS or by its route, and whom its certificate has to stand for there. */
  readonly resolve: (peer: string) => Promise<readonly ResolvedTarget[] | ResolveFailure>;
  readonly certificates: PeerCertificates;
  /** The only keys that are the peer's; empty: whoever an authority vouches for. */
  readonly pins: readonly string[];
  readonly dial: DialParts;
  /** The source address, where one is set. */
  readonly from?: string | undefined;
  /** What this peer is called through, where that is set. */
  readonly proxy?: ProxyAt | undefined;
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
  /** What the peer sends on the stream, where it may send there. XEP-0288 */
  readonly incoming?: IncomingWish | undefined;
  /** The stream was ready and is over. */
  readonly ended: S2sOutParts['ended'];
}

type Incoming = NonNullable<S2sOutParts['incoming']>;

/** Who takes what comes over a stream of a pair's. */
export type IncomingWish = Omit<Incoming, 'proven'> & {
  readonly proven: (stream: S2sOutStream, pair: Pair) => ReturnType<Incoming['proven']>;
};

/** What a stream is opened for: says to `settle` when it has been reached. */
export type Wish<T> = (settle: (outcome: T) => void) => Partial<Pick<S2sOutParts, 'ready' | 'question'>>;

type TryParts<T> = CallParts & { readonly wish: Wish<T> };

/** Opens a stream at one place. Never rejects for what a peer, a proxy or a network does. */
export async function tryTarget<T extends object>(
  pair: Pair,
  target: ResolvedTarget,
  parts: TryParts<T>,
): Promise<{ outcome: T | undefined; attempt: Attempt }> {
  const atMs = parts.clock.now();
  const proxy = parts.proxy && shownProxy(parts.proxy);
  let chain: readonly ShownCertificate[] = [];
  const told = (stage: Stage, { code, text }: { code: string; text: string }): Attempt => {
    const tookMs = parts.clock.now() - atMs;
    return { atMs, tookMs, target, ...(proxy && { proxy }), stage, code, text, chain };
  };
  const judged = (judgement: PeerJudgement): void => void (chain = judgement.chain);
  try {
    const outcome = await open(pair, target, { ...parts, judged });
    if ('stage' in outcome) return { outcome: undefined, attempt: told(outcome.stage, outcome) };
    const text = describeSuccess(target, proxy);
    return { outcome: outcome.reached, attempt: told('ready', { code: 'ok', text }) };
  } catch (error) {
    if (!(error instanceof DialFailure)) throw error;
    return { outcome: undefined, attempt: told(error.stage, describeDialFailure(error, target, parts.proxy)) };
  }
}

async function open<T extends object>(
  { domain, peer }: Pair,
  { address, port, kind, servername = peer, identity }: ResolvedTarget,
  parts: TryParts<T> & { readonly judged: (judgement: PeerJudgement) => void },
): Promise<{ reached: T } | S2sFailure> {
  const { certificates, pins, clock, withinMs, log, counts, stanzaBytes, dialback, acknowledged, ended } = parts;
  const incoming = parts.incoming && {
    ...parts.incoming,
    proven: (stream: S2sOutStream) => parts.incoming!.proven(stream, { domain, peer }),
  };
  const prove: S2sOutParts['prove'] = (name, sent) => {
    const judgement = judgeFor(certificates, sent, { identity: identity ?? [name], pins, now: clock.now() });
    parts.judged(judgement);
    return judgement.fault;
  };
  const { promise: settled, resolve: settle } = Promise.withResolvers<{ reached: T } | S2sFailure>();
  const about = {
    domain,
    peer,
    prove,
    stanzaBytes,
    log,
    counts,
    dialback,
    acknowledged,
    incoming,
    ended,
    unready: settle,
  };
  const own: S2sOutParts = { ready: () => undefined, ...about, ...parts.wish((reached) => settle({ reached })) };
  let stream: S2sOutStream | undefined;
  const { from, proxy } = parts;
  const at = { host: address, port, kind, servername: domainToASCII(servername), from, proxy, withinMs };
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
