/** Ids carry the time of their row: milliseconds since this moment stand above the lowest 22 bits. */
const EPOCH_MS = Date.UTC(2024, 0, 1);
const BELOW_TIME = 22n;

/** The lowest and the highest id there can be. */
export const FIRST_ID = '0000000000000000';
export const LAST_ID = '7fffffffffffffff';

/** The one id as it stands on the wire: 16 lower-case hexadecimal digits, in the order of time. */
export function formatId(high: number, low: number): string {
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

/** The id as PostgreSQL takes a bigint; undefined for what is no id. */
export function parseId(id: string): string | undefined {
  return /^[0-7][0-9a-f]{15}$/.test(id) ? BigInt(`0x${id}`).toString() : undefined;
}

/** The lowest id a row of this millisecond can have. */
export function idAt(ms: number): string {
  const since = Math.floor(ms) - EPOCH_MS;
  if (since <= 0) return FIRST_ID;
  const id = BigInt(since) << BELOW_TIME;
  const text = id.toString(16).padStart(16, '0');
  return text.length > 16 || text > LAST_ID ? LAST_ID : text;
}

/** The moment an id stands for, in ms since 1970. */
export function timeOf(id: string): number {
  return Number(BigInt(`0x${id}`) >> BELOW_TIME) + EPOCH_MS;
}
