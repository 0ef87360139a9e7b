import type { Entry } from 'ldapts';

/** All values of an attribute as text, uncut. Attribute names match in any case. */
export function textsOf(entry: Entry, attribute: string): readonly string[] {
  const names = Object.keys(entry).filter((key) => key.toLowerCase() === attribute.toLowerCase());
  return names.flatMap((name) => textsUnder(entry, name));
}

/** The values under exactly this key. */
export function textsUnder(entry: Entry, key: string): readonly string[] {
  const values = [entry[key] ?? []].flat();
  return values.map((value) => value.toString()).filter((text) => text !== '');
}
