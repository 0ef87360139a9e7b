import type { Clock, Log } from '@interoffice/telemetry';
import type { AccountRecords, KnownAccount } from '../account-records.js';
import type { Cursor, SeenGroup } from '../people-source.js';
import { endsSessions, type Candidate, type Change } from '../records/adoption.js';
import type { GroupRecords } from '../records/group-records.js';
import { Freshness } from './freshness.js';
import { askedBefore, sortRefused, sparing, stopReason, type Asked, type GuardLimits } from './guard.js';
import type { ChangeNews, News } from './news.js';
import { countsOf, leftOutOf, previewOf } from './preview.js';
import { grantsOf, type RoleRule } from './roles.js';
import { isIdle, newlyRefusedBy, planSync, turnOf, type SyncPlan } from './sync-plan.js';
import type { SyncKind, SyncRecords, SyncRun } from './sync-records.js';

/** What a sync has read, to its end. */
export interface Reading {
  readonly kind: SyncKind;
  readonly people: readonly Candidate[];
  /** Stable ids. */
  readonly deleted: readonly string[];
  /** Undefined: not asked for, or they could not be read. */
  readonly groups?: readonly SeenGroup[] | undefined;
  /** Where to go on from once this is done. */
  readonly cursor?: Cursor;
  /** How many a full sync was shown. */
  readonly read?: number;
  /** How many active accounts it is about; all of the source unless said. */
  readonly of?: number;
  /** Whom somebody has permitted to be refused. */
  readonly permitted?: ReadonlySet<string>;
  readonly detectedAtMs: number;
}

/** How it ended. */
export type Applied = Pick<SyncRun, 'outcome' | 'counts' | 'leftOut'>;

interface Parts {
  readonly records: AccountRecords;
  readonly groups: GroupRecords;
  readonly syncs: SyncRecords;
  readonly clock: Clock;
  readonly log: Log;
}

