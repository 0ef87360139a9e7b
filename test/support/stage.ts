import { randomBytes } from 'node:crypto';
import { Journal, MemoryArchive, Tally } from '@interoffice/archive';
import {
  deriveVerifiers,
  LocalSource,
  MemoryLoginTokens,
  PeopleDirectory,
  PostgresRecords,
} from '@interoffice/directory';
import type { RoomTemplate, Sql } from '@interoffice/features';
import type { Denial, PeerMark, RelayWish } from '@interoffice/federation/queue';
import type { Rule } from '@interoffice/policy';
import type { Destination, Feature, Session } from '@interoffice/routing';
import {
  DEFAULT_POLICY,
  type FederationWish,
  type RoomPolicy,
  roomRules,
  XmppServer,
  type XmppServerParts,
} from '@interoffice/server';
import { Metrics } from '@interoffice/telemetry';
import type { TlsContext } from '@interoffice/transport';
import { jid, Scanner, xml } from '@interoffice/wire';
import { TestClient } from './client.js';
import { openDatabase, type TestDatabase } from './database.js';
import { MemoryReceipts } from './memory-receipts.js';
import { MemoryConnection, type MemoryLineOptions } from './memory-line.js';
import { RecordingLog } from './recording-log.js';
import type { Theatre } from './script.js';
import { shuffler } from './shuffler.js';

export const LANES = ['fast', 'tree'] as const;
export type Lane = (typeof LANES)[number];

export const DOMAIN = 'im.example';
/** How long the stage keeps a device whose stream was cut. */
export const RESUME_WITHIN_MS = 600_000;
/** More than whoever gathers questions for the database waits for. */
const QUIET_TURNS = 20;
const PASSWORD = 'correct horse';
/** Far too few for a real server; each log-in of each test pays for them. */
const verifiers = deriveVerifiers(PASSWORD, 8);

/** What a stage may be given. */
export interface StageOptions {
  readonly lane?: Lane;
  /** Seed of the order of features; printed by the suite that uses it. */
  readonly seed?: number;
  /** Features beside those of the server, for tests of the rules for features. */
  readonly more?: readonly Feature[];
  readonly tlsRequired?: boolean;
  /** What offices say of what the archive cannot read; without it it is allowed. */
  readonly encryption?: XmppServerParts['encryption'];
  readonly rooms?: Partial<RoomPolicy>;
  /** Kinds of rooms that administrators make. */
  readonly templates?: readonly RoomTemplate[];
  /** Another stage's database, which then is not removed with this stage. */
  readonly database?: TestDatabase;
  /** What an earlier stage has recorded: this is the server after its restart. */
  readonly archive?: MemoryArchive;
  readonly now?: number;
  /** Who may talk to other servers; without it nobody. */
  readonly rules?: readonly Rule[];
  /** Peers that are other offices of the same company. */
  readonly offices?: readonly string[];
  /** How receipts are signed and believed; without it there are none. */
  readonly receipts?: Omit<NonNullable<FederationWish['receipts']>, 'store'>;
  /** Which of them are reached through which other. */
  readonly via?: Readonly<Record<string, string>>;
  /** What this server passes on between them. */
  readonly relay?: readonly RelayWish[];
  /** Gateways of ours by name; without it `local`. */
  readonly gateways?: readonly string[];
  /** What becomes of first messages from other servers; without it they are delivered. */
  readonly strangers?: Partial<FederationWish['strangers']>;
  /** How far peers had got before this stage. */
  readonly marks?: PeerMark[];
}

/** Somebody with an account. */
export interface Actor {
  readonly user: string;
  readonly password: string;
  readonly bare: string;
}

/** Opens a stage with a database of its own. */
export async function open(options: StageOptions = {}): Promise<Stage> {
  const stage = new Stage(options.database ?? (await openDatabase()), options);
  await stage.server.startFeatures();
  await stage.server.federation?.start();
  return stage;
}

