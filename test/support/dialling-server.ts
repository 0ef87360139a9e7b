import { LinkDialer } from '@interoffice/cluster';
import { systemClock } from '@interoffice/telemetry';
import type { GatewaySetUp } from '../../libs/federation/src/link/shapes.js';
import { type FromGateway, GatewayLink } from '../../libs/federation/src/queue/gateway-link.js';
import type { TestCertificate } from './certificates.js';

type Told = { [K in keyof FromGateway]: Parameters<FromGateway[K]>[0] };

/** The server's end of a link to a gateway that runs, as a test plays it: dialled over TLS, what the gateway says is kept. */
export class DiallingServer {
  readonly told: { readonly [K in keyof FromGateway]?: Told[K][] } = {};
  link: GatewayLink | undefined;
  readonly #dialer: LinkDialer;

  private constructor(identity: { readonly key: string; readonly certificate: string }, at: string) {
    const keep =
      <K extends keyof FromGateway>(kind: K) =>
      (what: unknown): void =>
        void ((this.told as Record<string, unknown[]>)[kind] ??= []).push(what);
    const kinds = ['up', 'down', 'taken', 'flow', 'tried', 'opened', 'came', 'gone', 'turnedAway', 'tested'] as const;
    const own = [...kinds, 'reported', 'lost'] as const;
    const keeping = Object.fromEntries(own.map((kind) => [kind, keep(kind)])) as unknown as FromGateway;
    const port = Number(at.split(':').at(-1));
    this.#dialer = new LinkDialer(
      { host: '127.0.0.1', port },
      {
        identity: () => identity,
        prove: () => undefined,
        take: (link) => (this.link = new GatewayLink(link, keeping)),
        clock: systemClock,
        random: Math.random,
      },
    );
  }

  /** `at`: where the gateway waits for it. Resolves once it is linked. */
  static async dial(shows: TestCertificate, at: string): Promise<DiallingServer> {
    const server = new DiallingServer({ key: await shows.keyPem(), certificate: shows.chainPem }, at);
    server.#dialer.start();
    await server.#until(() => server.link !== undefined);
    return server;
  }

  setUp(how: Partial<GatewaySetUp>): void {
    this.link!.setUp({ domains: [], rules: [], peers: [], relay: [], ...how });
  }

  /** Resolves with what the gateway has said of this kind, once it has said so much. */
  async hears<K extends keyof FromGateway>(kind: K, count = 1): Promise<readonly Told[K][]> {
    await this.#until(() => (this.told[kind]?.length ?? 0) >= count);
    return this.told[kind]!;
  }

  stop(): void {
    this.#dialer.stop();
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => setImmediate(resolve));
  }
}
