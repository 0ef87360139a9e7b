import { FIRST_ID, idAt, LAST_ID, parseId } from './ids.js';

export interface RangeQuery {
  readonly startMs?: number;
  readonly endMs?: number;
  readonly afterId?: string;
  readonly beforeId?: string;
  readonly untilId?: string;
}

/** Ids strictly between two others: what times and ids of a query come to. */
export function rangeOf(query: RangeQuery): { above: string; below: string } {
  const { startMs, endMs, afterId, beforeId, untilId } = query;
  const above = [afterId ?? FIRST_ID, startMs === undefined ? FIRST_ID : justBelow(idAt(startMs))].sort().at(-1)!;
  const ends = [beforeId ?? LAST_ID, endMs === undefined ? LAST_ID : idAt(Math.floor(endMs) + 1)];
  if (untilId !== undefined) ends.push(justAbove(untilId));
  const below = ends.sort()[0]!;
  return { above, below };
}

/** A bigint for PostgreSQL from an id that has been checked or made here. */
export function bigintOf(id: string): string {
  const value = parseId(id);
  if (value === undefined) throw new RangeError(`${id} is no id of a message`);
  return value;
}

/** The id after this one. */
export function justAbove(id: string): string {
  return (BigInt(`0x${id}`) + 1n).toString(16).padStart(16, '0');
}

function justBelow(id: string): string {
  if (id === FIRST_ID) return FIRST_ID;
  return (BigInt(`0x${id}`) - 1n).toString(16).padStart(16, '0');
}
