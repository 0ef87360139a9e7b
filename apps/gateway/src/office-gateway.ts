import { randomInt } from 'node:crypto';
import type { TakeLink } from '@interoffice/cluster';
import type { Settings } from '@interoffice/config';
import {
  CallableAddresses,
  Gateway,
  type GatewayReport,
  lookupsOf,
  type SeenCertificate,
} from '@interoffice/federation/peer';
import { DialbackKeys } from '@interoffice/stream';
import { type Clock, Failure, type Log, type Metrics } from '@interoffice/telemetry';
import {
  AcceptGuard,
  adoptionWorks,
  Direct,
  Listener,
  type ProxyAt,
  proxyFault,
  type TlsContext,
} from '@interoffice/transport';
import { Scanner, Vocabulary } from '@interoffice/wire';
import { addressText } from './records.js';
import { WatchedTrust } from './watched-trust.js';

export interface OfficeGatewayParts {
  readonly settings: Pick<Settings, 'listen' | 'federation' | 'dnsServers' | 'trustedAuthorities' | 'revocationLists'>;
  readonly tls: TlsContext;
  /** PEM of authorities that are trusted beside those of the settings: the company's own. */
  readonly authorities: readonly string[];
  /** 256 random bits of this installation. */
  readonly secret: Buffer;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Throws PROXY_SETTINGS. */
function checked(proxy: ProxyAt | undefined): ProxyAt | undefined {
  const fault = proxy && proxyFault(proxy);
  if (fault !== undefined) throw new Failure('PROXY_SETTINGS', `federation.proxy: ${fault}`);
  return proxy;
}

const RANDOM_STEPS = 2 ** 32;
const random = (): number => randomInt(RANDOM_STEPS) / RANDOM_STEPS;
const ACCEPT = { perAddress: 1_000, strangersPerAddress: 100, loginWithinMs: 30_000 };

/** An office's way to other servers: its listeners, and the gateway behind them. */
export class OfficeGateway {
  readonly takeLink: TakeLink;
  readonly #listeners: Listener[] = [];

  private constructor(
    private readonly parts: OfficeGatewayParts,
    private readonly own: {
      readonly gateway: Gateway;
      readonly trust: WatchedTrust;
      readonly scanner: Scanner;
      readonly direct: Direct | undefined;
    },
  ) {
    this.takeLink = own.gateway.takeLink;
  }

  /** Rejects when a file of the settings cannot be read. Nothing listens yet. */
  static async open(parts: OfficeGatewayParts): Promise<OfficeGateway> {
    const { settings, tls, secret, clock, log, metrics } = parts;
    const { federation, dnsServers = [], trustedAuthorities } = settings;
    const scanner = new Scanner(new Vocabulary());
    const direct = await Direct.learn();
    const trust = await WatchedTrust.open({
      authorityFiles: trustedAuthorities,
      listFiles: settings.revocationLists,
      own: parts.authorities,
      log,
      changed: (changed) => gateway.believe(changed),
    });
    const gateway = new Gateway({
      dial: { scanner, tls, direct },
      resolve: {
        lookups: lookupsOf(dnsServers.map(addressText)),
        callable: new CallableAddresses(federation.callable),
        namesBy: federation.proxy?.names === 'proxy' ? 'proxy' : 'dns',
        random,
      },
      trust: trust.first,
      dialback: new DialbackKeys(secret),
      from: federation.from,
      proxy: checked(federation.proxy),
      withinMs: federation.answerWithinMs,
      clock,
      random,
      log,
      metrics,
      counts: {
        errors: metrics.counter(
          'interoffice_stream_server_errors_total',
          'Streams of servers that ended with an error',
        ),
        faults: metrics.counter('interoffice_stream_server_faults_total', 'Streams of servers that ended by our fault'),
      },
    });
    return new OfficeGateway(parts, { gateway, trust, scanner, direct });
  }

  /** Whom to talk to is known: the server is linked. */
  get isSetUp(): boolean {
    return this.own.gateway.isSetUp;
  }

  /** What peers have shown, whichever side called. */
  get seen(): readonly SeenCertificate[] {
    return this.own.gateway.seen.all;
  }

  /** Tells who administers the server, now and whenever the link is made anew. */
  report(report: GatewayReport): void {
    this.own.gateway.report(report);
  }

  /** Opens the listeners. Rejects with PORT_BUSY. Returns the ports. */
  async start(): Promise<{ s2s: number | undefined; s2sTls: number | undefined }> {
    const { listen } = this.parts.settings;
    this.own.trust.start();
    return {
      s2s: await this.#listen(listen.s2s, 'tcp', 'INTEROFFICE_LISTEN__S2S'),
      s2sTls: await this.#listen(listen.s2sTls, 'tls', 'INTEROFFICE_LISTEN__S2S_TLS'),
    };
  }

  /** No new connections; streams end in an orderly way. */
  async stop(): Promise<void> {
    const closed = this.#listeners.map((listener) => listener.close());
    this.own.trust.stop();
    this.own.gateway.close();
    await Promise.all(closed);
  }

  async #listen(at: Settings['listen']['s2s'], kind: 'tcp' | 'tls', setting: string): Promise<number | undefined> {
    if (at === false) return undefined;
    const { tls, log, metrics } = this.parts;
    const guard = new AcceptGuard(
      ACCEPT,
      metrics.counter('interoffice_gateway_refused_total', 'Connections of servers refused: too many from one address'),
      metrics.counter('interoffice_gateway_late_total', 'Connections cut off because no server proved itself in time'),
    );
    const listener = new Listener(
      { ...at, kind, setting },
      {
        scanner: this.own.scanner,
        tls,
        guard,
        sharedBuffer: await adoptionWorks(),
        direct: this.own.direct,
        log,
        protocol: 'xmpp-server',
      },
      this.own.gateway.accept,
    );
    this.#listeners.push(listener);
    return listener.listen();
  }
}
