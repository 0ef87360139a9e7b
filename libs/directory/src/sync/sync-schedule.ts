import { createHash } from 'node:crypto';
import type { Clock } from '@interoffice/telemetry';
import type { DirectorySync, SyncStatus } from './directory-sync.js';
import type { SyncKind, SyncRun } from './sync-records.js';

/** When syncs run. */
export interface ScheduleOptions {
  /** Of everybody who is online now, bare JIDs of any source. */
  readonly online: () => Iterable<string>;
  /** 15 seconds unless said. */
  readonly onlineEveryMs?: number;
  /** One minute unless said. */
  readonly changesEveryMs?: number;
  /** Minutes after midnight UTC at which everybody is read; 150 (02:30) unless said. */
  readonly nightlyAtMinute?: number;
  /** Sources begin up to so much later, each always by the same; 30 minutes unless said. */
  readonly jitterMs?: number;
}

const ONLINE_EVERY_MS = 15_000;
const CHANGES_EVERY_MS = 60_000;
const NIGHTLY_AT_MINUTE = 150;
const JITTER_MS = 30 * 60_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The syncs of one source, each at its time. One that takes longer than its interval is not overtaken by the next. */
export class SyncSchedule {
  readonly #sync: DirectorySync;
  readonly #clock: Clock;
  readonly #options: ScheduleOptions;
  readonly #timers = new Map<SyncKind, NodeJS.Timeout>();
  readonly #next = new Map<SyncKind, number>();
  readonly #underWay = new Set<Promise<SyncRun>>();
  #isStopped = false;

  constructor(sync: DirectorySync, clock: Clock, options: ScheduleOptions) {
    this.#sync = sync;
    this.#clock = clock;
    this.#options = options;
  }

  /**
   * Begins with what has changed since the server was stopped, which is everybody where nothing is known of before. A
   * server that was off at night reads everybody soon after: not every directory tells what was deleted meanwhile.
   */
  start(): void {
    const { onlineEveryMs = ONLINE_EVERY_MS } = this.#options;
    this.#plan('changes', 0);
    this.#plan('online', onlineEveryMs);
    this.#plan('full', this.#untilNightMs());
    void this.#makeUpForTheNight();
  }

  /** Everybody, at once; who asks while that is under way gets that one. */
  now(): Promise<SyncRun> {
    return this.#watched(this.#sync.full());
  }

  async status(): Promise<SyncStatus & { readonly next: Readonly<Partial<Record<SyncKind, number>>> }> {
    return { ...(await this.#sync.status()), next: Object.fromEntries(this.#next) };
  }

  /** Nothing begins any more; returns when what is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#next.clear();
    await Promise.allSettled(this.#underWay);
  }

  async #makeUpForTheNight(): Promise<void> {
    const { changesEveryMs = CHANGES_EVERY_MS } = this.#options;
    // Where the records do not answer the changes do not end well either, and the night comes.
    const { lastFull } = await this.#sync.status().catch(() => ({ lastFull: undefined }));
    if (lastFull && this.#clock.now() - lastFull.endedAt > DAY_MS + JITTER_MS) this.#plan('full', changesEveryMs);
  }

  #plan(kind: SyncKind, afterMs: number): void {
    if (this.#isStopped) return;
    clearTimeout(this.#timers.get(kind));
    this.#next.set(kind, this.#clock.now() + afterMs);
    this.#timers.set(
      kind,
      setTimeout(() => void this.#begin(kind), afterMs),
    );
  }

  async #begin(kind: SyncKind): Promise<void> {
    this.#next.delete(kind);
    await this.#watched(this.#run(kind)).catch(() => undefined);
    this.#plan(kind, this.#afterMs(kind));
  }

  #run(kind: SyncKind): Promise<SyncRun> {
    if (kind === 'online') return this.#sync.online([...this.#options.online()]);
    return kind === 'full' ? this.#sync.full() : this.#sync.changes();
  }

  #afterMs(kind: SyncKind): number {
    const { onlineEveryMs = ONLINE_EVERY_MS, changesEveryMs = CHANGES_EVERY_MS } = this.#options;
    if (kind === 'full') return this.#untilNightMs();
    return kind === 'online' ? onlineEveryMs : changesEveryMs;
  }

  #untilNightMs(): number {
    const { nightlyAtMinute = NIGHTLY_AT_MINUTE, jitterMs = JITTER_MS } = this.#options;
    const place = createHash('sha256').update(this.#sync.name).digest().readUInt32BE(0) / 2 ** 32;
    const at = nightlyAtMinute * MINUTE_MS + Math.floor(place * jitterMs);
    const left = (at - (this.#clock.now() % DAY_MS) + DAY_MS) % DAY_MS;
    return left === 0 ? DAY_MS : left;
  }

  #watched(run: Promise<SyncRun>): Promise<SyncRun> {
    this.#underWay.add(run);
    const ended = run.finally(() => this.#underWay.delete(run));
    return ended;
  }
}
