import { z } from 'zod';

/** The most rows of one answer. */
export const MOST_ROWS = 200;

/**
 * How every list is asked for: filters by their own names, `sort=name` or `sort=-name`, and `range=0-24` (both ends
 * included). The answer is `{ items, total }`.
 */
export function listQuery(sortable: readonly [string, ...string[]]) {
  const fields = sortable.flatMap((field) => [field, `-${field}`]);
  return {
    sort: z
      .enum(fields as [string, ...string[]])
      .default(sortable[0])
      .describe(`Field to sort by, with a minus for the last first: ${sortable.join(', ')}.`),
    range: z
      .string()
      .regex(/^\d{1,7}-\d{1,7}$/)
      .default('0-24')
      .refine((range) => isRange(range), `at most ${MOST_ROWS} rows, first-last`)
      .describe('First and last row, counted from 0.'),
  };
}

/** `range` as offset and number of rows. */
export function readRange(range: string): { offset: number; limit: number } {
  const [first = 0, last = 0] = range.split('-').map(Number);
  return { offset: first, limit: last - first + 1 };
}

/** `sort` as field and direction. */
export function readSort(sort: string): { field: string; descending: boolean } {
  return { field: sort.replace(/^-/, ''), descending: sort.startsWith('-') };
}

/** A list's answer. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), total: z.int().describe('Rows there are in all.') });
}

function isRange(range: string): boolean {
  const { offset, limit } = readRange(range);
  return offset >= 0 && limit >= 1 && limit <= MOST_ROWS;
}
