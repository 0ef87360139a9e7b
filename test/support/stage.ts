import { randomBytes } from 'node:crypto';
import { type Journal, MemoryArchive } from '@interoffice/archive';
import { DEFAULT_ITERATIONS, deriveVerifiers, LocalSource, MemoryLoginTokens, MemoryRecords, PeopleDirectory } from '@interoffice/directory';
import type { Destination, Session } from '@interoffice/routing';
import { XmppServer } from '@interoffice/server';
import { Metrics, silentLog } from '@interoffice/telemetry';
import type { Accept, Connection, TlsFacts } from '@interoffice/transport';
import { jid, type Limits, Scanner, StreamFramer, Vocabulary } from '@interoffice/wire';
import { TestClient } from './client.js';
import { openDatabase, type TestDatabase } from './database.js';
import type { Theatre } from './script.js';

export const LANES = ['fast', 'tree'] as const;
export type Lane = (typeof LANES)[number];

export const DOMAIN = 'im.example';
const PASSWORD = 'correct horse';

/** What a stage may be given. */
export interface StageOptions {
  readonly lane?: Lane;
  /** Seed of the order of features; printed by the suite that uses it. */
  readonly seed?: number;
}

/**
 * A whole server in this process, without sockets: real streams, routing, features and tables; people and journal in
 * memory. Clients are the ones of client.ts over a line in memory.
 */
export class Stage implements Theatre {
  readonly domain = DOMAIN;
  readonly archive: MemoryArchive;
  readonly server: XmppServer;
  readonly records: MemoryRecords;
  readonly tokens: MemoryLoginTokens;
  readonly clients: TestClient[] = [];
  readonly clock = { now: () => this.#now };
  #now = Date.UTC(2026, 10, 20, 9);
  readonly #scanner: Scanner;

  private constructor(
    private readonly database: TestDatabase,
    options: StageOptions,
  ) {
    const { clock } = this;
    const log = silentLog;
    const metrics = new Metrics();
    this.records = new MemoryRecords(clock);
    this.tokens = new MemoryLoginTokens(clock);
    const source = new LocalSource({ records: this.records, secret: randomBytes(32), iterations: ITERATIONS, domains: [DOMAIN] } as never);
    const directory = new PeopleDirectory({ records: this.records, sources: [source], clock, log });
    let archive: MemoryArchive | undefined;
    this.server = new XmppServer({
      domains: [DOMAIN],
      listen: { c2s: false, c2sTls: false },
      tls: undefined as never,
      tlsRequired: false,
      channelBinding: true,
      isAllowedOrigin: () => false,
      directory,
      tokens: this.tokens,
      secret: randomBytes(32),
      sql: { query: (name, text, values) => database.prepared('app', { name, text }, values as never) },
      journal: (onReleased) => {
        archive = new MemoryArchive({ clock, log, metrics, onReleased, onPoisoned: () => undefined } as never);
        return (archive as unknown as { journal: Journal<Session, Destination> }).journal;
      },
      archive: { page: (q) => archive!.page(q), metadata: (id) => archive!.metadata(id), after: (q) => archive!.after(q) } as never,
      version: '0',
      company: 'Example',
      adminAddresses: ['mailto:admin@im.example'],
      clock,
      log,
      metrics,
      treeLaneOnly: options.lane === 'tree',
      shuffle: options.seed === undefined ? undefined : shuffler(options.seed),
    });
    this.archive = archive!;
    this.#scanner = new Scanner(this.server.vocabulary);
  }
}