/**
 * A whole server in this process, without sockets: real streams, routing, features and tables; the journal in memory.
 * Clients are the ones of client.ts over a line in memory.
 */
export class Stage implements Theatre {
  readonly domain = DOMAIN;
  readonly archive: MemoryArchive;
  /** What stands in the tables of peers. */
  readonly marks: PeerMark[];
  readonly denials: Denial[] = [];
  /** Receipts that other offices have given, and how this one gives its own. */
  readonly receipts = new MemoryReceipts();
  readonly log = new RecordingLog();
  readonly metrics = new Metrics();
  readonly server: XmppServer;
  readonly records: PostgresRecords;
  readonly tokens: MemoryLoginTokens;
  readonly clock = { now: (): number => this.#now };
  /** Called before every statement of the features; what it throws is what the database answers. */
  beforeSql: (name: string) => Promise<void> | void = () => undefined;
  #now: number;
  #accounts = 0;
  #asking = 0;
  readonly #connections = new Map<TestClient, MemoryConnection>();
  readonly #scanner: Scanner;

  constructor(
    readonly database: TestDatabase,
    private readonly options: StageOptions,
  ) {
    this.archive = options.archive ?? new MemoryArchive();
    this.marks = options.marks ?? [];
    this.#now = options.now ?? Date.UTC(2026, 10, 20, 9);
    this.#count(database);
    this.records = new PostgresRecords(database);
    this.tokens = new MemoryLoginTokens(this.clock);
    this.server = new XmppServer(this.#parts());
    this.#scanner = new Scanner(this.server.vocabulary);
  }

  /** A fresh account. `name` is the beginning of its localpart. */
  async account(name: string): Promise<Actor> {
    const user = `${name}-${++this.#accounts}-${randomBytes(3).toString('hex')}`;
    const address = jid(user, DOMAIN);
    await this.records.create({
      jid: address,
      person: { name: `${name} of Verona`, mail: `${user}@example.com` },
      role: 'employee',
      roleScope: '*',
      verifiers: await verifiers,
    });
    return { user, password: PASSWORD, bare: address.bare };
  }

  /** A client that has not said anything yet. */
  async connect(options: MemoryLineOptions = {}): Promise<TestClient> {
    let connection: MemoryConnection | undefined;
    const client = await TestClient.open(DOMAIN, (sink) => {
      connection = new MemoryConnection(sink, options);
      connection.attach(this.#scanner, this.server.accept(connection));
      return Promise.resolve(connection.line);
    });
    this.#connections.set(client, connection!);
    return client;
  }

  /** A client that is logged in and bound, without presence. */
  async bound(actor: Actor, resource?: string): Promise<TestClient> {
    const client = await this.connect();
    return client.login(actor.user, actor.password, { resource });
  }

  /** A client that is available; what its log-in brought has been taken. */
  async online(actor: Actor, resource?: string, priority = 0): Promise<TestClient> {
    const client = await this.bound(actor, resource);
    client.send(xml('presence', {}, xml('priority', {}, String(priority))));
    await client.next((element) => element.is('presence') && element.attrs['from'] === client.jid);
    return client;
  }

  /** The server's end of a client's line. */
  connectionOf(client: TestClient): MemoryConnection {
    return this.#connections.get(client)!;
  }

  /** The session of a client, as routing sees it. */
  sessionOf(client: TestClient): Session {
    for (const session of this.server.sessions.all()) if (session.jid.toString() === client.jid) return session;
    throw new Error(`${client.jid} is not bound.`);
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  /** Everything sent until now has been dealt with: nothing waits for a commit, its place, a statement or the next turns. */
  async settled(): Promise<void> {
    const { journal, routing } = this.server;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#asking > 0 || journal.stalledSinceMs !== undefined || routing.chronicle.waiting > 0) quiet = -1;
    }
  }

  async close(): Promise<void> {
    this.archive.resume();
    for (const client of this.#connections.keys()) if (!client.isClosed) client.close();
    await this.settled();
    await this.server.stop();
    await this.settled();
    if (!this.options.database) await this.database.drop();
  }

  #parts(): XmppServerParts {
    const { clock, log, metrics, options } = this;
    const source = new LocalSource({ records: this.records, secret: randomBytes(32), domains: [DOMAIN] });
    return {
      domains: [DOMAIN, 'second.example'],
      listen: { c2s: false, c2sTls: false },
      // Listeners alone use it, and there are none.
      tls: undefined as unknown as TlsContext,
      tlsRequired: options.tlsRequired ?? false,
      channelBinding: true,
      isAllowedOrigin: () => false,
      resumeWithinMs: RESUME_WITHIN_MS,
      directory: new PeopleDirectory({ records: this.records, sources: [source], clock, log }),
      tokens: this.tokens,
      secret: randomBytes(32),
      sql: this.#sql(),
      rooms: {
        domain: `conference.${DOMAIN}`,
        rules: roomRules({ ...DEFAULT_POLICY, ...options.rooms }),
        templates: options.templates,
      },
      journal: (onReleased) => ({
        tally: new Tally(),
        journal: new Journal<Session, Destination>({
          sink: this.archive,
          latestId: this.archive.rows.at(-1)?.id,
          clock,
          log,
          metrics,
          onReleased,
          onPoisoned: () => undefined,
        }),
      }),
      archive: this.archive,
      federation: options.rules && this.#federation(options.rules),
      version: '1.2.3',
      company: 'Example',
      adminAddresses: ['mailto:admin@im.example'],
      ...(options.encryption && { encryption: options.encryption }),
      clock,
      log,
      metrics,
      moreFeatures: options.more,
      treeLaneOnly: options.lane === 'tree',
      shuffle: options.seed === undefined ? undefined : shuffler(options.seed),
    };
  }

  #federation(rules: readonly Rule[]): FederationWish {
    const { marks, denials } = this;
    const domains = [this.domain, `conference.${this.domain}`];
    return {
      rules,
      peers: (this.options.offices ?? []).map((domain) => ({
        domain,
        isOffice: true,
        via: this.options.via?.[domain],
      })),
      relay: this.options.relay ?? [],
      bidi: true,
      policyVersion: 1,
      gateways: (this.options.gateways ?? ['local']).map((name) => ({ name, domains })),
      strangers: { wishOf: () => 'deliver', newContactsPerHour: 100, ...this.options.strangers },
      reader: this.archive,
      marks: {
        all: () => Promise.resolve(marks),
        move: (moved) => {
          for (const mark of moved) {
            const at = marks.findIndex(({ domain, peer }) => domain === mark.domain && peer === mark.peer);
            if (at < 0) marks.push(mark);
            else marks[at] = mark;
          }
          return Promise.resolve();
        },
      },
      denials: {
        write: (written) => Promise.resolve(void denials.push(...written)),
        find: (id) => Promise.resolve(denials.find((denial) => denial.id === id)),
      },
      receipts: this.options.receipts && { store: this.receipts, ...this.options.receipts },
      maxAgeMs: 86_400_000,
      groups: { groupsOf: () => Promise.resolve([]) },
    };
  }

  #sql(): Sql {
    return {
      query: (name, text, values) =>
        this.#during(async () => {
          await this.beforeSql(name);
          return this.database.prepared('app', { name, text }, values);
        }),
    };
  }

  /** Statements of the directory's records are waited for as well. */
  #count(database: TestDatabase): void {
    const prepared = database.prepared.bind(database);
    database.prepared = (role, statement, values) => this.#during(() => prepared(role, statement, values));
  }

  async #during<T>(work: () => Promise<T>): Promise<T> {
    this.#asking++;
    try {
      return await work();
    } finally {
      this.#asking--;
    }
  }
}
