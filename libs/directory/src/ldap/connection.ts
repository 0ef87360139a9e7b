import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type PeerCertificate, type TLSSocket } from 'node:tls';
import { Failure } from '@interoffice/telemetry';
import { Client, type Control, type Entry, type SearchOptions, type SearchResult } from 'ldapts';
import { isAnswer } from './answer.js';

/** How one LDAP server is reached. */
export interface LdapServer {
  /** `ldaps://host:636`, or `ldap://host:389` together with `startTls`. */
  readonly url: string;
  readonly startTls: boolean;
  /** PEM of the authorities to trust; undefined for the system's. */
  readonly authorities: readonly string[] | undefined;
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
}

/** Who wants to know how a connection is doing. */
export interface ConnectionWatch {
  answered(latencyMs: number): void;
  /** A question has had no answer for half a second: perhaps there is nobody any more. */
  slow(): void;
}

const SLOW_AFTER_MS = 500;
/** More than any page of people with photos; an answer beyond it is cut off together with its connection. */
const MOST_ANSWER_BYTES = 32 * 1024 * 1024;

/**
 * One encrypted connection to one server, used until the first error and then thrown away. ldapts reconnects by itself,
 * after StartTLS even in the clear; here the sockets are ours, each is opened once, and nothing is sent unless it is
 * encrypted, verified and alive. Referrals are not followed.
 */
export class LdapConnection {
  readonly url: string;
  readonly #client: Client;
  readonly #server: LdapServer;
  readonly #watch: ConnectionWatch | undefined;
  readonly #closed = Promise.withResolvers<void>();
  #plain: Socket | undefined;
  #secure: TLSSocket | undefined;
  #taken = false;
  #received = 0;

