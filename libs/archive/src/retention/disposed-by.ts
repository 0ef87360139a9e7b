import type { DisposalStatement } from './certificate.js';

/** A certificate that was verified, and which rows of its stretches stayed: ids, in order, stretch by stretch. */
export interface KnownDisposal {
  readonly statement: DisposalStatement;
  readonly kept: readonly (readonly string[])[];
}

/** Says of a row without content under which certificate it went; undefined: under none, and something is wrong. */
export type DisposedBy = (id: string, retentionClass: number) => number | undefined;

/**
 * Certificates of one month follow each other: what an earlier one has let stay a later one may have removed. The first
 * that has the row in a stretch and not among those that stayed is the one.
 */
export function disposedBy(disposals: readonly KnownDisposal[]): DisposedBy {
  const inOrder = disposals.toSorted((a, b) => a.statement.number - b.statement.number);
  return (id, retentionClass) =>
    inOrder.find((one) => one.statement.retentionClass === retentionClass && removes(one, id))?.statement.number;
}

function removes({ statement: { stretches }, kept }: KnownDisposal, id: string): boolean {
  const at = lastNotAbove(stretches, (one) => one.firstId, id);
  const stretch = stretches[at];
  if (!stretch || id > stretch.lastId) return false;
  const ids = kept[at]!;
  return ids[lastNotAbove(ids, (one) => one, id)] !== id;
}

/** The place of the last element whose key is not above `key`; −1 when there is none. */
function lastNotAbove<T>(sorted: readonly T[], keyOf: (one: T) => string, key: string): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (keyOf(sorted[middle]!) <= key) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}
