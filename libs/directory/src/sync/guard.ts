import type { Hold, NewHold, SyncRecords } from './sync-records.js';
import { newlyRefusedBy, type Lost, type SyncPlan } from './sync-plan.js';

/** When a sync is stopped and somebody is asked. */
export interface GuardLimits {
  /** Of the people it is about, 0 to 1; 0.05 unless said. */
  readonly share?: number;
  /** Fewer newly refused people than this never stop a sync; 5 unless said. */
  readonly least?: number;
}

const SHARE = 0.05;
const LEAST = 5;

/** What a sync would do, in numbers. */
export interface Weighed {
  /** Newly refused people about whom nobody has been asked yet. */
  readonly refused: number;
  /** Active accounts the sync is about. */
  readonly of: number;
  /** People that were read, where everybody was to be. */
  readonly read: number | undefined;
}

/** Why a sync must not go on by itself; undefined: it may. */
export function stopReason({ refused, of, read }: Weighed, limits: GuardLimits): NewHold['reason'] | undefined {
  // A directory in which nobody is left is a directory that is not read right: a wrong base, a lost permission.
  if (read === 0 && of > 0) return 'empty';
  const { share = SHARE, least = LEAST } = limits;
  return refused >= least && refused > share * of ? 'too-many' : undefined;
}

/** What somebody was asked about, and has said, before. */
export interface Asked {
  readonly waiting: Hold | undefined;
  readonly rejected: Hold | undefined;
}

/** What waits, and what was answered with no. */
export async function askedBefore(syncs: SyncRecords, directory: string): Promise<Asked> {
  const [waiting, decided] = [await syncs.waiting(directory), await syncs.decided(directory)];
  return { waiting, rejected: decided?.decision === 'reject' ? decided : undefined };
}

/** Who would be refused: about whom nobody was asked yet, and who is spared until, or because, somebody answers. */
export function sortRefused(
  plan: SyncPlan,
  { waiting, rejected }: Asked,
  permitted: ReadonlySet<string>,
): { fresh: readonly Lost[]; spared: ReadonlySet<string> } {
  const asked = new Set([...(waiting?.ids ?? []), ...(rejected?.ids ?? [])].filter((id) => !permitted.has(id)));
  const refused = newlyRefusedBy(plan);
  const idOf = ({ account }: Lost): string => account.directoryId ?? '';
  return {
    fresh: refused.filter((one) => !asked.has(idOf(one)) && !permitted.has(idOf(one))),
    spared: new Set(refused.map(idOf).filter((id) => asked.has(id))),
  };
}

/** The plan without those who are spared: they stay as they are. */
export function sparing(plan: SyncPlan, spared: ReadonlySet<string>): SyncPlan {
  if (spared.size === 0) return plan;
  const isSpared = (id: string | undefined): boolean => spared.has(id ?? '');
  const changed = plan.adoption.changed.filter(({ before }) => !isSpared(before.directoryId));
  const lost = plan.lost.filter(({ account }) => !isSpared(account.directoryId));
  return { ...plan, adoption: { ...plan.adoption, changed }, lost };
}
