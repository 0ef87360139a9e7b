import { describeError, Failure, type Clock, type Log } from '@interoffice/telemetry';
import { isAnswer } from './answer.js';
import type { LdapConnection, LdapServer } from './connection.js';
import { type ServerHealth, WatchedServer } from './watched-server.js';

/** Where the URLs come from: the settings, or DNS, asked again now and then. */
export type ServerUrls = readonly string[] | (() => Promise<readonly string[]>);

/** What all servers of a source have in common, and which they are. */
export interface ServersOptions extends Omit<LdapServer, 'url'> {
  readonly urls: ServerUrls;
}

/** Servers found in DNS are looked for again after so long. */
const FOUND_FOR_MS = 5 * 60_000;
/** And so long after DNS did not answer, as long as there are servers from before. */
const SOUGHT_AGAIN_MS = 30_000;
/** With all servers down, how often somebody's log-in may find out that one is back. */
const RESCUE_EVERY_MS = 1000;

/**
 * The servers of one source in order of preference. The first that works is asked; one that fails is left to its
 * background probes, and is the first again as soon as one of them succeeds.
 */
export class LdapServers {
  readonly #options: ServersOptions;
  readonly #parts: { clock: Clock; log: Log };
  #servers: readonly WatchedServer[] = [];
  #foundAt = -Infinity;
  #finding: Promise<void> | undefined;
  #rescue: Promise<boolean> | undefined;
  #rescuedAt = -Infinity;

  constructor(options: ServersOptions, parts: { clock: Clock; log: Log }) {
    this.#options = options;
    this.#parts = parts;
    if (typeof options.urls !== 'function') this.#replace(options.urls);
  }

  /** A new connection to the first server that answers. Rejects with DIRECTORY_UNREACHABLE when none does. */
  async open(): Promise<LdapConnection> {
    await this.#find();
    for (const server of this.#servers.filter(({ isWorking }) => isWorking)) {
      const connection = await server.open();
      if (connection) return connection;
    }
    if (await this.#rescued()) {
      const connection = await this.#servers.find(({ isWorking }) => isWorking)?.open();
      if (connection) return connection;
    }
    throw this.#unreachable();
  }

  /**
   * Does the work on a new connection, which is ended if it fails, and once more on another server when the first one
   * turns out to be gone. Rejects with DIRECTORY_UNREACHABLE or with what the work rejects with.
   */
  async withNew<T>(work: (connection: LdapConnection) => Promise<T>): Promise<T> {
    const connection = await this.open();
    try {
      return await work(connection);
    } catch (error) {
      connection.destroy();
      if (isAnswer(error) || this.isWorking(connection.url)) throw error;
    }
    return this.#withLast(work);
  }

  /** The URL of the server that is asked now; undefined while none works. */
  get preferred(): string | undefined {
    return this.#servers.find(({ isWorking }) => isWorking)?.url;
  }

  isWorking(url: string): boolean {
    return this.#servers.some((server) => server.url === url && server.isWorking);
  }

  /** The URLs as they are known now. Rejects with DIRECTORY_UNREACHABLE when DNS names none. */
  async urls(): Promise<readonly string[]> {
    await this.#find();
    return this.#servers.map(({ url }) => url);
  }

  health(): readonly ServerHealth[] {
    return this.#servers.map((server) => server.health());
  }

  close(): void {
    for (const server of this.#servers) server.close();
  }

  async #withLast<T>(work: (connection: LdapConnection) => Promise<T>): Promise<T> {
    const connection = await this.open();
    try {
      return await work(connection);
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** With all of them failing one attempt is made all the same, by everybody together: an outage that is over is over. */
  #rescued(): Promise<boolean> {
    if (this.#rescue) return this.#rescue;
    if (this.#parts.clock.now() - this.#rescuedAt < RESCUE_EVERY_MS) return Promise.resolve(false);
    this.#rescue = Promise.all(this.#servers.map((server) => server.probe()))
      .then((answers) => answers.includes(true))
      .finally(() => {
        this.#rescuedAt = this.#parts.clock.now();
        this.#rescue = undefined;
      });
    return this.#rescue;
  }

  #unreachable(): Failure {
    const servers = this.#servers.map(({ url }) => url).join(', ');
    const [last] = this.#servers.flatMap((server) => server.health().lastError?.text ?? []);
    this.#parts.log.error('directory.unreachable', { servers, reason: last });
    return new Failure(
      'DIRECTORY_UNREACHABLE',
      `no directory server answers: ${servers}; check them, the network and their certificates`,
      { cause: last },
    );
  }

  /** Waits only when no server is known at all; a list that is merely old is renewed behind everybody's back. */
  async #find(): Promise<void> {
    const { urls } = this.#options;
    if (typeof urls !== 'function') return;
    if (this.#parts.clock.now() - this.#foundAt >= FOUND_FOR_MS)
      this.#finding ??= this.#renew(urls).finally(() => (this.#finding = undefined));
    if (this.#servers.length === 0) await this.#finding;
    if (this.#servers.length === 0)
      throw new Failure(
        'DIRECTORY_UNREACHABLE',
        'DNS names no server of this directory; check `srv` and the DNS server',
      );
  }

  async #renew(urls: () => Promise<readonly string[]>): Promise<void> {
    try {
      const found = await urls();
      if (found.length > 0) this.#replace(found);
      this.#foundAt = this.#parts.clock.now();
    } catch (error) {
      if (this.#servers.length > 0) this.#foundAt = this.#parts.clock.now() - FOUND_FOR_MS + SOUGHT_AGAIN_MS;
      this.#parts.log.warn('directory.discovery.failed', { reason: describeError(error) });
    }
  }

  /** Who is in the new list as well keeps what is known of it. */
  #replace(urls: readonly string[]): void {
    const known = new Map(this.#servers.map((server) => [server.url, server]));
    this.#servers = [...new Set(urls)].map(
      (url) => known.get(url) ?? new WatchedServer({ ...this.#options, url }, this.#parts),
    );
    for (const [url, server] of known) if (!urls.includes(url)) server.close();
  }
}
