import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { ArchiveReader } from '@interoffice/archive';
import {
  type Account,
  type Accounts,
  acknowledge,
  Device,
  type Feature,
  type Routing,
  type Session,
  Unacknowledged,
} from '@interoffice/routing';
import {
  type C2sStream,
  type Enabled,
  type EnableWish,
  type NotResumed,
  type Resumed,
  streamManagement as negotiate,
} from '@interoffice/stream';
import { type Clock, describeError, type Log } from '@interoffice/telemetry';
import { type CatchUp, type Choose, staysOf } from '../catch-up.js';
import type { LateCopy } from '../for-device.js';
import type { HeldStream, HeldStreams } from './held-streams.js';
import { type Kept, KeptSessions } from './kept-sessions.js';
import { decodeQueue } from './queue-codec.js';
import { resend } from './resend.js';
import { Saving } from './saving.js';

/** Counters of streams that are up are written this often. */
const SAVE_MS = 3000;
/** … and so soon when a client waits for them. */
const SAVE_SOON_MS = 200;
const SWEEP_MS = 1000;
/** Rows of streams that nobody came back for after a restart are looked for this often. */
const SWEEP_TABLE_EVERY = 60;
/** A client that resumes while its last messages wait for their commit waits with them, so long at most. */
const DECIDED_WITHIN_MS = 10_000;
const MOST_LOOKED_AT = 1000;

type RoutingPart = Pick<
  Routing,
  'enableManagement' | 'attach' | 'takeOver' | 'restore' | 'end' | 'announceKept' | 'announceRestored'
>;

export interface StreamManagementParts {
  readonly held: Pick<HeldStreams, keyof HeldStreams>;
  /** Undefined where nothing is recorded: stanzas are acknowledged then, and streams not resumed. */
  readonly archive: ArchiveReader | undefined;
  readonly catchUp: CatchUp | undefined;
  readonly forDevice: Choose;
  readonly lateCopy: LateCopy;
  readonly accounts: Pick<Accounts, 'load'>;
  readonly routing: () => RoutingPart;
  /** How long a session is kept without a stream. */
  readonly resumeWithinMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Stream Management: what is sent is counted and acknowledged, and a stream that was cut goes on. XEP-0198 */
export class StreamManaging {
  readonly feature: Feature;
  readonly #kept = new KeptSessions();
  readonly #saving: Saving;
  #accountsWithRows = new Set<number>();
  readonly #timers: NodeJS.Timeout[] = [];
  #sweeps = 0;
  #soon: NodeJS.Timeout | undefined;

  constructor(private readonly parts: StreamManagementParts) {
    this.#saving = new Saving(parts.held, this.#kept, parts.log);
    this.feature = {
      name: 'stream-management',
      implements: [{ xep: 198, version: '1.6.2' }],
      negotiates: [
        negotiate({
          enable: (device, wish) => this.#enable((device as Device).session, wish),
          resume: (stream, request) => this.#resume(stream, request),
        }),
      ],
      loads: (accounts) => this.#restore(accounts),
      watches: {
        detached: (session) => this.#detached(session),
        unwritten: () => this.#saveSoon(),
        gone: (session) => {
          const kept = this.#kept.remove(session);
          if (kept) this.#saving.ended(kept);
        },
      },
    };
  }

  /** To be called before the first stream: streams of a process that crashed get their end now. Rejects with the database. */
  async start(): Promise<void> {
    if (!this.parts.archive) return;
    await this.parts.held.begin(this.parts.clock.now() + this.parts.resumeWithinMs);
    this.#accountsWithRows = await this.parts.held.accounts();
    this.#timers.push(setInterval(() => void this.#saving.flush(), SAVE_MS).unref());
    this.#timers.push(setInterval(() => void this.sweep(), SWEEP_MS).unref());
  }

  /** Everything about streams that can be resumed is in the table when this resolves. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#soon);
    await this.#saving.flush();
  }

  /** Writes the counters of streams that have changed. */
  flush(): Promise<void> {
    return this.#saving.flush();
  }

