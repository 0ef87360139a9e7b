import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ArchiveReader, Journal, Tally } from '@interoffice/archive';
import {
  type AccountRecord,
  type AccountState,
  type Directory,
  FailedNames,
  type LoginTokens,
} from '@interoffice/directory';
import type {
  Bookmarks,
  DataPolicy,
  EncryptionRules,
  Muc,
  OrphanedRooms,
  RoomAdministration,
  Sql,
  StreamManaging,
  TeamRooms,
  TeamRosters,
} from '@interoffice/features';
import {
  type Account,
  Accounts,
  type Destination,
  type Feature,
  Questions,
  type Released,
  renamed,
  Routing,
  type SentMessages,
  type Session,
  Sessions,
  StanzaIds,
} from '@interoffice/routing';
import {
  bind,
  type C2sParts,
  C2sStream,
  channelBindingTypes,
  noCompression,
  sasl,
  starttls,
  streamLimits,
  Watchdog,
} from '@interoffice/stream';
import type { Rule } from '@interoffice/policy';
import { type Clock, Failure, type Log, type Metrics } from '@interoffice/telemetry';
import { AcceptGuard, adoptionWorks, Direct, Listener, type TlsContext, WebSockets } from '@interoffice/transport';
import { type Jid, jid, Scanner, StreamError, tryJid, Vocabulary } from '@interoffice/wire';
import { PostgresAcquaintances } from './acquaintances.js';
import { DirectoryAccounts, factsOf } from './account-source.js';
import { Federation, type FollowedSettings } from '@interoffice/federation/queue';
import { features, type RoomParts } from './features.js';
import { receiptsOf } from './receipts.js';
import { type FederationWish, groupNamesOf, GroupsForRules } from './federation.js';
import { type CountedJournal, countedRecorder } from './journal.js';
import { Logins } from './login.js';
import { personFinder } from './people.js';
import { Renaming } from './renaming.js';

export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

export interface XmppServerParts {
  readonly domains: readonly string[];
  readonly listen: { readonly c2s: SocketAddress | false; readonly c2sTls: SocketAddress | false };
  readonly tls: TlsContext;
  /** False: clients may log in without TLS; settings allow it on loopback only. */
  readonly tlsRequired: boolean;
  readonly channelBinding: boolean;
  readonly isAllowedOrigin: (origin: string) => boolean;
  /** How long a device whose stream was cut is kept, and counts as available. XEP-0198 §5 */
  readonly resumeWithinMs: number;
  readonly directory: Directory;
  readonly tokens: Pick<LoginTokens, 'redeem'>;
  /** 256 random bits of this installation. */
  readonly secret: Buffer;
  readonly sql: Sql;
  readonly rooms: RoomParts;
  /** Made with the callback that takes its released batches. */
  readonly journal: (released: (batch: Released) => void) => CountedJournal;
  /** Undefined when nothing is recorded: no offline messages and no archive then. */
  readonly archive: ArchiveReader | undefined;
  /** Undefined: nobody talks to other servers. */
  readonly federation?: FederationWish | undefined;
  readonly version: string;
  readonly company: string;
  readonly adminAddresses: readonly string[];
  /** What is told of what is kept; without it: everything, until somebody decides otherwise. */
  readonly dataPolicy?: DataPolicy;
  /** What offices say of messages that the archive cannot read; without it they are allowed. */
  readonly encryption?: EncryptionRules;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** For tests: features beside the list; every stanza by the second lane; the list in another order. */
  readonly moreFeatures?: readonly Feature[];
  readonly treeLaneOnly?: boolean;
  readonly shuffle?: <T>(list: readonly T[]) => readonly T[];
}

/** A bound device, for who administers. */
export interface DeviceFacts {
  readonly jid: Jid;
  readonly bare: string;
  readonly boundAtMs: number;
  /** Empty while it has no stream. */
  readonly remoteAddress: string;
  /** `none`: its stream was cut, and it is kept to be resumed. */
  readonly kind: 'tcp' | 'tls' | 'websocket' | 'none';
  readonly isEncrypted: boolean;
}

/** X-09 of security.md; advertised by XEP-0478. */
const LIMITS = { preAuthBytes: 8192, preAuthElements: 32, stanzaBytes: 262_144 };
const ACCEPT = { perAddress: 100_000, strangersPerAddress: 1000, loginWithinMs: 30_000 };
const IDLE_SECONDS = 45;
const DRAIN_WITHIN_MS = 4000;
/** What somebody reads whose streams end. */
const CLOSED: Readonly<Record<Exclude<AccountState, 'active'>, string>> = {
  suspended: 'This account was switched off by an administrator.',
  disabled: 'The company directory does not let this account in any more.',
  deleted: 'This account was deleted.',
};

