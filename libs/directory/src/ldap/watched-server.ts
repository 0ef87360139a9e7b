import { randomInt } from 'node:crypto';
import { describeError, type Clock, type Log } from '@interoffice/telemetry';
import { isAnswer } from './answer.js';
import { LdapConnection, type LdapServer } from './connection.js';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;
/** So that the servers of a company are not all asked in the same moment after an outage, by everybody. */
const JITTER_PERCENT = 25;
const LATENCIES_KEPT = 20;

/** One server of a source as it stands, for the console. */
export interface ServerHealth {
  readonly url: string;
  readonly working: boolean;
  /** Since when it is as it is. */
  readonly sinceMs: number;
  /** The median of the last 20 answers; undefined before the first. */
  readonly latencyMs: number | undefined;
  readonly lastError: { readonly atMs: number; readonly text: string } | undefined;
  /** Probed again then; until then nobody asks it unless all others fail. */
  readonly pausedUntilMs: number | undefined;
}

/**
 * One server behind a circuit breaker. When it fails, all its connections are ended, so that whoever waits for an answer
 * goes elsewhere, and it is probed in the background, after pauses that double up to 15 s, until it answers: nobody who
 * wants to log in pays for finding that out.
 */
export class WatchedServer {
  readonly #server: LdapServer;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #connections = new Set<LdapConnection>();
  readonly #latencies: number[] = [];
  #failures = 0;
  #sinceMs: number;
  #lastError: ServerHealth['lastError'];
  #pausedUntilMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #probing: Promise<boolean> | undefined;
  #isClosed = false;

  constructor(server: LdapServer, { clock, log }: { clock: Clock; log: Log }) {
    this.#server = server;
    this.#clock = clock;
    this.#log = log;
    this.#sinceMs = clock.now();
  }

  get url(): string {
    return this.#server.url;
  }

  get isWorking(): boolean {
    return this.#failures === 0;
  }

  /** A new connection; undefined, and the breaker open, when the server does not answer in time. */
  async open(): Promise<LdapConnection | undefined> {
    try {
      const connection = await LdapConnection.open(this.#server, {
        answered: (latencyMs) => this.#answered(latencyMs),
        slow: () => void this.probe(),
      });
      this.#keep(connection);
      return connection;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  /** Tells whether the server answers now, on a connection of its own. Several at once are one. */
  probe(): Promise<boolean> {
    this.#probing ??= this.#ask().finally(() => (this.#probing = undefined));
    return this.#probing;
  }

  health(): ServerHealth {
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    return {
      url: this.url,
      working: this.isWorking,
      sinceMs: this.#sinceMs,
      latencyMs: sorted[Math.floor(sorted.length / 2)],
      lastError: this.#lastError,
      pausedUntilMs: this.#pausedUntilMs,
    };
  }

  /** Ends all connections and the probing. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#endConnections();
  }

  async #ask(): Promise<boolean> {
    const { connectTimeoutMs, answerTimeoutMs } = this.#server;
    const impatient = { ...this.#server, answerTimeoutMs: Math.min(connectTimeoutMs, answerTimeoutMs) };
    try {
      const connection = await LdapConnection.open(impatient);
      try {
        await connection.search('', { scope: 'base', attributes: ['1.1'] });
      } catch (error) {
        // A refusal is an answer: that is all there is to know here.
        if (!isAnswer(error)) throw error;
      } finally {
        connection.destroy();
      }
      this.#recovered();
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  #keep(connection: LdapConnection): void {
    if (this.#isClosed) connection.destroy();
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
  }

  #answered(latencyMs: number): void {
    this.#latencies.push(Math.round(latencyMs * 10) / 10);
    if (this.#latencies.length > LATENCIES_KEPT) this.#latencies.shift();
  }

  #failed(error: unknown): void {
    if (this.#isClosed) return;
    this.#lastError = { atMs: this.#clock.now(), text: describeError(error) };
    // Of many who fail at once one opens the breaker; the next pause begins with the probe at the end of this one.
    if (this.#timer) return;
    if (this.#failures++ === 0) {
      this.#sinceMs = this.#clock.now();
      this.#log.warn('directory.server.failed', {
        server: this.url,
        error: error instanceof Error ? error : undefined,
      });
      this.#endConnections();
    }
    this.#probeLater();
  }

  #probeLater(): void {
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS);
    const jitter = randomInt(-JITTER_PERCENT, JITTER_PERCENT + 1) / 100;
    const waitMs = Math.round(pauseMs * (1 + jitter));
    this.#pausedUntilMs = this.#clock.now() + waitMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.probe();
    }, waitMs).unref();
  }

  #recovered(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pausedUntilMs = undefined;
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#sinceMs = this.#clock.now();
    this.#log.info('directory.server.recovered', { server: this.url });
  }

  #endConnections(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}
