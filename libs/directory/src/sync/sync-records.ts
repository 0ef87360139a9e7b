import type { Cursor } from '../people-source.js';

/** `full`: everybody and every group. `changes`: since the cursor. `online`: those who are online, by stable id. */
export type SyncKind = 'full' | 'changes' | 'online';

/** How many people a sync has seen, and what it did with them. */
export interface SyncCounts {
  readonly seen: number;
  readonly added: number;
  /** Described anew, or refused for another reason. */
  readonly changed: number;
  readonly unchanged: number;
  /** Active before, and not any more. */
  readonly refused: number;
  readonly readmitted: number;
  /** Refused by the directory, and never had an account. */
  readonly unusable: number;
  /** Got no address: it is another's, or two want it. */
  readonly leftOut: number;
  readonly groups: number;
}

/** An entry that could get no address. */
export interface LeftOut {
  readonly directoryId: string;
  readonly dn: string | undefined;
  readonly jid: string;
  readonly because: 'taken' | 'ambiguous';
}

/** Somebody whom a sync would change. */
export interface PreviewLine {
  readonly jid: string;
  readonly name: string | undefined;
  readonly dn: string | undefined;
  /** Why they are refused, or what is described anew. */
  readonly what: string | undefined;
}

/** What a sync would change: how many, and the first hundred of each. */
export interface Preview {
  readonly counts: SyncCounts;
  readonly added: readonly PreviewLine[];
  readonly changed: readonly PreviewLine[];
  readonly refused: readonly PreviewLine[];
  readonly readmitted: readonly PreviewLine[];
  readonly leftOut: readonly LeftOut[];
}

/** One sync that has ended. */
export interface SyncRun {
  readonly directory: string;
  readonly kind: SyncKind;
  /** Milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** `partial`: people are up to date, groups could not be read. `held`: the guard stopped it, nothing was changed. */
  readonly outcome: 'done' | 'partial' | 'held' | 'failed';
  readonly counts: SyncCounts;
  /** The first hundred. */
  readonly leftOut: readonly LeftOut[];
  readonly error: string | undefined;
}

/** A sync that the guard has stopped. */
export interface NewHold {
  readonly directory: string;
  readonly kind: SyncKind;
  readonly heldAt: number;
  /** `empty`: nobody at all was found. `too-many`: more would have been refused than the guard lets pass. */
  readonly reason: 'too-many' | 'empty';
  /** Stable ids of everybody it would have refused. */
  readonly ids: readonly string[];
  readonly preview: Preview;
}

export type Decision = 'apply' | 'reject';

export interface Hold extends NewHold {
  readonly id: number;
  readonly decision: Decision | undefined;
  readonly decidedBy: string | undefined;
  readonly decidedAt: number | undefined;
}

/** What syncs have done and left behind, by source. */
export interface SyncRecords {
  note(run: SyncRun): Promise<void>;
  /** Latest first. */
  runs(directory: string, limit: number): Promise<readonly SyncRun[]>;
  /** The latest full one that has read everybody. */
  lastFull(directory: string): Promise<SyncRun | undefined>;
  cursor(directory: string): Promise<Cursor | undefined>;
  saveCursor(directory: string, cursor: Cursor): Promise<void>;
  /** In the place of one that waits for a decision already: there is one at most for each source. */
  hold(held: NewHold): Promise<Hold>;
  /** The one that waits for a decision. */
  waiting(directory: string): Promise<Hold | undefined>;
  /** The one decided last. */
  decided(directory: string): Promise<Hold | undefined>;
  /** Of a hold only these people are left; when it waits and nobody is, it is gone. */
  narrow(id: number, ids: readonly string[]): Promise<void>;
  /** Undefined when no hold of this number waits. */
  decide(id: number, said: { decision: Decision; by: string; atMs: number }): Promise<Hold | undefined>;
  /** Forgets runs that ended before. */
  prune(directory: string, beforeMs: number): Promise<void>;
}
