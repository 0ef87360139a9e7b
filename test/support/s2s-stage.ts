import { afterEach } from 'vitest';
import { askAboutKey, call, type CallOutcome, type CallParts, type Pair } from '@interoffice/federation/peer';
import { PeerCertificates, type RevocationList } from '@interoffice/pki';
import {
  bidi,
  dialback,
  dialbackAnswers,
  type DialbackKeys,
  external,
  type KeyVerdict,
  type PeerSink,
  S2sInStream,
  serverStreamManagement,
  type ShownKey,
  starttls,
  streamLimits,
} from '@interoffice/stream';
import { Metrics, systemClock } from '@interoffice/telemetry';
import { AcceptGuard, Direct, Listener, TlsContext } from '@interoffice/transport';
import { Scanner, Vocabulary } from '@interoffice/wire';
import type { Relays } from '../../libs/federation/src/link/relays.js';
import type { TestCertificate } from './certificates.js';
import { RecordingLog } from './recording-log.js';

const LIMITS = { preAuthBytes: 8192, preAuthElements: 32, stanzaBytes: 524_288 };

/** One server of the stage: what it shows, and whom it believes. */
export interface ServerWish {
  readonly domain: string;
  readonly shows: TestCertificate;
  /** What it sends of the chain; all of it unless said. */
  readonly sends?: readonly TestCertificate[];
  readonly trusts: readonly TestCertificate[];
  readonly lists?: readonly RevocationList[];
  readonly pins?: readonly string[];
  /** Peers it does not let in. */
  readonly denies?: readonly string[];
  /** Who may prove a domain by dialback here, and how it proves its own. */
  readonly dialback?: DialbackWish;
  /** Whom it believes about whom, and what it passes on. */
  readonly relays?: Relays;
  /** It wants one stream for both directions, as caller and as called. */
  readonly bidi?: boolean;
  /** It does not count what it is sent (XEP-0198). */
  readonly countsNothing?: boolean;
}

export interface DialbackWish {
  readonly keys: DialbackKeys;
  readonly allowed: readonly string[];
  /** Where the server of a peer is found that is asked about a key. */
  readonly asksAt?: () => readonly Place[];
}

/** A port of loopback. */
export interface Place {
  readonly port: number;
  readonly kind: 'tcp' | 'tls';
}

/** Where it listens on loopback: a free port unless said. */
export interface ListenWish {
  readonly kind?: 'tcp' | 'tls';
  readonly port?: number;
}

/** A server as far as its streams: it accepts others and calls them, over real sockets and real TLS. */
export class StageServer {
  readonly log = new RecordingLog();
  readonly streams = new Set<S2sInStream>();
  /** Stanzas that came in, as `peer stanza`. */
  readonly received: string[] = [];
  readonly ends: string[] = [];
  /** What came in is not decided before `release`: as while a journal stalls. */
  isHolding = false;
  /** The latest stream that a peer has opened and that takes what is for the peer as well. */
  sendable: S2sInStream | undefined;
  /** Stanzas that peers have taken of what was sent to them. */
  acknowledged = 0;
  readonly #whenReleased: (() => void)[] = [];
  readonly #certificates: PeerCertificates;
  readonly #scanner = new Scanner(new Vocabulary());
  readonly #counts;
  #told: (() => void)[] = [];