  /** Ends sessions whose time is up; now and then those in the table as well. */
  async sweep(table = this.#sweeps++ % SWEEP_TABLE_EVERY === 0): Promise<void> {
    const { clock, accounts, held, log } = this.parts;
    try {
      // Loading an account brings its streams from before the restart: those are ended below.
      if (table && this.#accountsWithRows.size > 0)
        for (const bare of await held.expired(clock.now())) await accounts.load(bare);
    } catch (error) {
      log.warn('stream-management.save.failed', { reason: describeError(error) });
    }
    for (const session of this.#kept.overdue(clock.now())) this.parts.routing().end(session);
  }

  #enable(session: Session, wish: EnableWish): Enabled {
    const { archive, resumeWithinMs, routing } = this.parts;
    routing().enableManagement(session);
    if (!wish.resume || !archive) return { resumption: undefined };
    const maxSeconds = Math.min(wish.maxSeconds ?? Infinity, Math.round(resumeWithinMs / 1000));
    const id = randomBytes(16).toString('base64url');
    this.#kept.add(session, id, maxSeconds * 1000);
    session.isResumable = true;
    return { resumption: { id, maxSeconds } };
  }

  async #resume(stream: C2sStream, { id, h }: { id: string; h: number }): Promise<Resumed | NotResumed> {
    // Also brings the account's streams from before a restart.
    const account = await this.parts.accounts.load(stream.authenticated!.account.bare);
    const session = this.#kept.find(id);
    // another account's stream is not known either.
    if (!account?.facts.isActive || session?.account !== account)
      return { condition: 'item-not-found', h: account && this.#kept.lastHandled(id, account.id) };
    return account.inOrder(() => this.#takeOver(session, stream, h));
  }

  async #takeOver(session: Session, stream: C2sStream, h: number): Promise<Resumed | NotResumed> {
    const { routing } = this.parts;
    routing().takeOver(session);
    // `h` below must cover what is still on its way to the journal, or the client would send it again.
    await Promise.race([session.whenDecided(), wait(DECIDED_WITHIN_MS, undefined, { ref: false })]);
    const kept = this.#kept.of(session)!;
    // After a crash the count may be behind what the client was told: then none is named.
    const known = kept.isExact ? session.settled : undefined;
    if (!session.isOpen || !stream.isOpen) return { condition: 'item-not-found', h: known };
    if (session.uncommitted > 0) return { condition: 'resource-constraint', h: known };
    const isRestored = session.boundAtMs === 0;
    if (isRestored && !(await this.#isUnchanged(session, h, kept.isExact))) {
      routing().end(session);
      return { condition: 'item-not-found' };
    }
    acknowledge(session, h);
    // From here on the row of the cut would be wrong, were the process to die: before the client counts on.
    await this.#saving.goesOn(session, kept);
    if (!session.isOpen || !stream.isOpen) return { condition: 'item-not-found', h: known };
    const device = routing().attach(session, stream);
    kept.deadline = undefined;
    kept.isExact = true;
    session.behind!.isResending = true;
    return { device, h: session.handled, goOn: () => this.#goOn(session, isRestored) };
  }

  #goOn(session: Session, isRestored: boolean): void {
    this.#sendAgain(session, isRestored).catch((error: unknown) =>
      this.parts.log.error('stream-management.resend.failed', { reason: describeError(error) }),
    );
  }

  async #sendAgain(session: Session, isRestored: boolean): Promise<void> {
    const { archive, catchUp, forDevice, lateCopy, routing, log } = this.parts;
    const isThere = await resend(session, { archive: archive!, lateCopy, log });
    if (!isThere || !session.behind) return;
    session.behind.isResending = false;
    if (isRestored) routing().announceRestored(session);
    catchUp!.start(session, forDevice);
  }

  /**
   * After a crash the counters are as old as their last writing. They still hold when neither side has counted on: the
   * client has received no more, and has sent no message; of anything else it was not told (Session.handled). Those of a
   * stream that was cut before are exact.
   */
  async #isUnchanged(session: Session, h: number, isExact: boolean): Promise<boolean> {
    const { sent, acknowledged } = session.unacknowledged!;
    if ((h - acknowledged + 2 ** 32) % 2 ** 32 > sent - acknowledged) return false;
    if (isExact) return true;
    const { position } = session.behind!;
    const rows = await this.parts.archive!.passed({
      accountId: session.account.id,
      afterId: position.text,
      untilId: session.context.released.text,
      max: MOST_LOOKED_AT,
      rooms: staysOf(session),
    });
    const isOwn = ({ authorId, authorDevice }: (typeof rows)[number]): boolean =>
      authorId === session.account.id && authorDevice === session.resource;
    return rows.length < MOST_LOOKED_AT && !rows.some(isOwn);
  }

  #saveSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      void this.#saving.flush();
    }, SAVE_SOON_MS).unref();
  }

  #detached(session: Session): void {
    const kept = this.#kept.of(session);
    if (kept) kept.deadline = this.parts.clock.now() + kept.maxMs;
  }

  async #restore(accounts: readonly Account[]): Promise<void> {
    const wanted = new Map(
      accounts.filter(({ id }) => this.#accountsWithRows.has(id)).map((account) => [account.id, account]),
    );
    if (wanted.size === 0) return;
    for (const stream of await this.parts.held.load([...wanted.keys()])) {
      this.#accountsWithRows.delete(stream.accountId);
      const account = wanted.get(stream.accountId)!;
      if (!this.#kept.find(stream.idHash)) this.#restoreOne(account, stream);
    }
  }

  #restoreOne(account: Account, stream: HeldStream): void {
    const session = this.parts.routing().restore(account, account.jid.withResource(stream.resource));
    if (!session) return this.#saving.ended({ idHash: stream.idHash, saved: 'row' } as Kept);
    session.isResumable = true;
    session.unacknowledged = new Unacknowledged(stream.acknowledged);
    decodeQueue(stream.queue, session.unacknowledged);
    session.received = stream.handled;
    session.behind!.position.goTo(stream.position);
    session.setFlags(stream.flags);
    if (stream.presence)
      session.presence = { bytes: stream.presence, priority: stream.priority, show: stream.show, atMs: 0 };
    const kept = this.#kept.add(session, stream.idHash, this.parts.resumeWithinMs);
    kept.deadline = stream.expiresAtMs;
    kept.isExact = stream.isExact;
    kept.saved = 'row';
    session.setKept(stream.kept);
    this.parts.routing().announceKept(session);
  }
}
