import type { PeopleSource, Refusal, SeenPerson } from '../people-source.js';
import type { AccountRecords, KnownAccount } from '../account-records.js';
import { endsSessions, newlyRefused, type AdoptionPlan, type Candidate } from '../records/adoption.js';

/** An account whose entry is not there any more. */
export interface Lost {
  readonly account: KnownAccount;
  readonly refusal: Refusal;
}

/** What a sync is about to do. */
export interface SyncPlan {
  readonly adoption: AdoptionPlan;
  readonly lost: readonly Lost[];
  /** Entries of people that were read. */
  readonly seen: number;
  readonly groups: number;
}

/** Entries of people of one source, as they stand in the directory now. */
export interface SeenNow {
  readonly people: readonly Candidate[];
  /** Stable ids of entries that are gone. */
  readonly deleted: readonly string[];
  readonly groups: number;
}

/** Whom the plan ends the sessions of; whom somebody has suspended here is not among them. */
export function newlyRefusedBy({ adoption, lost }: Pick<SyncPlan, 'adoption' | 'lost'>): readonly Lost[] {
  const seen = newlyRefused(adoption).map(({ before, candidate }) => ({
    account: before,
    refusal: candidate.facts!.refusal!,
  }));
  return [...seen, ...lost.filter(({ account }) => account.state === 'active')];
}

/** Compares what was read with what is known. */
export async function planSync(
  records: AccountRecords,
  directory: string,
  { people, deleted, groups }: SeenNow,
): Promise<SyncPlan> {
  const adoption = await records.plan(directory, people);
  const known = deleted.length > 0 ? await records.ofDirectory(directory, deleted) : [];
  const lost = known.filter(({ refusal }) => refusal !== 'deleted');
  return {
    adoption,
    lost: lost.map((account) => ({ account, refusal: 'deleted' as const })),
    seen: people.length,
    groups,
  };
}

/**
 * Those of a source's accounts that a reading of everybody has not shown, looked at one by one: they may have been
 * moved out of its bases, or be gone. Whoever was gone already is not asked about.
 */
export async function lookAtMissing(
  source: PeopleSource,
  records: AccountRecords,
  seen: readonly Candidate[],
): Promise<{ found: readonly SeenPerson[]; deleted: readonly string[] }> {
  const ids = new Set(seen.map(({ found }) => found.directoryId));
  const known = await records.ofDirectory(source.name);
  const missing = known.filter(({ directoryId, refusal }) => refusal !== 'deleted' && !ids.has(directoryId ?? ''));
  return look(
    source,
    missing.map(({ directoryId }) => directoryId!),
  );
}

/** These people as they are now, and those who are gone. */
export async function look(
  source: PeopleSource,
  ids: readonly string[],
): Promise<{ found: readonly SeenPerson[]; deleted: readonly string[] }> {
  if (ids.length === 0) return { found: [], deleted: [] };
  const seen = [...(await source.look(ids))];
  return {
    found: seen.map(([, one]) => one).filter((one): one is SeenPerson => one !== 'deleted'),
    deleted: seen.filter(([, one]) => one === 'deleted').map(([id]) => id),
  };
}

/** True when nothing would be written. */
export function isIdle({ adoption, lost }: SyncPlan): boolean {
  return adoption.added.length + adoption.changed.length + lost.length === 0;
}

/** What became of the refusal of an account. */
export function turnOf(
  before: KnownAccount | undefined,
  after: KnownAccount,
): 'added' | 'changed' | 'refused' | 'readmitted' {
  if (!before) return 'added';
  if (endsSessions(after.refusal) && !endsSessions(before.refusal)) return 'refused';
  return endsSessions(before.refusal) && !endsSessions(after.refusal) ? 'readmitted' : 'changed';
}