/** The XMPP server of one process: listeners → streams → routing → journal, put together. */
export class XmppServer {
  readonly accounts: Accounts;
  readonly sessions = new Sessions();
  readonly journal: Journal<Session, Destination>;
  /** What was decided to be recorded, counted apart from it; undefined where nothing is. */
  readonly tally: Tally | undefined;
  readonly routing: Routing;
  readonly federation: Federation | undefined;
  readonly managing: StreamManaging;
  readonly muc: Muc;
  /** Rooms, for who administers the company. */
  readonly rooms: RoomAdministration;
  /** Rooms whose owner has left. */
  readonly orphans: OrphanedRooms;
  /** What groups of the directories give: contacts, and rooms. */
  readonly teams: { readonly rosters: TeamRosters; readonly rooms: TeamRooms };
  readonly bookmarks: Bookmarks;
  /** What features read before the first stream; `start` calls it. Rejects with the database. */
  readonly startFeatures: () => Promise<void>;
  readonly vocabulary = new Vocabulary();
  readonly c2s: C2sParts;
  #listeners: Listener[] = [];
  #webSockets: WebSockets | undefined;
  readonly #watchdog = new Watchdog();
  readonly #streams = new Set<C2sStream>();
  readonly #stopFeatures: () => Promise<void>;
  readonly #guard: AcceptGuard;
  readonly #source: DirectoryAccounts;
  readonly #renaming: Renaming;
  readonly #groups: GroupsForRules | undefined;
  #isDraining = false;

  constructor(private readonly parts: XmppServerParts) {
    const { clock, log, metrics } = parts;
    this.#source = new DirectoryAccounts(parts.directory, parts.sql, () => this.routing.compiled.features);
    this.accounts = new Accounts(this.#source, log);
    let counted: CountedJournal | undefined;
    const ids = new StanzaIds(clock);
    const questions = new Questions();
    this.federation = parts.federation && this.#federation(parts.federation, questions);
    const { list, managing, bookmarks, muc, rooms, orphans, teams, start, stop } = features({
      sql: parts.sql,
      accounts: this.accounts,
      archive: parts.archive,
      outward: this.federation,
      blocked: (account, jids) => this.federation?.strangers.refuse(account, jids),
      findPerson: personFinder(parts.directory),
      searchPeople: (text, limit) => parts.directory.search(text, limit),
      announce: {
        available: (session) => this.routing.announceAvailable(session),
        broadcast: (session) => this.routing.announceBroadcast(session),
        willing: (session) => this.routing.announceWilling(session),
      },
      routing: () => this.routing,
      rooms: parts.rooms,
      secret: parts.secret,
      vocabulary: this.vocabulary,
      questions,
      resumeWithinMs: parts.resumeWithinMs,
      company: parts.company,
      version: parts.version,
      adminAddresses: parts.adminAddresses,
      dataPolicy: parts.dataPolicy ?? { retentionHours: undefined, termsUrl: undefined, notice: undefined },
      encryption: parts.encryption ?? { of: () => 'allow' },
      clock,
      log,
    });
    this.managing = managing;
    this.muc = muc;
    this.rooms = rooms;
    this.orphans = orphans;
    this.teams = teams;
    this.bookmarks = bookmarks;
    this.#renaming = new Renaming(parts.sql, this.accounts, muc.rooms);
    this.#stopFeatures = stop;
    this.startFeatures = start;
    this.#groups = parts.federation && new GroupsForRules(parts.federation);
    const { federation } = this;
    const ofFederation =
      federation && this.#groups ? [federation.strangers.feature, this.#groups.feature, receiptsOf(federation)] : [];
    const all = [...list, ...ofFederation, ...(parts.moreFeatures ?? [])];
    this.routing = new Routing({
      domains: new Set(parts.domains),
      vocabulary: this.vocabulary,
      features: parts.shuffle?.(all) ?? all,
      accounts: this.accounts,
      sessions: this.sessions,
      questions,
      ids,
      recorder: (released) => countedRecorder((counted = parts.journal(released))),
      isReadable: parts.archive !== undefined,
      sent: parts.archive && sentMessages(parts.archive, parts.federation?.reader),
      clock,
      log,
      metrics,
      treeLaneOnly: parts.treeLaneOnly,
      abroad: this.federation?.abroad,
    });
    this.journal = counted!.journal;
    this.tally = counted!.tally;
    this.routing.released.read(this.journal.releasedId);
    ids.startAfter(this.journal.releasedId);
    this.#guard = new AcceptGuard(
      ACCEPT,
      metrics.counter('interoffice_transport_refused_total', 'Connections refused: too many from one address'),
      metrics.counter('interoffice_transport_late_total', 'Connections cut off because nobody logged in in time'),
    );
    this.c2s = this.#c2sParts();
    metrics.gauge('interoffice_routing_sessions', 'Devices that are bound', () => this.sessions.size);
  }

