import './events.js';
import type { Link, LinkEnd, LinkSink } from '@interoffice/cluster';
import type { PeerTrust } from '@interoffice/pki';
import { Policy } from '@interoffice/policy';
import {
  bidi,
  dialback,
  dialbackAnswers,
  type DialbackKeys,
  external,
  type PeerRefusal,
  S2sInStream,
  type S2sInParts,
  serverStreamManagement,
  type StreamSender,
  starttls,
  streamLimits,
} from '@interoffice/stream';
import type { Clock, Count, Log, Metrics } from '@interoffice/telemetry';
import { StreamError } from '@interoffice/wire';
import type { Connection, DialParts, ProxyAt } from '@interoffice/transport';
import { jsonFrame, NumberedBytes, numbers, readJson, TO_GATEWAY, TO_SERVER } from '../link/frames.js';
import type {
  AttemptFacts,
  Calling,
  GatewayReport,
  GatewaySetUp,
  StreamBothWays,
  StreamOpened,
  Tested,
  Testing,
  TurnedAway,
} from '../link/shapes.js';
import { Relays } from '../link/relays.js';
import { SeenCertificates } from '../link/seen-certificates.js';
import { Allowance } from './allowance.js';
import { Arrival } from './arrival.js';
import { Caller, factsOf } from './caller.js';
import { askAboutKey, call, type CallParts } from './call.js';
import { type CountedStream, Figures } from './figures.js';
import { resolveByHostMeta } from './host-meta.js';
import { type ResolveParts, resolvePeer, resolveTarget } from './resolve.js';
import type { HostMetaFault } from './host-meta-page.js';
import { KnownPeers } from './known-peers.js';
import { readShown } from './read-shown.js';
import { SharedStreams } from './shared-streams.js';

export interface GatewayParts {
  readonly dial: DialParts;
  readonly resolve: ResolveParts;
  readonly trust: PeerTrust;
  /** Keys of this office for dialback, where a peer may use it. */
  readonly dialback: DialbackKeys | undefined;
  readonly from: string | undefined;
  /** What all calls go through, where the network lets nothing else out. */
  readonly proxy: ProxyAt | undefined;
  readonly withinMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly counts: { readonly errors: Count; readonly faults: Count };
  readonly metrics: Pick<Metrics, 'counter' | 'gauge' | 'gauges'>;
}

/** before a peer has proved its domain, and afterwards. */
const LIMITS = { preAuthBytes: 8_192, preAuthElements: 32, stanzaBytes: 524_288 };
const IDLE_SECONDS = 600;
/** Honest peers have one stream for two domains, and another for a moment when they renew it. */
const MOST_STREAMS_ALIKE = 8;
const PEER_MAY_SEND = { perSecond: 5_000, burst: 10_000 };
/** One that passes things on has a stream for each pair that it does so for. */
const MOST_STREAMS_OF_OFFICES = 64;
const NOBODY: GatewaySetUp = { domains: [], rules: [], peers: [], relay: [] };

/**
 * One office's side to the world: streams to and from other servers. It goes by what the server behind the link says, and
 * without a link it lets nobody in and calls nobody.
 */
export class Gateway {
  /** Every stream that a peer has opened, while it is up. */
  readonly streams = new Set<S2sInStream>();
  /** What peers have shown, whichever side called. */
  readonly seen = new SeenCertificates();
  #setUp = NOBODY;
  #policy: Policy;
  readonly #peers: KnownPeers;
  #relays = new Relays(NOBODY);
  #link: Link | undefined;
  readonly #callers = new Map<number, Caller>();
  readonly #arrivals = new Map<number, Arrival>();
  readonly #figures: Figures;
  #report: GatewayReport | undefined;
  readonly #numbers = new WeakMap<S2sInStream, number>();
  /** Those among the streams that lines may go over. */
  readonly #shared: SharedStreams;
  readonly #allowances = new Map<string, Allowance>();
  #lastStream = 0;
  readonly #stanza = new NumberedBytes();
  readonly #in: Omit<S2sInParts, 'admits' | 'prove'>;

