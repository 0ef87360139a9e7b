import { Failure, type Clock, type Log } from '@interoffice/telemetry';
import type { Jid } from '@interoffice/wire';
import type { AccountRecords, KnownAccount } from '../account-records.js';
import type { Cursor, PeopleSource } from '../people-source.js';
import type { GroupRecords } from '../records/group-records.js';
import { Application, type Reading } from './application.js';
import type { GuardLimits } from './guard.js';
import { News, type OnChanged } from './news.js';
import { previewOf } from './preview.js';
import { EverybodyReader, type Progress } from './everybody-reader.js';
import type { RoleRule } from './roles.js';
import { RunLog } from './run-log.js';
import { look, planSync } from './sync-plan.js';
import type { Decision, Hold, Preview, SyncKind, SyncRecords, SyncRun } from './sync-records.js';

/** What syncs need of their surroundings; one set for all sources. */
export interface SyncParts {
  readonly records: AccountRecords;
  readonly groups: GroupRecords;
  readonly syncs: SyncRecords;
  readonly clock: Clock;
  readonly log: Log;
}

/** The settings of the syncs of one source. */
export interface SyncOptions {
  readonly guard?: GuardLimits;
  /** The first that a person's groups meet decides. */
  readonly roles?: readonly RoleRule[];
  readonly onChanged?: OnChanged;
  /** Told of each sync that has ended, whoever asked for it. */
  readonly onEnded?: (run: SyncRun) => void;
}

/** How a source stands. */
export interface SyncStatus {
  readonly directory: string;
  /** Of a full sync that is under way. */
  readonly progress: Progress | undefined;
  /** The latest of each kind, also those that changed nothing and are not among `runs`. */
  readonly last: readonly SyncRun[];
  /** Latest first. */
  readonly runs: readonly SyncRun[];
  /** The latest full one that has read everybody. */
  readonly lastFull: SyncRun | undefined;
  /** What waits for a decision. */
  readonly held: Hold | undefined;
  readonly cursor: Cursor | undefined;
}

const SHOWN_RUNS = 20;
/** When the server that is read changes in the middle. */
const MOST_READINGS = 3;

/**
 * Keeps the records of people and groups as one source has them. Syncs never reject: how they ended stands in what they
 * return. A source that cannot be read to the end changes nobody; what the guard stops changes nobody either. Full and
 * incremental syncs wait for each other; looking at who is online waits for nothing but a write under way.
 */
export class DirectorySync {
  readonly name: string;
  readonly #source: PeopleSource;
  readonly #parts: SyncParts;
  readonly #news: News;
  readonly #application: Application;
  readonly #reader: EverybodyReader;
  readonly #log: RunLog;
  readonly #ended: (run: SyncRun) => void;
  #turn: Promise<unknown> = Promise.resolve();
  #full: Promise<SyncRun> | undefined;

  constructor(source: PeopleSource, parts: SyncParts, options: SyncOptions = {}) {
    const { onChanged = () => undefined, onEnded = () => undefined } = options;
    this.name = source.name;
    this.#source = source;
    this.#parts = { ...parts, log: parts.log.with({ directory: source.name }) };
    this.#news = new News(onChanged, this.#parts.log);
    this.#application = new Application(source.name, this.#parts, { ...options, news: this.#news });
    this.#reader = new EverybodyReader(source, this.#parts);
    this.#log = new RunLog(source.name, this.#parts);
    this.#ended = onEnded;
  }

  /** Everybody and all groups. Whoever asks while one is under way gets that one. */
  full(): Promise<SyncRun> {
    this.#full ??= this.#inTurn(() => this.#readAll(new Set())).finally(() => (this.#full = undefined));
    return this.#full;
  }

