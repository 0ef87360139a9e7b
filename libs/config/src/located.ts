/** A setting as it was written, and where: `interoffice.yaml:12`, or the name of an environment variable. */
export interface Located {
  readonly origin: string;
  readonly content: Content;
}

/** What a setting can hold; null stands for an empty value. */
export type Content = string | number | boolean | null | readonly Located[] | ReadonlyMap<string, Entry>;

/** A key of a group; the key's own place is the one to point at when the key is wrong. */
export interface Entry {
  readonly keyOrigin: string;
  readonly value: Located;
}

/** A setting as a plain value: presets of a program and defaults of a schema. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

/** True for a group of keys. */
export function isGroup(content: Content): content is ReadonlyMap<string, Entry> {
  return content instanceof Map;
}

/** True for a list. */
export function isList(content: Content): content is readonly Located[] {
  return Array.isArray(content);
}

/** The same, with the same origin everywhere. */
export function locate(plain: Plain, origin: string): Located {
  if (Array.isArray(plain)) return { origin, content: plain.map((item: Plain) => locate(item, origin)) };
  if (plain === null || typeof plain !== 'object') return { origin, content: plain };
  const entries = Object.entries(plain).map(([key, value]): [string, Entry] => [
    key,
    { keyOrigin: origin, value: locate(value, origin) },
  ]);
  return { origin, content: new Map(entries) };
}

/** The lower layer with everything the upper one says in its place: groups are joined key by key, all else replaced. */
export function overlay(lower: Located, upper: Located): Located {
  if (!isGroup(lower.content) || !isGroup(upper.content)) return upper;
  const joined = new Map(lower.content);
  for (const [key, entry] of upper.content) {
    const below = joined.get(key);
    joined.set(key, below ? { ...entry, value: overlay(below.value, entry.value) } : entry);
  }
  return { origin: upper.origin, content: joined };
}
