import { Failure, type Clock, type Log } from '@interoffice/telemetry';
import { LdapConnection, type LdapServer } from './connection.js';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

interface Standing {
  readonly server: LdapServer;
  failures: number;
  /** Not asked again before this moment, unless all others fail as well. */
  pausedUntil: number;
}

/**
 * The servers of one source, in the order of preference. A server that fails is left alone for a pause that doubles up
 * to 30 s, so that nobody waits for it; the first in the list is returned to as soon as it answers again.
 */
export class LdapServers {
  readonly #standings: readonly Standing[];
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(servers: readonly LdapServer[], { clock, log }: { clock: Clock; log: Log }) {
    this.#standings = servers.map((server) => ({ server, failures: 0, pausedUntil: 0 }));
    this.#clock = clock;
    this.#log = log;
  }

  /** A new connection to the first server that answers. Rejects with DIRECTORY_UNREACHABLE when none does. */
  async open(): Promise<LdapConnection> {
    let last: unknown;
    for (const standing of this.#inTurn()) {
      try {
        const connection = await LdapConnection.open(standing.server);
        this.#recovered(standing);
        return connection;
      } catch (error) {
        last = error;
        this.#failed(standing, error);
      }
    }
    const urls = this.#standings.map(({ server }) => server.url).join(', ');
    this.#log.error('directory.unreachable', { servers: urls, error: last instanceof Error ? last : undefined });
    throw new Failure(
      'DIRECTORY_UNREACHABLE',
      `no directory server answers: ${urls}; check them, the network and their certificates`,
      {
        cause: last,
      },
    );
  }

  /** Each server with what is known of it, for the status page. */
  standings(): readonly { readonly url: string; readonly working: boolean }[] {
    return this.#standings.map(({ server, failures }) => ({ url: server.url, working: failures === 0 }));
  }

  #inTurn(): readonly Standing[] {
    const now = this.#clock.now();
    const ready = this.#standings.filter(({ pausedUntil }) => pausedUntil <= now);
    const pausing = this.#standings.filter(({ pausedUntil }) => pausedUntil > now);
    // With all of them pausing one attempt is made all the same: an outage that is over must not last longer than it has to.
    return ready.length > 0 ? ready : pausing.sort((a, b) => a.pausedUntil - b.pausedUntil).slice(0, 1);
  }

  #failed(standing: Standing, error: unknown): void {
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** standing.failures, LONGEST_PAUSE_MS);
    standing.failures++;
    standing.pausedUntil = this.#clock.now() + pause;
    this.#log.warn('directory.server.failed', {
      server: standing.server.url,
      pauseMs: pause,
      error: error instanceof Error ? error : undefined,
    });
  }

  #recovered(standing: Standing): void {
    if (standing.failures > 0) this.#log.info('directory.server.recovered', { server: standing.server.url });
    standing.failures = 0;
    standing.pausedUntil = 0;
  }
}
