import { type Link, memoryLink } from '@interoffice/cluster';
import { CallableAddresses, Gateway } from '@interoffice/federation/peer';
import type { PeerTrust } from '@interoffice/pki';
import type { Rule } from '@interoffice/policy';
import { Metrics, systemClock } from '@interoffice/telemetry';
import { AcceptGuard, Direct, Listener, TlsContext } from '@interoffice/transport';
import { Scanner, Vocabulary } from '@interoffice/wire';
import { jsonFrame, numbers, readJson, TO_GATEWAY, TO_SERVER } from '../../libs/federation/src/link/frames.js';
import type {
  Calling,
  GatewaySetUp,
  LineDown,
  LineUp,
  StreamBothWays,
  StreamGone,
  StreamOpened,
  Tried,
} from '../../libs/federation/src/link/shapes.js';
import type { TestCertificate } from './certificates.js';
import { RecordingLog } from './recording-log.js';

const EVERYBODY: Rule = {
  id: 'all',
  effect: 'allow',
  peers: ['*'],
  directions: ['in', 'out'],
  classes: ['chat', 'room', 'presence', 'file', 'call', 'pubsub', 'iq'],
  who: ['everybody'],
  reason: 'We work together.',
  owner: 'it@im.example',
  expiresAt: undefined,
};

export interface StageGatewayWish {
  readonly domain: string;
  readonly shows: TestCertificate;
  readonly trusts: TestCertificate;
  /** Where DNS says that servers of domains are: ports of loopback. */
  readonly found: ReadonlyMap<string, number>;
  readonly setUp?: Partial<GatewaySetUp>;
}

/** What a gateway has told its server. */
interface Told {
  up: LineUp;
  down: LineDown;
  tried: Tried;
  opened: StreamOpened;
  gone: StreamGone;
  bothWays: StreamBothWays;
  /** `pair stanzas` */
  taken: string;
  /** What came, without the number of its stream. */
  came: string;
}

const JSON_KINDS = new Map<number, 'up' | 'down' | 'tried' | 'opened' | 'gone' | 'bothWays'>([
  [TO_SERVER.up, 'up'],
  [TO_SERVER.down, 'down'],
  [TO_SERVER.tried, 'tried'],
  [TO_SERVER.opened, 'opened'],
  [TO_SERVER.gone, 'gone'],
  [TO_SERVER.bothWays, 'bothWays'],
]);

/**
 * A real gateway over real sockets and TLS, and the server's end of its link as a test plays it: whatever comes is decided
 * at once.
 */
export class StageGateway {
  readonly told: { readonly [K in keyof Told]: Told[K][] } = {
    up: [],
    down: [],
    tried: [],
    opened: [],
    gone: [],
    bothWays: [],
    taken: [],
    came: [],
  };
  /** Connections that others have made to it, ever. */
  connections = 0;
  #link!: Link;
  readonly #decided = new Map<number, number>();
  #listening: { readonly listener: Listener; readonly port: number } | undefined;
  #waiting: (() => void)[] = [];