  /** Opens the listeners. Rejects with PORT_BUSY. Returns the ports. */
  async start(): Promise<{ c2s: number | undefined; c2sTls: number | undefined }> {
    const { listen } = this.parts;
    await this.startFeatures();
    await this.federation?.start();
    await this.#meetDatabase();
    const scanner = new Scanner(this.vocabulary);
    const parts = {
      scanner,
      tls: this.parts.tls,
      guard: this.#guard,
      sharedBuffer: await adoptionWorks(),
      direct: await Direct.learn(),
      log: this.parts.log,
    };
    const accept = this.accept;
    const open = async (
      at: SocketAddress | false,
      kind: 'tcp' | 'tls',
      setting: string,
    ): Promise<number | undefined> => {
      if (at === false) return undefined;
      const listener = new Listener({ ...at, kind, setting }, parts, accept);
      this.#listeners.push(listener);
      return listener.listen();
    };
    const c2s = await open(listen.c2s, 'tcp', 'INTEROFFICE_LISTEN__C2S');
    const c2sTls = await open(listen.c2sTls, 'tls', 'INTEROFFICE_LISTEN__C2S_TLS');
    this.#webSockets = new WebSockets({
      ...parts,
      accept,
      isAllowedOrigin: this.parts.isAllowedOrigin,
      maxBytes: LIMITS.stanzaBytes,
    });
    this.#watchdog.start();
    return { c2s, c2sTls };
  }

  #federation(wish: FederationWish, questions: Questions): Federation {
    const { domains, rooms, clock, log, metrics } = this.parts;
    return new Federation({
      ...wish,
      strangers: { ...wish.strangers, store: new PostgresAcquaintances(this.parts.sql) },
      domains: [...domains, rooms.domain],
      roomDomains: [rooms.domain],
      groupsOf: groupNamesOf,
      accounts: this.accounts,
      routing: () => this.routing,
      questions,
      vocabulary: this.vocabulary,
      clock,
      log,
      metrics,
    });
  }

  /** One look at who is silent and who owes an acknowledgement, as the clock does every three seconds. */
  watchdogRound(): void {
    this.#watchdog.round();
  }

  /** A stream for a connection of any kind. */
  readonly accept = (connection: ConstructorParameters<typeof C2sStream>[0]): C2sStream => {
    return new C2sStream(connection, this.c2s);
  };

  /** An HTTP upgrade on the https port, path /ws. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#isDraining || !this.#webSockets) socket.destroy();
    else this.#webSockets.upgrade(request, socket, head);
  }

  /** No new connections; what was received is written; every stream gets `<system-shutdown/>`. */
  async stop(): Promise<void> {
    this.#isDraining = true;
    this.#watchdog.stop();
    const closed = this.#listeners.map((listener) => listener.close());
    await within(DRAIN_WITHIN_MS, this.journal.settled());
    for (const stream of this.#streams)
      stream.cut(new StreamError('system-shutdown', 'The server is being restarted or stopped.'));
    await within(DRAIN_WITHIN_MS, Promise.all(closed));
    // What features write when a device goes.
    const written = [...this.accounts.inMemory()].map((account) => account.inOrder(() => Promise.resolve()));
    await within(DRAIN_WITHIN_MS, Promise.all(written));
    await this.#stopFeatures();
    await this.federation?.stop();
    await this.journal.close(DRAIN_WITHIN_MS);
  }

  /**
   * An account was made, suspended, restored or deleted: what was remembered is void. Unless it is active all its streams
   * end, also those kept to be resumed, in memory or in the database. Returns how many there were; rejects when the
   * database cannot say whether there are more.
   */
  async accountChanged(record: AccountRecord): Promise<number> {
    const { state } = record;
    this.accounts.changed(factsOf(record));
    if (state === 'active') return 0;
    const end = (account: Account | null | undefined): number =>
      account ? this.routing.disconnectAll(account, new StreamError('not-authorized', CLOSED[state])) : 0;
    // At once, whatever the database does; loading brings what is left in it from before a restart.
    const known = end(this.accounts.peek(record.jid.bare));
    const loaded = end(await this.accounts.load(record.jid.bare));
    await this.managing.flush();
    return known + loaded;
  }

  /**
   * An account has another address, in the directory's records already. Rosters, block lists and rooms of others name it
   * by the new one from now on, and its streams end, also those kept to be resumed: devices log in again. Returns how many
   * there were. Rejects with the database; it can be called again then.
   */
  async accountRenamed(former: Jid, record: AccountRecord): Promise<number> {
    const { accounts, routing } = this;
    const stray = accounts.renamed(former.bare, factsOf(record));
    // Before its devices come back: they are to see, and be seen by, whom they saw before.
    await this.#renaming.move(former, record.jid);
    // Streams kept from before a restart come with the account.
    const account = await accounts.load(record.jid.bare);
    let ended = account ? routing.readdressed(account) : 0;
    // Read before the renaming, and kept after it.
    for (const late of [stray, accounts.peek(former.bare)]) if (late) ended += routing.disconnectAll(late, renamed());
    accounts.forget(former.bare);
    await this.managing.flush();
    return ended;
  }

  /**
   * Other rules of who may talk to other servers hold once this resolves, also on streams that are open. Rejects with
   * FEDERATION_OFF, POLICY_INVALID and with the database, and then those of before hold.
   */
  async changeRules(rules: readonly Rule[], version: number): Promise<void> {
    if (!this.federation) throw new Failure('FEDERATION_OFF', 'Nobody here talks to other servers.');
    await this.#groups?.prepare(rules, () => this.accounts.inMemory());
    this.federation.changeRules(rules, version);
  }

  /** What settings say of peers beside the rules holds from now on, also on streams that are open. */
  followSettings(settings: FollowedSettings): void {
    this.federation?.follow(settings);
  }

  /** Groups of the directory may have changed: rules about them see it. Rejects with the database. */
  async groupsChanged(): Promise<void> {
    await this.#groups?.reread(this.accounts.inMemory());
  }

  /** Every device that is bound, in the order of binding. */
  devices(): DeviceFacts[] {
    return [...this.sessions.all()].map(({ jid, account, boundAtMs, stream }) => ({
      jid,
      bare: account.bare,
      boundAtMs,
      remoteAddress: stream?.remoteAddress ?? '',
      kind: stream?.connection.kind ?? 'none',
      isEncrypted: stream?.connection.secure !== undefined,
    }));
  }

  /** Ends one device's stream; false when it is not there. */
  disconnect(jid: Jid): boolean {
    const session = this.accounts.peek(jid.bare)?.sessions.get(jid.resource ?? '');
    if (!session) return false;
    this.routing.disconnect(session, new StreamError('policy-violation', 'An administrator has ended this session.'));
    return true;
  }

  /** Asks about nobody what log-ins ask: connections are open and statements prepared before the first person comes. */
  async #meetDatabase(): Promise<void> {
    const { directory, domains } = this.parts;
    const hosts = domains.filter((domain) => directory.hasVerifiers(domain)).map((domain) => jid(undefined, domain));
    await Promise.all([this.#source.complete([]), ...hosts.map((host) => directory.verifier(host, 'SCRAM-SHA-256'))]);
  }

  #c2sParts(): C2sParts {
    const { parts } = this;
    const { log, metrics, channelBinding } = parts;
    const authenticator = new Logins(parts.directory, parts.tokens, parts.secret);
    const guesses = new FailedNames(parts.clock);
    const offers = [
      starttls({ required: parts.tlsRequired }),
      noCompression(),
      channelBindingTypes({ channelBinding }),
      sasl({ authenticator, guesses, channelBinding, plaintextAllowed: !parts.tlsRequired, log }),
      bind((stream, jid) => this.routing.bind(stream, jid)),
      ...this.routing.compiled.features.flatMap((feature) => feature.negotiates ?? []),
      streamLimits({ preAuthBytes: LIMITS.preAuthBytes, stanzaBytes: LIMITS.stanzaBytes, idleSeconds: IDLE_SECONDS }),
    ];
    return {
      isServed: (domain) => parts.domains.includes(domain),
      features: offers,
      watchdog: this.#watchdog,
      streams: this.#streams,
      log,
      limits: LIMITS,
      counts: {
        errors: metrics.counter('interoffice_stream_errors_total', 'Streams ended with an error of ours'),
        faults: metrics.counter('interoffice_stream_faults_total', 'Streams ended by a fault of ours'),
      },
    };
  }
}

/** What accounts have sent, for routing, which knows nothing of archives. */
/** People of other servers have no number here; their address has an index of its own. */
function sentMessages(archive: ArchiveReader, others: FederationWish['reader'] | undefined): SentMessages {
  return {
    ids: ({ id: accountId, bare: author }, sinceMs) =>
      accountId === 0 && others ? others.foreignIds({ author, sinceMs }) : archive.sentIds({ accountId, sinceMs }),
    with: ({ id: accountId, bare: author }, id, sinceMs) =>
      accountId === 0 && others
        ? others.foreignWith({ author, sinceMs, id })
        : archive.sentWith({ accountId, sinceMs, id }),
  };
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}

/** The address of a device as the console names it. */
export function deviceJid(text: string): Jid | undefined {
  const jid = tryJid(text);
  return jid?.resource === undefined ? undefined : jid;
}
