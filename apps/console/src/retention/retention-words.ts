import type { RetentionMonth, RetentionRule } from '@interoffice/contract';

type Scope = Pick<RetentionRule, 'group' | 'room' | 'peer' | 'kind'>;

const KINDS: Readonly<Record<NonNullable<RetentionRule['kind']>, string>> = {
  chat: 'messages between people',
  room: 'messages in rooms',
  headline: 'headlines',
  error: 'errors',
};
export const KIND_CHOICES = Object.entries(KINDS).map(([id, name]) => ({ id, name }));

/** Whom a rule covers. */
export function coverageOf({ group, room, peer, kind }: Scope): string {
  const parts = [
    kind === undefined ? 'everything' : KINDS[kind],
    ...(group === undefined ? [] : [`of the group ${group.name}`]),
    ...(room === undefined ? [] : [`of the room ${room}`]),
    ...(peer === undefined ? [] : [`with the server ${peer}`]),
  ];
  return parts.join(' ');
}

export function periodOf(days: number | null): string {
  if (days === null) return 'for ever';
  return days === 1 ? '1 day' : `${days.toLocaleString()} days`;
}

/** How much disk, for people. */
export function sizeOf(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}

/** A part of a month's bar: from and to as shares of the month with the most messages. */
export interface Bar {
  readonly what: 'removed' | 'held' | 'kept';
  readonly from: number;
  readonly to: number;
}

/** One bar for each month, parts in the order removed, held, kept; months of all classes together. */
export function barsOf(months: readonly RetentionMonth[]): readonly { readonly month: string; readonly bars: Bar[] }[] {
  const byMonth = new Map<string, { removed: number; held: number; kept: number }>();
  for (const { month, removed, held, kept } of months) {
    const sums = byMonth.get(month) ?? { removed: 0, held: 0, kept: 0 };
    byMonth.set(month, { removed: sums.removed + removed, held: sums.held + held, kept: sums.kept + kept });
  }
  const most = Math.max(1, ...[...byMonth.values()].map(({ removed, held, kept }) => removed + held + kept));
  return [...byMonth].map(([month, sums]) => ({ month, bars: partsOf(sums, most) }));
}

function partsOf(sums: Readonly<Record<Bar['what'], number>>, most: number): Bar[] {
  let at = 0;
  return (['removed', 'held', 'kept'] as const).flatMap((what) => {
    const from = at;
    at += sums[what] / most;
    return sums[what] === 0 ? [] : [{ what, from, to: at }];
  });
}
