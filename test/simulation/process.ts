import { Journal } from '@interoffice/archive';
import {
  CatchUp,
  forDevice,
  lateCopy,
  mam,
  offline,
  presence,
  Resends,
  stanzaId,
  StreamManaging,
} from '@interoffice/features';
import {
  type Account,
  type AccountFacts,
  Accounts,
  type Destination,
  type Feature,
  Questions,
  Routing,
  type Session,
  Sessions,
  StanzaIds,
} from '@interoffice/routing';
import { bind, type C2sParts, C2sStream, Watchdog } from '@interoffice/stream';
import { Metrics, silentLog } from '@interoffice/telemetry';
import { type Jid, parseJid, Scanner, StreamError, Vocabulary } from '@interoffice/wire';
import { MemoryConnection } from '../support/memory-line.js';
import type { LineSink } from '../support/client.js';
import type { Disk, Later } from './disk.js';

export const DOMAIN = 'im.example';
const NO_COUNT = { inc: () => undefined };
const LIMITS = { preAuthBytes: 8192, preAuthElements: 32, stanzaBytes: 262_144 };

/** One life of the server's process, on what the disk holds: real streams, routing, journal and features. */
export class ServerProcess {
  readonly #vocabulary = new Vocabulary();
  readonly #scanner: Scanner;
  readonly #watchdog = new Watchdog();
  readonly #streams = new Set<C2sStream>();
  readonly #accounts: Accounts;
  readonly #resends: Resends;
  readonly #offline: ReturnType<typeof offline>;
  readonly managing: StreamManaging;
  readonly routing: Routing;
  readonly journal: Journal<Session, Destination>;
  readonly #c2s: C2sParts;
  readonly #later: Later;
  isDead = false;

  constructor(
    private readonly disk: Disk,
    clock: { now(): number },
    people: ReadonlyMap<string, AccountFacts>,
  ) {
    const log = silentLog;
    const metrics = new Metrics();
    const archive = disk.reader();
    const later = disk.asking();
    this.#later = later;
    this.#scanner = new Scanner(this.#vocabulary);
    this.#accounts = new Accounts(
      {
        find: (bares) =>
          later(() => new Map(bares.flatMap((bare) => (people.has(bare) ? [[bare, people.get(bare)!]] : [])))),
        complete: (accounts) => this.#complete(accounts),
      },
      log,
    );
    const missed = forDevice(lateCopy);
    const catchUp = new CatchUp({ archive, log });
    const routing = (): Routing => this.routing;
    this.#offline = offline({ marks: disk.marks(), catchUp, forDevice: missed, log });
    this.#resends = new Resends({ ends: disk.ends(), clock, log });
    this.managing = new StreamManaging({
      held: disk.held(),
      archive,
      catchUp,
      forDevice: missed,
      lateCopy,
      accounts: this.#accounts,
      routing,
      resumeWithinMs: 600_000,
      clock,
      log,
    });
    const announce = {
      broadcast: (session: Session) => this.routing.announceBroadcast(session),
      available: (session: Session) => this.routing.announceAvailable(session),
      willing: (session: Session) => this.routing.announceWilling(session),
    };
    const features: Feature[] = [
      stanzaId(),
      presence({ accounts: this.#accounts, clock, announce }),
      mam(archive),
      this.#offline,
      this.managing.feature,
      this.#resends.feature,
    ];
    const ids = new StanzaIds(clock);
    let journal: Journal<Session, Destination> | undefined;
    this.routing = new Routing({
      domains: new Set([DOMAIN]),
      vocabulary: this.#vocabulary,
      features,
      accounts: this.#accounts,
      sessions: new Sessions(),
      questions: new Questions(),
      ids,
      recorder: (onReleased) =>
        (journal = new Journal<Session, Destination>({
          sink: disk.sink(),
          latestId: disk.journal.rows.at(-1)?.id,
          clock,
          log,
          metrics,
          onReleased: (batch) => (this.isDead ? undefined : onReleased(batch)),
          onPoisoned: () => undefined,
        })),
      isReadable: true,
      sent: {
        ids: ({ id: accountId }, sinceMs) => archive.sentIds({ accountId, sinceMs }),
        with: ({ id: accountId }, id, sinceMs) => archive.sentWith({ accountId, sinceMs, id }),
      },
      clock,
      log,
      metrics,
    });
    this.journal = journal!;
    this.routing.released.read(this.journal.releasedId);
    ids.startAfter(this.journal.releasedId);
    this.#c2s = {
      isServed: () => true,
      features: [
        bind((stream, jid) => this.routing.bind(stream, jid)),
        ...this.routing.compiled.features.flatMap((feature) => feature.negotiates ?? []),
      ],
      watchdog: this.#watchdog,
      streams: this.#streams,
      log,
      limits: LIMITS,
      counts: { errors: NO_COUNT, faults: NO_COUNT },
    };
  }

  /** What the real server reads before its first stream. */
  async start(): Promise<void> {
    await this.managing.start();
    await this.#resends.start();
  }

  /** A client is connected and has proved who it is: what comes next is a header, and `<resume/>` or binding. */
  accept(account: Jid, sink: LineSink): MemoryConnection {
    const connection = new MemoryConnection(sink, {});
    const stream = new C2sStream(connection, this.#c2s);
    connection.attach(this.#scanner, stream);
    stream.domain = DOMAIN;
    stream.authenticate({ account, proof: 'scram' });
    return connection;
  }

  round(): void {
    this.#watchdog.round();
  }

  /** Streams get `<system-shutdown/>`, and everything is written. */
  async stop(): Promise<void> {
    await this.journal.settled();
    for (const stream of this.#streams) stream.cut(new StreamError('system-shutdown'));
    await this.managing.stop();
    await this.#offline.stop();
    await this.#resends.stop();
    this.isDead = true;
  }

  async #complete(accounts: readonly Account[]): Promise<void> {
    await Promise.all(this.routing.compiled.features.flatMap((feature) => feature.loads?.(accounts) ?? []));
    const marks = await this.#later(() => accounts.map((account) => [account, this.disk.mark(account)] as const));
    for (const [account, mark] of marks) if (mark !== undefined) this.#offline.keeps!.fill(account, mark);
  }
}

/** People of the simulation by bare JID. */
export function people(names: readonly string[]): ReadonlyMap<string, AccountFacts> {
  return new Map(
    names.map((name, i) => {
      const jid = parseJid(`${name}@${DOMAIN}`);
      return [jid.bare, { id: i + 1, jid, office: '', isActive: true, role: 'employee' }];
    }),
  );
}