/** Carries out what a sync has read, one reading at a time: people first, told at once; then groups, then roles. */
export class Application {
  readonly #directory: string;
  readonly #parts: Parts;
  readonly #options: { readonly guard?: GuardLimits; readonly roles?: readonly RoleRule[]; readonly news: News };
  readonly #freshness = new Freshness();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    directory: string,
    parts: Parts,
    options: { guard?: GuardLimits; roles?: readonly RoleRule[]; news: News },
  ) {
    this.#directory = directory;
    this.#parts = parts;
    this.#options = options;
  }

  /** Reads, and carries out what was read; undefined when nothing was. Rejects as `read` and the records do. */
  async run(read: () => Promise<Reading | undefined>): Promise<Applied | undefined> {
    const number = this.#freshness.begin();
    try {
      const reading = await read();
      return reading && (await this.#inTurn(() => this.#apply(reading, number)));
    } finally {
      this.#freshness.end(number);
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch((error: unknown) => error);
    return turn;
  }

  async #apply(reading: Reading, number: number): Promise<Applied> {
    const { groups, permitted } = reading;
    const people = reading.people.filter(({ found }) => !this.#freshness.isStale(number, found.directoryId));
    const deleted = reading.deleted.filter((id) => !this.#freshness.isStale(number, id));
    const plan = await planSync(this.#parts.records, this.#directory, { people, deleted, groups: groups?.length ?? 0 });
    const asked = await askedBefore(this.#parts.syncs, this.#directory);
    const { fresh, spared } = sortRefused(plan, asked, permitted ?? new Set());
    const weighed = { refused: fresh.length, of: await this.#concerned(reading), read: reading.read };
    const reason = stopReason(weighed, this.#options.guard ?? {});
    const isPermitted = permitted !== undefined && fresh.length === 0;
    if (reason && !isPermitted) return this.#hold({ reading, plan, reason, asked });
    const applied = await this.#carryOut(reading, sparing(plan, spared), asked);
    this.#freshness.wrote(number, [...people.map(({ found }) => found.directoryId), ...deleted]);
    return applied;
  }

  async #concerned({ of }: Reading): Promise<number> {
    if (of !== undefined) return of;
    const query = { directory: this.#directory, state: 'active', sort: 'jid', descending: false } as const;
    return (await this.#parts.records.list({ ...query, offset: 0, limit: 0 })).total;
  }

  async #hold({ reading, plan, reason, asked }: Stopped): Promise<Applied> {
    const { syncs, clock, log } = this.#parts;
    const ids = newlyRefusedBy(plan).map(({ account }) => account.directoryId ?? '');
    const known = new Set([...(asked.waiting?.ids ?? []), ...(asked.rejected?.ids ?? [])]);
    if (ids.some((id) => !known.has(id))) {
      const { kind } = reading;
      await syncs.hold({
        directory: this.#directory,
        kind,
        heldAt: clock.now(),
        reason,
        ids,
        preview: previewOf(plan),
      });
      log.error('directory.sync.held', { kind, reason, count: ids.length });
    }
    return { outcome: 'held', counts: countsOf(plan), leftOut: leftOutOf(plan.adoption) };
  }

  async #carryOut(reading: Reading, plan: SyncPlan, asked: Asked): Promise<Applied> {
    const { records, syncs } = this.#parts;
    const { kind, detectedAtMs, cursor } = reading;
    const adoption = await records.carryOut(plan.adoption, detectedAtMs);
    const refused = await records.refuse(new Map(plan.lost.map((one) => [one.account.id, one.refusal])), detectedAtMs);
    const lost = new Map(plan.lost.map(({ account }) => [account.id, account]));
    const changes = [...adoption.changes, ...refused.map((after) => ({ before: lost.get(after.id), after }))];
    await this.#tell(changes, detectedAtMs);
    this.#complain(adoption);
    const isWhole = kind === 'online' || (await this.#groups(reading, !isIdle(plan)));
    if (kind === 'full') await this.#tidy(reading, asked);
    if (cursor && isWhole) await syncs.saveCursor(this.#directory, cursor);
    const outcome = isWhole ? 'done' : 'partial';
    return { outcome, counts: countsOf(plan), leftOut: leftOutOf(adoption) };
  }

  /** False when the groups could not be read; then memberships and the roles by them stay as they are. */
  async #groups({ kind, groups: seen, deleted, detectedAtMs }: Reading, arePeopleChanged: boolean): Promise<boolean> {
    const { groups, log } = this.#parts;
    if (!seen) return false;
    if (kind === 'full' && seen.length === 0 && (await groups.list(this.#directory)).length > 0) {
      log.warn('directory.groups.unread', { reason: 'the directory shows no group at all' });
      return false;
    }
    if (kind === 'full') await groups.replace(this.#directory, seen);
    else if (seen.length > 0) await groups.put(this.#directory, seen);
    if (kind === 'changes' && deleted.length > 0) await groups.forget(this.#directory, deleted);
    if (kind === 'full' || arePeopleChanged || seen.length + deleted.length > 0) await this.#roles(detectedAtMs);
    return true;
  }

  async #roles(detectedAtMs: number): Promise<void> {
    const { records, groups, log } = this.#parts;
    await groups.settle(this.#directory);
    const { grants, missing } = await grantsOf(this.#options.roles ?? [], groups, this.#directory);
    for (const group of missing) log.warn('directory.role.group.missing', { group });
    const changed = await records.grantRoles(this.#directory, grants);
    await this.#options.news.add(changed.map((account) => [account, newsOf(account, 'changed', detectedAtMs)]));
  }

  /** Who is admitted again is no longer asked about, and photos that nobody has are no longer kept. */
  async #tidy({ people, deleted, permitted }: Reading, { waiting, rejected }: Asked): Promise<void> {
    const refused = new Set([
      ...deleted,
      ...people.filter(({ facts }) => endsSessions(facts?.refusal)).map((one) => one.found.directoryId),
    ]);
    for (const hold of [waiting, rejected]) {
      const left = hold?.ids.filter((id) => refused.has(id) && !permitted?.has(id)) ?? [];
      if (hold && left.length < hold.ids.length) await this.#parts.syncs.narrow(hold.id, left);
    }
    await this.#parts.records.dropUnusedPhotos();
  }

  #tell(changes: readonly Change[], detectedAtMs: number): Promise<void> {
    const news = changes.map(
      ({ before, after }) => [after, newsOf(after, turnOf(before, after), detectedAtMs)] as const,
    );
    return this.#options.news.add(news);
  }

  #complain(adoption: { taken: readonly Candidate[]; ambiguous: readonly Candidate[] }): void {
    for (const { dn, jid, because } of leftOutOf(adoption)) {
      const event = because === 'taken' ? 'directory.address.taken' : 'directory.entry.ambiguous';
      this.#parts.log.error(event, { dn, account: jid });
    }
  }
}

interface Stopped {
  readonly reading: Reading;
  readonly plan: SyncPlan;
  readonly reason: 'too-many' | 'empty';
  readonly asked: Asked;
}

function newsOf({ refusal }: KnownAccount, turn: ChangeNews['turn'], detectedAtMs: number): ChangeNews {
  return { refusal, detectedAtMs, turn };
}
