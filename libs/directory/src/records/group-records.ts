import type { SeenGroup } from '../people-source.js';

/** A group of a directory as it is kept here. */
export interface Group {
  readonly id: number;
  readonly directory: string;
  readonly directoryId: string;
  readonly dn: string;
  readonly name: string;
}

/** A group somebody is in. */
export interface Membership {
  readonly group: Group;
  /** How: from the group they are in themselves to the one that is in `group`; empty when they are in it themselves. */
  readonly via: readonly Group[];
  /** True when the first step is the primary group, which no list of members shows. */
  readonly isPrimary: boolean;
}

/** Groups of directories and who is in them. Cycles among groups end nothing and lead nowhere. */
export interface GroupRecords {
  /** All groups of a source: those missing here are gone. Groups whose members are the same are not written. */
  replace(directory: string, groups: readonly SeenGroup[]): Promise<void>;
  /** These groups of a source as they are now; the others stay. */
  put(directory: string, groups: readonly SeenGroup[]): Promise<void>;
  /** Gone from the directory, by stable id; ids that are no groups are passed over. */
  forget(directory: string, ids: readonly string[]): Promise<void>;
  /** Members that were nobody when their group was read: accounts and groups that have come since are put in. */
  settle(directory: string): Promise<void>;
  /** All groups of an account, those that hold them through others and the primary one included, by name. */
  groupsOf(accountId: number): Promise<readonly Membership[]>;
  /** The numbers of all accounts in a group, through others and as primary group included. */
  membersOf(groupId: number): Promise<readonly number[]>;
  /** By DN, however it is spelled. */
  find(directory: string, dn: string): Promise<Group | undefined>;
  list(directory: string): Promise<readonly Group[]>;
}

/** One group that was reached from an account. */
export interface Reached {
  readonly group: Group;
  readonly isDirect: boolean;
  readonly isPrimary: boolean;
  /** Groups among those reached that are members of this one. */
  readonly holds: readonly number[];
}

/** Of each group the shortest way to it, breadth first, so that a cycle has no end to be missed. */
export function shortestWays(reached: readonly Reached[]): readonly Membership[] {
  const holders = new Map<number, Reached[]>();
  for (const one of reached) for (const id of one.holds) holders.set(id, [...(holders.get(id) ?? []), one]);
  const found = new Map<number, Membership>();
  const queue: Membership[] = reached
    .filter(({ isDirect }) => isDirect)
    .sort(byName)
    .map(({ group, isPrimary }) => ({ group, via: [], isPrimary }));
  for (const next of queue) {
    if (found.has(next.group.id)) continue;
    found.set(next.group.id, next);
    const via = [...next.via, next.group];
    for (const { group } of holders.get(next.group.id) ?? []) queue.push({ group, via, isPrimary: next.isPrimary });
  }
  return [...found.values()].sort(byName);
}

function byName(a: { group: Group }, b: { group: Group }): number {
  return a.group.name.localeCompare(b.group.name) || a.group.id - b.group.id;
}