  private constructor(server: LdapServer, watch: ConnectionWatch | undefined) {
    this.url = server.url;
    this.#server = server;
    this.#watch = watch;
    this.#client = new Client({
      url: server.url,
      timeout: server.answerTimeoutMs,
      connectTimeout: server.connectTimeoutMs,
      createConnection: ((port: number, host: string) => this.#openPlain(port, host)) as typeof connectPlain,
      createSecureConnection: (...given: unknown[]) => this.#openSecure(optionsAmong(given)),
    });
  }

  /** Connects and encrypts. Rejects with LDAP_CONNECTION_FAILED, the cause inside; nothing was sent but StartTLS. */
  static async open(server: LdapServer, watch?: ConnectionWatch): Promise<LdapConnection> {
    const connection = new LdapConnection(server, watch);
    try {
      await connection.#encrypt();
      return connection;
    } catch (cause) {
      connection.destroy();
      throw new Failure('LDAP_CONNECTION_FAILED', `no encrypted connection to ${server.url}`, { cause });
    }
  }

  /** Rejects with the server's refusal, which has a numeric `code` (RFC 4511 §4.1.9), or an error of the connection. */
  async bind(dn: string, password: string, controls?: Control[]): Promise<void> {
    if (password === '') throw new Failure('LDAP_EMPTY_PASSWORD', 'an empty password is never sent (RFC 4513 §5.1.2)');
    this.#demandEncrypted();
    await this.#watched(this.#client.bind(dn, password, controls));
  }

  async search(base: string, options: SearchOptions, controls?: Control[]): Promise<readonly Entry[]> {
    return (await this.searchAll(base, options, controls)).searchEntries;
  }

  /** The same with the references to other servers that came along; nobody follows them. */
  async searchAll(base: string, options: SearchOptions, controls?: Control[]): Promise<SearchResult> {
    this.#demandEncrypted();
    this.#received = 0;
    return this.#watched(this.#client.search(base, options, controls));
  }

  /** The entries page by page; the caller may take its time between pages. */
  async *pages(base: string, options: SearchOptions, controls?: Control[]): AsyncGenerator<readonly Entry[]> {
    this.#demandEncrypted();
    for await (const page of this.#client.searchPaginated(base, options, controls)) {
      this.#received = 0;
      yield page.searchEntries;
      this.#demandEncrypted();
    }
  }

  get isAlive(): boolean {
    return this.#secure !== undefined && this.#secure.encrypted && !this.#secure.destroyed && this.#secure.readable;
  }

  /** The server's certificate as it was verified. */
  get certificate(): PeerCertificate | undefined {
    return this.#secure?.getPeerCertificate();
  }

  /** Resolves once the connection has ended, whoever ended it. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Ends the connection at once; whoever waits for an answer gets an error. */
  destroy(): void {
    this.#secure?.destroy();
    this.#plain?.destroy();
  }

  async #encrypt(): Promise<void> {
    if (this.#server.startTls) {
      const deadline = setTimeout(() => this.destroy(), this.#server.connectTimeoutMs);
      try {
        await this.#client.startTLS(this.#tlsOptions());
      } finally {
        clearTimeout(deadline);
      }
    } else {
      const { hostname, port } = new URL(this.#server.url);
      const address = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 636) };
      await this.#handshake(this.#keep(connectTls({ ...this.#tlsOptions(), ...address })));
    }
    this.#demandEncrypted();
  }

  /** Waits until the socket is encrypted and the server's certificate verified. */
  async #handshake(socket: TLSSocket): Promise<void> {
    const deadline = setTimeout(
      () => socket.destroy(new Error('no connection in time')),
      this.#server.connectTimeoutMs,
    );
    try {
      await once(socket, 'secureConnect');
    } finally {
      clearTimeout(deadline);
    }
  }

  async #watched<T>(answer: Promise<T>): Promise<T> {
    const began = performance.now();
    const impatience = setTimeout(() => this.#watch?.slow(), SLOW_AFTER_MS);
    try {
      const result = await answer;
      this.#watch?.answered(performance.now() - began);
      return result;
    } catch (error) {
      if (isAnswer(error)) this.#watch?.answered(performance.now() - began);
      throw error;
    } finally {
      clearTimeout(impatience);
    }
  }

  #demandEncrypted(): void {
    if (!this.isAlive) throw new Failure('LDAP_NOT_ENCRYPTED', `the connection to ${this.#server.url} is gone`);
  }

  #openPlain(port: number, host: string): Socket {
    if (this.#plain || !this.#server.startTls)
      throw new Failure('LDAP_NOT_ENCRYPTED', 'no second connection, and none in the clear');
    this.#plain = connectPlain({ port, host, noDelay: true });
    return this.#plain;
  }

  /** ldapts asks for a socket once: the one made above, or, in StartTLS, one over the plain socket. */
  #openSecure(options: ConnectionOptions): TLSSocket {
    if (this.#taken) throw new Failure('LDAP_NOT_ENCRYPTED', 'a connection is never opened twice');
    this.#taken = true;
    return this.#secure ?? this.#keep(connectTls({ ...this.#tlsOptions(), socket: options.socket }));
  }

  #keep(socket: TLSSocket): TLSSocket {
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#count(bytes.length));
    // Whoever waits for an answer is told by ldapts; an error between two questions only ends the connection.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#closed.resolve());
    this.#secure = socket;
    return socket;
  }

  #count(bytes: number): void {
    this.#received += bytes;
    if (this.#received > MOST_ANSWER_BYTES) this.destroy();
  }

  #tlsOptions(): ConnectionOptions {
    const { hostname } = new URL(this.#server.url);
    const isAddress = /^[\d.]+$|^\[/.test(hostname);
    return {
      minVersion: 'TLSv1.2',
      ...(this.#server.authorities ? { ca: [...this.#server.authorities] } : {}),
      ...(isAddress ? {} : { servername: hostname }),
    };
  }
}

/** ldapts calls with (port, host, options) for ldaps and with (options) for StartTLS. COMPAT(ldapts, 9.2) */
function optionsAmong(given: readonly unknown[]): ConnectionOptions {
  return given.find((one): one is ConnectionOptions => typeof one === 'object' && one !== null) ?? {};
}