  constructor(private readonly parts: GatewayParts) {
    this.#policy = new Policy([], 0, parts.clock);
    this.#peers = new KnownPeers(parts.trust, parts.clock, parts.proxy !== undefined);
    this.#shared = new SharedStreams(({ peer, connection }) => {
      const { fault } = this.#peers.judge(peer!, connection.secure?.peerCertificates ?? []);
      return fault === undefined;
    });
    this.#in = this.#inParts();
    this.#figures = new Figures({
      metrics: parts.metrics,
      isLinked: () => this.#link !== undefined,
      streams: () => this.#counted(),
    });
  }

  /** The server is linked, and has said whom this gateway is to talk to. */
  get isSetUp(): boolean {
    return this.#setUp !== NOBODY;
  }

  /** Tells who administers the server, now and whenever the link is made anew, until something else is to be told. */
  report(report: GatewayReport): void {
    this.#report = report;
    this.#tell(TO_SERVER.reported, report);
  }

  /** The server has dialled: what a link before it was told is void. */
  readonly takeLink = (link: Link): LinkSink => {
    this.#link?.destroy({ code: 'refused', text: 'Another link of the server has taken its place.' });
    this.#forget();
    this.#link = link;
    if (this.#report) this.#tell(TO_SERVER.reported, this.#report);
    return {
      frame: (kind, body) => this.#frame(kind, body),
      relieved: () => {
        for (const arrival of this.#arrivals.values()) arrival.relieved();
      },
      gone: (end) => this.#lost(link, end),
    };
  };

  /** Takes a connection of another server's. */
  readonly accept = (connection: Connection): S2sInStream => {
    const remote = connection.remoteAddress;
    const stream = new S2sInStream(connection, {
      ...this.#in,
      admits: (peer, domain) => this.#admits(peer, domain, remote),
      prove: (domain, sent) => this.#prove(domain, sent, remote),
    });
    // Not `host-unknown`: the peer would give up what it has for us.
    if (this.#setUp === NOBODY) {
      const away = new StreamError('system-shutdown', 'The server behind this gateway is away. Try again soon.');
      // The connection is still being made.
      queueMicrotask(() => stream.fail(away));
    }
    return stream;
  };

  /** Whom we believe from now on; streams that are up stay. */
  believe(trust: PeerTrust): void {
    this.#peers.believe(trust);
  }

  close(): void {
    // Before the server sends it all again by another gateway.
    for (const caller of this.#callers.values()) caller.stop();
    this.#forget();
    this.#link?.end();
    this.#link = undefined;
  }

  #frame(kind: number, body: Buffer): void {
    switch (kind) {
      case TO_GATEWAY.stanza:
        return this.#callers.get(body.readUInt32BE(0))?.send(body, 4, body.length);
      case TO_GATEWAY.decided:
        return this.#arrivals.get(body.readUInt32BE(0))?.decidedUpTo(body.readUInt32BE(4));
      case TO_GATEWAY.ask:
        return this.#callers.get(body.readUInt32BE(0))?.ask();
      case TO_GATEWAY.setUp:
        return this.#goBy(readJson(body));
      case TO_GATEWAY.call:
        return this.#call(readJson(body));
      case TO_GATEWAY.hangUp:
        return this.#hangUp(body.readUInt32BE(0));
      case TO_GATEWAY.test:
        return void this.#test(readJson(body));
      case TO_GATEWAY.retry:
        return this.#callers.get(body.readUInt32BE(0))?.retryNow();
      default:
        throw new Error(`a frame of kind ${kind}, which this gateway does not know`);
    }
  }

  #goBy(setUp: GatewaySetUp): void {
    this.#setUp = setUp;
    this.#policy = new Policy(setUp.rules, 1, this.parts.clock);
    const changed = this.#peers.goBy(setUp);
    this.#relays = new Relays(setUp);
    // Who may not be talked to any more is not talked to from now on. F-07
    for (const [pair, { calling }] of this.#callers) if (!this.#policy.isPeer(calling.peer)) this.#hangUp(pair);
    for (const stream of this.streams) if (stream.peer && !this.#mayCome(stream.peer)) stream.fail(shutOut());
    for (const peer of changed) this.#renew(peer);
  }

  /** It is reached or believed in another way from now on: nothing goes on as it was agreed before. */
  #renew(peer: string): void {
    for (const caller of this.#callers.values()) if (caller.called === peer) caller.renew();
    for (const stream of this.streams) {
      if (stream.peer === peer)
        stream.fail(new StreamError('reset', 'What holds for your server has changed: come again.'));
    }
  }

  #call(calling: Calling): void {
    if (!this.#policy.isPeer(calling.peer)) return;
    this.#callers.get(calling.pair)?.stop();
    const caller = new Caller(calling, {
      parts: () => {
        const called = calling.via ?? calling.peer;
        return { ...this.#callParts(called), incoming: this.#incomingOf(called) };
      },
      shared: (pair, line) => this.#shared.join(pair, line),
      tell: (kind, value) => this.#tell(kind, value),
      tellNumbers: (kind, first, second) => this.#link?.send(kind, numbers(first, second)),
      sent: this.#figures.stanzas(calling.via ?? calling.peer, 'out'),
      tried: (attempts) => this.#tried(calling.via ?? calling.peer, attempts),
      clock: this.parts.clock,
      random: this.parts.random,
      log: this.parts.log,
    });
    this.#callers.set(calling.pair, caller);
    caller.start();
  }

  /** The whole way to a peer, and back at once. Who is no peer is not called for this either. */
  async #test({ test, domain, peer }: Testing): Promise<void> {
    const atMs = this.parts.clock.now();
    if (!this.#mayCome(peer)) {
      const text = `No rule allows anything to or from ${peer}: it is not called.`;
      const denied = {
        atMs,
        tookMs: 0,
        address: undefined,
        port: undefined,
        stage: 'policy',
        code: 'policy',
        text,
        chain: [],
      };
      return this.#tell(TO_SERVER.tested, { test, attempts: [denied] } satisfies Tested);
    }
    const ended = (): void => undefined;
    const { stream, attempts } = await call({ domain, peer }, { ...this.#callParts(peer), ended });
    stream?.end();
    const facts = attempts.map(factsOf);
    this.#tried(peer, facts);
    this.#tell(TO_SERVER.tested, { test, attempts: facts } satisfies Tested);
  }

  #tried(peer: string, attempts: readonly AttemptFacts[]): void {
    this.#figures.tried(attempts);
    for (const { chain, atMs } of attempts) this.seen.note(peer, chain[0], atMs);
  }

  *#counted(): Iterable<CountedStream> {
    for (const { called, isUp } of this.#callers.values()) if (isUp) yield { peer: called, direction: 'out' };
    for (const { peer } of this.#arrivals.values()) yield { peer, direction: 'in' };
  }

  #hangUp(pair: number): void {
    this.#callers.get(pair)?.stop();
    this.#callers.delete(pair);
  }

  #tell(kind: number, value: object): void {
    this.#link?.send(kind, jsonFrame(value));
  }

  #lost(link: Link, end: LinkEnd): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    this.parts.log.warn('gateway.server.lost', { code: end.code, text: end.text });
    this.#forget();
  }

  /** Nobody is there to decide: streams end, and peers send again what was not acknowledged. */
  #forget(): void {
    for (const caller of this.#callers.values()) caller.cut();
    this.#callers.clear();
    for (const stream of this.streams) stream.closed();
    this.#arrivals.clear();
    this.#setUp = NOBODY;
    this.#policy = new Policy([], 0, this.parts.clock);
  }

  // Peers.

  #callParts(peer: string): Omit<CallParts, 'acknowledged' | 'ended' | 'incoming'> {
    const { dial, resolve, from, proxy, withinMs, clock, log, counts } = this.parts;
    const { route, pins = [], mayDialBack = false } = this.#peers.of(peer);
    return {
      resolve: (domain) => (route ? resolveTarget(route, resolve) : this.#find(peer, domain)),
      proxy,
      certificates: this.#peers.certificatesOf(peer),
      pins,
      dial,
      from,
      log,
      counts,
      stanzaBytes: LIMITS.stanzaBytes,
      withinMs,
      clock,
      dialback: mayDialBack ? this.parts.dialback : undefined,
    };
  }

  /** What it sends on a stream that we have opened is taken as what it sends on one of its own. */
  #incomingOf(peer: string): CallParts['incoming'] {
    if (!this.#peers.mayAnswer(peer)) return undefined;
    return {
      ...this.#scope(),
      proven: ({ connection }, { domain }) => {
        if (!this.#mayCome(peer)) throw shutOut();
        return this.#arrive({ peer, domain, remote: connection.remoteAddress }).arrival;
      },
    };
  }

  /** What a proven peer may say. */
  #scope(): Pick<S2sInParts, 'believes' | 'relays'> {
    return {
      believes: (peer, from) => this.#relays.believes(peer, from),
      relays: (from, to) => this.#relays.mayPass(from, to),
    };
  }

  #find(peer: string, domain: string): ReturnType<typeof resolvePeer> {
    const { resolve, from, proxy, clock } = this.parts;
    if (this.#peers.of(peer).discover !== 'host-meta') return resolvePeer(domain, resolve);
    const fellBack = ({ code, text }: HostMetaFault): void =>
      this.parts.log.info('s2s.host.meta.unused', { peer, code, text });
    return resolveByHostMeta(domain, {
      ...resolve,
      certificates: this.#peers.certificatesOf(peer),
      proxy,
      from,
      clock,
      fellBack,
    });
  }

  #mayDialBack(peer: string): boolean {
    return this.parts.dialback !== undefined && this.#peers.of(peer).mayDialBack === true;
  }

  /** What is judged anew for each connection is put in where it is taken. */
  #inParts(): Omit<S2sInParts, 'admits' | 'prove'> {
    const { log, counts, dialback: keys } = this.parts;
    const mayDialBack = (peer: string): boolean => this.#mayDialBack(peer);
    return {
      isServed: (domain) => this.#setUp.domains.includes(domain),
      mayDialBack,
      ...this.#scope(),
      mayBeBidirectional: (peer) => this.#peers.mayBeAnswered(peer),
      features: [
        starttls({ required: true }),
        ...bidi(),
        external(),
        ...(keys ? [dialback({ keys, verify: (shown) => this.#verify(shown) }), dialbackAnswers({ keys })] : []),
        serverStreamManagement(),
        streamLimits({ ...LIMITS, idleSeconds: IDLE_SECONDS }),
      ],
      proven: (stream) => this.#arrived(stream),
      sendable: (stream) => this.#sendable(stream),
      streams: this.streams,
      limits: LIMITS,
      log,
      counts,
    };
  }

  #admits(peer: string, domain: string, remote: string): PeerRefusal | undefined {
    if (this.#mayCome(peer)) return undefined;
    const refusal = { code: 'policy', text: `${peer} may not talk to ${domain}.` } as const;
    this.#turnAway({ peer, domain, remote, ...refusal });
    return refusal;
  }

  /** Who is a peer, and who brings what peers say. */
  #mayCome(peer: string): boolean {
    return this.#relays.carriedBy(peer).some((domain) => this.#policy.isPeer(domain));
  }

  #prove(domain: string, sent: readonly Buffer[], remote: string): PeerRefusal | undefined {
    const { fault } = this.#peers.judge(domain, sent);
    // Where dialback is enough, nobody is turned away for a certificate.
    if (fault && !this.#mayDialBack(domain)) this.#turnAway({ peer: domain, domain: undefined, remote, ...fault });
    return fault;
  }

  async #verify({ peer, domain, streamId, key }: Parameters<Parameters<typeof dialback>[0]['verify']>[0]) {
    const { isValid } = await askAboutKey({ domain, peer }, { streamId, key }, this.#callParts(peer));
    if (isValid === undefined) return 'remote-server-timeout' as const;
    return isValid ? ('valid' as const) : ('invalid' as const);
  }

  #turnAway({ peer, domain, remote, code, text }: Omit<TurnedAway, 'atMs'>): void {
    const told: TurnedAway = { peer, domain, code, text, remote, atMs: this.parts.clock.now() };
    this.#figures.failed('in', code);
    this.#tell(TO_SERVER.turnedAway, told);
  }

  #allowanceOf(peer: string): Allowance {
    const known = this.#allowances.get(peer);
    if (known) return known;
    const made = new Allowance(PEER_MAY_SEND, this.parts.clock);
    // Only peers that policy names get this far, so that there is an end to them.
    this.#allowances.set(peer, made);
    return made;
  }

  #arrived(stream: S2sInStream): Arrival {
    // Rules may have changed since its header was read.
    if (!this.#mayCome(stream.peer!)) throw shutOut();
    const alike = [...this.streams].filter(({ peer, domain }) => peer === stream.peer && domain === stream.domain);
    const most = this.#peers.of(stream.peer!).isOffice === true ? MOST_STREAMS_OF_OFFICES : MOST_STREAMS_ALIKE;
    if (alike.length > most) {
      throw new StreamError('policy-violation', `There are ${most} streams like this one already.`);
    }
    const { arrival, number } = this.#arrive(this.#opened(stream));
    this.#numbers.set(stream, number);
    return arrival;
  }

  /** What comes over a stream of a proven peer goes to the server from here on. */
  #arrive(opened: Omit<StreamOpened, 'stream'>): { readonly arrival: Arrival; readonly number: number } {
    const number = ++this.#lastStream;
    const came = this.#figures.stanzas(opened.peer, 'in');
    const arrival = new Arrival(number, {
      peer: opened.peer,
      came: (bytes, size) => {
        came.inc();
        this.#link?.send(TO_SERVER.came, bytes, 0, size);
      },
      gone: (how) => {
        if (this.#arrivals.delete(number)) this.#tell(TO_SERVER.gone, { stream: number, how });
      },
      isChoked: () => this.#link?.isChoked === true,
      stanza: this.#stanza,
      allowance: this.#allowanceOf(opened.peer),
      answered: (id) => [...this.#callers.values()].some((caller) => caller.answered(id)),
    });
    this.#arrivals.set(number, arrival);
    this.#tell(TO_SERVER.opened, { ...opened, stream: number } satisfies StreamOpened);
    return { arrival, number };
  }

  /** A peer takes what is for it on a stream of its own: lines that have none go over it, here or at another gateway. */
  #sendable(stream: S2sInStream): StreamSender {
    const shared = this.#shared.add(stream);
    const pair = { domain: stream.domain!, peer: stream.peer! };
    this.#tell(TO_SERVER.bothWays, { ...pair, stream: this.#numbers.get(stream)! } satisfies StreamBothWays);
    for (const caller of this.#callers.values()) caller.offered(pair);
    return shared;
  }

  #opened({ peer = '', domain = '', connection }: S2sInStream): Omit<StreamOpened, 'stream'> {
    const certificate = readShown(connection.secure?.peerCertificates[0]);
    this.seen.note(peer, certificate, this.parts.clock.now());
    return { peer, domain, remote: connection.remoteAddress, certificate };
  }
}

function shutOut(): StreamError {
  return new StreamError('policy-violation', 'The company allows no exchange with this server any more.');
}