  /** What has changed since the last sync; everything where the source cannot say. */
  changes(): Promise<SyncRun> {
    return this.#inTurn(async () => {
      const run = await this.#run('changes', async () => {
        const since = await this.#parts.syncs.cursor(this.name);
        return since && this.#readChanges(since);
      });
      return run ?? this.#readAll(new Set());
    });
  }

  /** The state of those of these accounts (bare JIDs) who are of this source, in one look. */
  online(bares: readonly string[]): Promise<SyncRun> {
    return this.#run('online', () => this.#lookAt(bares)) as Promise<SyncRun>;
  }

  /** What a full sync would change now; changes nothing. Rejects when the source cannot be read. */
  async preview(): Promise<Preview> {
    const { people, deleted } = await this.#reader.everybody();
    return previewOf(await planSync(this.#parts.records, this.name, { people, deleted, groups: 0 }));
  }

  /**
   * Somebody's word on a sync that the guard has stopped. `apply`: a full sync refuses those people, and asks again
   * about any others beyond the limit. `reject`: they stay as they are until the directory admits them again. Undefined
   * when nothing of this number waits.
   */
  async decide(
    id: number,
    decision: Decision,
    by: string,
  ): Promise<{ hold: Hold; run: SyncRun | undefined } | undefined> {
    const { syncs, clock, log } = this.#parts;
    const hold = await syncs.decide(id, { decision, by, atMs: clock.now() });
    if (!hold) return undefined;
    log.info('directory.sync.decided', { decision, by, count: hold.ids.length });
    const run = decision === 'apply' ? await this.#inTurn(() => this.#readAll(new Set(hold.ids))) : undefined;
    return { hold, run };
  }

  /**
   * Gives an entry that could get no address one that an administrator has chosen. Undefined when the directory has no
   * such entry; rejects with ADDRESS_TAKEN, and as the source does.
   */
  async giveAddress(directoryId: string, jid: Jid): Promise<KnownAccount | undefined> {
    const { found } = await look(this.#source, [directoryId]);
    return found[0] && this.#parts.records.adopt({ ...found[0], jid });
  }

  async status(): Promise<SyncStatus> {
    const { syncs } = this.#parts;
    return {
      directory: this.name,
      progress: this.#reader.progress,
      last: this.#log.last,
      runs: await syncs.runs(this.name, SHOWN_RUNS),
      lastFull: await syncs.lastFull(this.name),
      held: await syncs.waiting(this.name),
      cursor: await syncs.cursor(this.name),
    };
  }

  async #readAll(permitted: ReadonlySet<string>): Promise<SyncRun> {
    const read = async (): Promise<Reading> => ({ kind: 'full', permitted, ...(await this.#everything()) });
    const run = (await this.#run('full', read)) as SyncRun;
    if (run.outcome === 'done') await this.#log.prune();
    return run;
  }

  /**
   * All of it from one server. One that takes over in the middle may not have yet what the cursor of the first says has
   * been read, and nobody would ask for it again before the next full sync.
   */
  async #everything() {
    for (let left = MOST_READINGS - 1; ; left--) {
      const cursor = await this.#source.cursor();
      const everybody = await this.#reader.everybody();
      const groups = await this.#reader.groups();
      const server = await this.#source.server();
      if (server === cursor.server) return { ...everybody, groups, cursor, detectedAtMs: this.#parts.clock.now() };
      this.#parts.log.info('directory.sync.moved', { from: cursor.server, to: server });
      if (left === 0)
        throw new Failure(
          'DIRECTORY_SERVERS_CHANGING',
          'the servers of the directory took turns each time everybody was read; nobody was changed',
        );
    }
  }

  /** Undefined where the source cannot say. */
  async #readChanges(since: Cursor): Promise<Reading | undefined> {
    const found = await this.#source.changesSince(since);
    if (!found) return undefined;
    const people = await this.#parts.records.stage(found.people);
    const { groups, deleted, cursor } = found;
    const detectedAtMs = this.#parts.clock.now();
    return { kind: 'changes', people, groups, deleted, cursor, detectedAtMs };
  }

  async #lookAt(bares: readonly string[]): Promise<Reading> {
    const { records, clock } = this.#parts;
    const accounts = [...(await records.findMany(bares)).values()].filter(({ directory }) => directory === this.name);
    const ids = accounts.map(({ directoryId }) => directoryId).filter((id) => id !== undefined);
    const { found, deleted } = await look(this.#source, ids);
    const detectedAtMs = clock.now();
    const people = await records.stage(found);
    const of = accounts.filter(({ state }) => state === 'active').length;
    return { kind: 'online', people, deleted, of, detectedAtMs };
  }

  async #run(kind: SyncKind, read: () => Promise<Reading | undefined>): Promise<SyncRun | undefined> {
    await this.#news.flush();
    const run = await this.#log.noted(kind, () => this.#application.run(read));
    if (run) this.#ended(run);
    return run;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch((error: unknown) => error);
    return turn;
  }
}
