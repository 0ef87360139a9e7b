import { Failure, type Clock } from '@interoffice/telemetry';
import { isAnswer } from './answer.js';
import type { LdapConnection } from './connection.js';
import type { LdapServers } from './servers.js';
import { Turns } from './turns.js';

export { isAnswer } from './answer.js';

/** A connection unused for longer may have been cut by something in between; it is ended. */
const FRESH_FOR_MS = 30_000;
/** A connection that dies under its work costs another one; more than this many in a row are no accident. */
const MOST_REDONE = 2;

/** Who searches. */
export interface ServiceAccount {
  readonly dn: string;
  readonly password: string;
}

export interface PoolOptions {
  /** As whom connections are bound before they are used; not at all without it. */
  readonly service?: ServiceAccount;
  readonly clock: Clock;
  /** Open at once. */
  readonly connections: number;
  /** What they are used for, for errors; `searches` unless said. */
  readonly uses?: string;
}

interface Kept {
  readonly connection: LdapConnection;
  readonly since: number;
  readonly end: NodeJS.Timeout;
}

/**
 * A few connections that are used again and again. Each serves one piece of work at a time and is thrown away after any
 * error. A source has two pools: one bound as the service account, for searches, which passwords of people never come
 * near, and one for the binds of people, on which nothing else is ever asked.
 */
export class LdapPool {
  readonly #servers: LdapServers;
  readonly #service: ServiceAccount | undefined;
  readonly #clock: Clock;
  readonly #turns: Turns;
  readonly #idle: Kept[] = [];
  #isClosed = false;

  constructor(servers: LdapServers, options: PoolOptions) {
    this.#servers = servers;
    this.#service = options.service;
    this.#clock = options.clock;
    this.#turns = new Turns(options.connections, options.uses ?? 'searches');
  }

  /**
   * Runs the work on a connection. Rejects with DIRECTORY_UNREACHABLE, DIRECTORY_BIND_REFUSED (our service
   * account), DIRECTORY_BUSY, or what the work rejects with. Work whose connection dies, because it was kept too
   * long or because its server is given up, is done again on another one.
   */
  use<T>(work: (connection: LdapConnection) => Promise<T>): Promise<T> {
    return this.#turns.run(() => this.#untilAnswered(work));
  }

  /** Ends the connections nobody uses; those in use end with their work. */
  close(): void {
    this.#isClosed = true;
    for (const kept of this.#idle.splice(0)) {
      clearTimeout(kept.end);
      kept.connection.destroy();
    }
  }

  async #untilAnswered<T>(work: (connection: LdapConnection) => Promise<T>): Promise<T> {
    for (let redone = 0; ; redone++) {
      const kept = this.#takeIdle();
      const connection = kept ?? (await this.#open());
      try {
        return await this.#run(connection, work);
      } catch (error) {
        const isLost = kept !== undefined || !this.#servers.isWorking(connection.url);
        if (!isLost || redone >= MOST_REDONE || isAboutTheQuestion(error)) throw error;
      }
    }
  }

  async #run<T>(connection: LdapConnection, work: (connection: LdapConnection) => Promise<T>): Promise<T> {
    try {
      const result = await work(connection);
      this.#keep(connection);
      return result;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  #keep(connection: LdapConnection): void {
    if (this.#isClosed) return connection.destroy();
    const end = setTimeout(() => connection.destroy(), FRESH_FOR_MS).unref();
    this.#idle.push({ connection, since: this.#clock.now(), end });
  }

  #open(): Promise<LdapConnection> {
    return this.#service ? this.#openAs(this.#service) : this.#servers.open();
  }

  async #openAs({ dn, password }: ServiceAccount): Promise<LdapConnection> {
    try {
      return await this.#servers.withNew(async (connection) => {
        await connection.bind(dn, password);
        return connection;
      });
    } catch (cause) {
      if (cause instanceof Failure && cause.code === 'DIRECTORY_UNREACHABLE') throw cause;
      if (!isAnswer(cause)) throw new Failure('DIRECTORY_UNREACHABLE', 'the directory stopped answering', { cause });
      throw new Failure('DIRECTORY_BIND_REFUSED', `the directory refuses ${dn}: check bind-dn and password`, {
        cause,
      });
    }
  }

  #takeIdle(): LdapConnection | undefined {
    for (let kept = this.#idle.pop(); kept; kept = this.#idle.pop()) {
      clearTimeout(kept.end);
      const isFresh = kept.connection.isAlive && this.#clock.now() - kept.since < FRESH_FOR_MS;
      // Failing back: once a server further up the list works again, connections to the others are not used up first.
      if (isFresh && kept.connection.url === this.#servers.preferred) return kept.connection;
      kept.connection.destroy();
    }
    return undefined;
  }
}

/** The server has answered, or the work itself gave up: another connection would bring the same. */
function isAboutTheQuestion(error: unknown): boolean {
  return isAnswer(error) || (error instanceof Error && isAnswer(error.cause));
}
