import { Failure, type Clock } from '@interoffice/telemetry';
import type { LdapConnection } from './connection.js';
import type { LdapServers } from './servers.js';

/** A connection unused for longer may have been cut by something in between. */
const FRESH_FOR_MS = 30_000;
/** Searches that may wait for a connection; more are refused at once, since their clients will have gone. */
const MOST_WAITING = 1000;

/** Who searches. */
export interface ServiceAccount {
  readonly dn: string;
  readonly password: string;
}

/**
 * A few connections bound as the service account, for searches. Each serves one piece of work at a time and is thrown
 * away after any error. Passwords of people never come near it.
 */
export class LdapPool {
  readonly #servers: LdapServers;
  readonly #service: ServiceAccount;
  readonly #clock: Clock;
  readonly #most: number;
  readonly #idle: { connection: LdapConnection; since: number }[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(servers: LdapServers, options: { service: ServiceAccount; clock: Clock; connections: number }) {
    this.#servers = servers;
    this.#service = options.service;
    this.#clock = options.clock;
    this.#most = options.connections;
  }

  /**
   * Runs the work on a bound connection. Rejects with DIRECTORY_UNREACHABLE, DIRECTORY_BIND_REFUSED (our service
   * account), DIRECTORY_BUSY, or what the work rejects with. Work on a kept connection that turns out to be dead is
   * done once more on a new one.
   */
  async use<T>(work: (connection: LdapConnection) => Promise<T>): Promise<T> {
    await this.#turn();
    try {
      const kept = this.#takeIdle();
      if (kept) {
        try {
          return await this.#run(kept, work);
        } catch (error) {
          if (isAnswer(error)) throw error;
        }
      }
      return await this.#run(await this.#openBound(), work);
    } finally {
      this.#busy--;
      this.#waiting.shift()?.();
    }
  }

  /** Ends the connections nobody uses; those in use end with their work. */
  close(): void {
    for (const { connection } of this.#idle.splice(0)) connection.destroy();
  }

  async #run<T>(connection: LdapConnection, work: (connection: LdapConnection) => Promise<T>): Promise<T> {
    try {
      const result = await work(connection);
      this.#idle.push({ connection, since: this.#clock.now() });
      return result;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  async #openBound(): Promise<LdapConnection> {
    const connection = await this.#servers.open();
    try {
      await connection.bind(this.#service.dn, this.#service.password);
      return connection;
    } catch (cause) {
      connection.destroy();
      if (!isAnswer(cause)) throw new Failure('DIRECTORY_UNREACHABLE', 'the directory stopped answering', { cause });
      throw new Failure(
        'DIRECTORY_BIND_REFUSED',
        `the directory refuses ${this.#service.dn}: check bind-dn and password`,
        {
          cause,
        },
      );
    }
  }

  #takeIdle(): LdapConnection | undefined {
    for (let kept = this.#idle.pop(); kept; kept = this.#idle.pop()) {
      if (kept.connection.isAlive && this.#clock.now() - kept.since < FRESH_FOR_MS) return kept.connection;
      kept.connection.destroy();
    }
    return undefined;
  }

  async #turn(): Promise<void> {
    if (this.#busy >= this.#most) {
      if (this.#waiting.length >= MOST_WAITING)
        throw new Failure('DIRECTORY_BUSY', 'too many searches wait for the directory');
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
    this.#busy++;
  }
}

/** True for a refusal by the server: the connection works. Everything else says nothing about the question asked. */
export function isAnswer(error: unknown): error is Error & { code: number } {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}