  private constructor(
    private readonly wish: ServerWish,
    private readonly tls: TlsContext,
    private readonly direct: Direct | undefined,
  ) {
    const metrics = new Metrics();
    this.#counts = { errors: metrics.counter('e_total', 'e'), faults: metrics.counter('f_total', 'f') };
    this.#certificates = new PeerCertificates({
      authorities: wish.trusts.map(({ pem }) => pem),
      lists: wish.lists ?? [],
    });
  }

  static async open(wish: ServerWish): Promise<StageServer> {
    const certificate = (wish.sends ?? wish.shows.chain).map(({ pem }) => pem).join('');
    const tls = new TlsContext({ key: await wish.shows.keyPem(), certificate });
    return new StageServer(wish, tls, await Direct.learn());
  }

  listener({ kind = 'tcp', port = 0 }: ListenWish): Listener {
    const metrics = new Metrics();
    const [refused, late] = [metrics.counter('r_total', 'r'), metrics.counter('l_total', 'l')];
    const guard = new AcceptGuard({ perAddress: 1_000, loginWithinMs: 10_000 }, refused, late);
    const { tls, log, direct } = this;
    return new Listener(
      { host: '127.0.0.1', port, kind, setting: 'INTEROFFICE_LISTEN__S2S' },
      { scanner: this.#scanner, tls, guard, sharedBuffer: true, direct, log, protocol: 'xmpp-server' },
      (connection) => new S2sInStream(connection, this.#inParts()),
    );
  }

  /** Calls a peer on these ports of loopback, one after another. */
  call({ peer }: Pick<Pair, 'peer'>, targets: readonly Place[]): Promise<CallOutcome> {
    const { domain, dialback: wish } = this.wish;
    return call(
      { domain, peer },
      {
        ...this.#callParts(targets),
        dialback: wish?.allowed.includes(peer) === true ? wish.keys : undefined,
        acknowledged: (stanzas) => this.#acknowledged(stanzas),
        incoming: this.wish.bidi === true ? { ...this.#scope(), proven: () => this.#sinkOf(peer) } : undefined,
        ended: ({ code }) => this.#tell(this.ends, code),
      },
    );
  }

  #acknowledged(stanzas: number): void {
    this.acknowledged += stanzas;
    this.#wake();
  }

  /** Resolves with a stream that a peer has opened and that takes what is for it, once there is one. */
  async hasSendable(): Promise<S2sInStream> {
    while (this.sendable === undefined) await new Promise<void>((resolve) => this.#told.push(resolve));
    return this.sendable;
  }

  #callParts(targets: readonly Place[]): Omit<CallParts, 'acknowledged' | 'ended' | 'dialback' | 'incoming'> {
    const found = targets.map((target) => ({ host: 'gate.example', address: '127.0.0.1', ...target }));
    return {
      resolve: () => Promise.resolve(found),
      certificates: this.#certificates,
      pins: this.wish.pins ?? [],
      dial: { scanner: this.#scanner, tls: this.tls, direct: this.direct },
      log: this.log,
      counts: this.#counts,
      stanzaBytes: LIMITS.stanzaBytes,
      withinMs: 3_000,
      clock: systemClock,
    };
  }

  async #verify({ peer, domain, streamId, key }: ShownKey): Promise<KeyVerdict> {
    const targets = this.wish.dialback?.asksAt?.() ?? [];
    const { isValid } = await askAboutKey({ domain, peer }, { streamId, key }, this.#callParts(targets));
    if (isValid === undefined) return 'remote-server-timeout';
    return isValid ? 'valid' : 'invalid';
  }

  /** Resolves once so many stanzas have come in. */
  async has(stanzas: number): Promise<readonly string[]> {
    while (this.received.length < stanzas) await new Promise<void>((resolve) => this.#told.push(resolve));
    return this.received;
  }

  /** Resolves with how streams of it have ended, once one has. */
  async hasEnded(): Promise<readonly string[]> {
    while (this.ends.length === 0) await new Promise<void>((resolve) => this.#told.push(resolve));
    return this.ends;
  }

  /** Resolves once peers have taken so many stanzas. */
  async hasAcknowledged(stanzas: number): Promise<number> {
    while (this.acknowledged < stanzas) await new Promise<void>((resolve) => this.#told.push(resolve));
    return this.acknowledged;
  }

  /** What was held is decided now. */
  release(): void {
    this.isHolding = false;
    for (const resolve of this.#whenReleased.splice(0)) resolve();
  }

  #tell(list: string[], word: string): void {
    list.push(word);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#told.splice(0)) resolve();
  }

  #scope() {
    const { relays } = this.wish;
    return {
      believes: (peer: string, from: string) => relays?.believes(peer, from) === true,
      relays: (from: string, to: string) => relays?.mayPass(from, to) === true,
    };
  }

  #sinkOf(peer: string): PeerSink {
    const progress = { came: 0, decided: 0 };
    const decide = (): void => void (progress.decided = progress.came);
    return {
      stanza: (bytes, scan) => {
        progress.came++;
        if (!this.isHolding) decide();
        this.#tell(this.received, `${peer} ${bytes.toString('utf8', scan.start, scan.end)}`);
        return undefined;
      },
      get decided() {
        return progress.decided;
      },
      undecided: () => {
        if (progress.decided === progress.came) return undefined;
        return new Promise<void>((resolve) => this.#whenReleased.push(resolve)).then(decide);
      },
      gone: (end) => this.#tell(this.ends, end),
    };
  }

  #inParts() {
    const { wish } = this;
    return {
      isServed: (domain: string) => domain === wish.domain,
      admits: (peer: string) =>
        wish.denies?.includes(peer) ? { code: 'policy', text: `${peer} may not talk to ${wish.domain}.` } : undefined,
      prove: (domain: string, sent: readonly Buffer[]) =>
        this.#certificates.judge(sent, { domain, pins: wish.pins ?? [], now: Date.now() }).fault,
      features: [
        starttls({ required: true }),
        ...bidi(),
        external(),
        ...(wish.dialback
          ? [
              dialback({ keys: wish.dialback.keys, verify: (shown) => this.#verify(shown) }),
              dialbackAnswers(wish.dialback),
            ]
          : []),
        ...(wish.countsNothing === true ? [] : [serverStreamManagement()]),
        streamLimits({ ...LIMITS, idleSeconds: 300 }),
      ],
      ...this.#scope(),
      mayBeBidirectional: () => wish.bidi === true,
      sendable: (stream: S2sInStream) => {
        this.sendable = stream;
        this.#wake();
        return {
          acknowledged: (stanzas: number) => this.#acknowledged(stanzas),
          ended: ({ code }: { readonly code: string }) => this.#tell(this.ends, `both ${code}`),
        };
      },
      mayDialBack: (peer: string) => wish.dialback?.allowed.includes(peer) === true,
      proven: (stream: S2sInStream): PeerSink => this.#sinkOf(stream.peer!),
      streams: this.streams,
      log: this.log,
      counts: this.#counts,
      limits: LIMITS,
    };
  }
}

/** Listeners of servers, closed after each test with everything on them. */
export class S2sStage {
  readonly #open: Listener[] = [];

  constructor() {
    afterEach(async () => {
      for (const listener of this.#open.splice(0)) {
        for (const connection of listener.connections) connection.destroy();
        await listener.close();
      }
    });
  }

  async listen(server: StageServer, wish: ListenWish = {}): Promise<Place> {
    const listener = server.listener(wish);
    this.#open.push(listener);
    return { port: await listener.listen(), kind: wish.kind ?? 'tcp' };
  }
}