  private constructor(
    readonly gateway: Gateway,
    private readonly wish: StageGatewayWish,
    private readonly scanner: Scanner,
    private readonly tls: TlsContext,
    private readonly direct: Direct | undefined,
  ) {
    memoryLink(gateway.takeLink, (link) => {
      this.#link = link;
      return { frame: (kind, body) => this.#frame(kind, body), relieved: () => undefined, gone: () => undefined };
    });
    this.setUp();
  }

  static async open(wish: StageGatewayWish): Promise<StageGateway> {
    const { shows, trusts, found } = wish;
    const tls = new TlsContext({ key: await shows.keyPem(), certificate: shows.chainPem });
    const scanner = new Scanner(new Vocabulary());
    const direct = await Direct.learn();
    const metrics = new Metrics();
    const nothing = (): never => {
      throw Object.assign(new Error('nothing there'), { code: 'ENOTFOUND' });
    };
    const gateway = new Gateway({
      dial: { scanner, tls, direct },
      resolve: {
        lookups: {
          resolveSrv: async (name: string) => {
            const port = name.startsWith('_xmpp-server._tcp.') && found.get(name.slice('_xmpp-server._tcp.'.length));
            return port ? [{ name: 'gate.example', port, priority: 1, weight: 1 }] : nothing();
          },
          resolve4: (() => Promise.resolve(['127.0.0.1'])) as never,
          resolve6: async () => nothing(),
        },
        callable: new CallableAddresses(['127.0.0.1']),
        random: Math.random,
      },
      trust: StageGateway.trust(trusts),
      dialback: undefined,
      from: undefined,
      proxy: undefined,
      withinMs: 3_000,
      clock: systemClock,
      random: Math.random,
      log: new RecordingLog(),
      metrics,
      counts: { errors: metrics.counter('e_total', 'e'), faults: metrics.counter('f_total', 'f') },
    });
    return new StageGateway(gateway, wish, scanner, tls, direct);
  }

  static trust(authority: TestCertificate): PeerTrust {
    return { authorities: [authority.pem], lists: [] };
  }

  /** Listens on loopback. Returns the port. */
  async listen(): Promise<number> {
    const metrics = new Metrics();
    const guard = new AcceptGuard(
      { perAddress: 1_000, loginWithinMs: 10_000 },
      metrics.counter('r_total', 'r'),
      metrics.counter('l_total', 'l'),
    );
    const { scanner, tls, direct } = this;
    const listener = new Listener(
      { host: '127.0.0.1', port: 0, kind: 'tcp', setting: 'INTEROFFICE_LISTEN__S2S' },
      { scanner, tls, guard, sharedBuffer: true, direct, log: new RecordingLog(), protocol: 'xmpp-server' },
      (connection) => {
        this.connections++;
        return this.gateway.accept(connection);
      },
    );
    const port = await listener.listen();
    this.#listening = { listener, port };
    return port;
  }

  /** What the server says the gateway is to go by. */
  setUp(changes: Partial<GatewaySetUp> = {}): void {
    const { domain, setUp } = this.wish;
    const all = { domains: [domain], rules: [EVERYBODY], peers: [], relay: [], bidi: true };
    this.#link.send(TO_GATEWAY.setUp, jsonFrame({ ...all, ...setUp, ...changes } satisfies GatewaySetUp));
  }

  call(pair: number, peer: string, more: Partial<Calling> = {}): void {
    this.#link.send(TO_GATEWAY.call, jsonFrame({ pair, domain: this.wish.domain, peer, ...more } satisfies Calling));
  }

  hangUp(pair: number): void {
    this.#link.send(TO_GATEWAY.hangUp, numbers(pair));
  }

  /** Words to somebody at a peer, over the line of a pair. */
  say(pair: number, to: string, body: string, from = this.wish.domain): void {
    const stanza = `<message from='ada@${from}/pc' to='bob@${to}' type='chat'><body>${body}</body></message>`;
    this.#link.send(TO_GATEWAY.stanza, Buffer.concat([numbers(pair), Buffer.from(stanza)]));
  }

  ask(pair: number): void {
    this.#link.send(TO_GATEWAY.ask, numbers(pair));
  }

  /** The bodies of what came. */
  get words(): string[] {
    return this.told.came.flatMap((stanza) => /<body>([^<]*)</.exec(stanza)?.[1] ?? []);
  }

  /** Resolves once it holds, of what was told. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Cuts off every connection that others have made. */
  cut(): void {
    for (const connection of this.#listening?.listener.connections ?? []) connection.destroy();
  }

  async close(): Promise<void> {
    this.gateway.close();
    this.cut();
    await this.#listening?.listener.close();
  }

  #frame(kind: number, body: Buffer): void {
    const name = JSON_KINDS.get(kind);
    if (name) (this.told[name] as object[]).push(readJson<object>(body));
    else if (kind === TO_SERVER.taken) this.told.taken.push(`${body.readUInt32BE(0)} ${body.readUInt32BE(4)}`);
    else if (kind === TO_SERVER.came) this.#came(body.readUInt32BE(0), body.toString('utf8', 4));
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #came(stream: number, stanza: string): void {
    this.told.came.push(stanza);
    const decided = (this.#decided.get(stream) ?? 0) + 1;
    this.#decided.set(stream, decided);
    this.#link.send(TO_GATEWAY.decided, numbers(stream, decided));
  }
}
