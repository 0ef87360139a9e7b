import { readRange, readSort } from '@interoffice/contract';

/** How a list is asked for: `sort` and `range` of every list. */
export interface Asked {
  readonly sort: string;
  readonly range: string;
}

/** Sorts and cuts rows that are all in memory. `keyOf` gives what a row is sorted by; equal rows stay as they were. */
export function pageOf<T>(rows: readonly T[], asked: Asked, keyOf: (row: T, field: string) => string | number) {
  const { field, descending } = readSort(asked.sort);
  const { offset, limit } = readRange(asked.range);
  const sign = descending ? -1 : 1;
  const sorted = rows.toSorted((a, b) => sign * compare(keyOf(a, field), keyOf(b, field)));
  return { items: sorted.slice(offset, offset + limit), total: rows.length };
}

/** Whether one of these texts holds what was looked for, however it is spelled. */
export function mentions(texts: readonly string[], wanted = ''): boolean {
  return texts.some((text) => text.toLowerCase().includes(wanted.toLowerCase()));
}

function compare(a: string | number, b: string | number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
