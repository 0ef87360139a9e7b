import type { Entry, Filter } from 'ldapts';
import type { SeenPerson } from '../../people-source.js';
import { idOf } from '../entry.js';
import { decidingGroups } from './deciding-groups.js';
import { all } from './filters.js';
import { contextsOf, personAttributes, type Reading } from './reading.js';
import type { Scope } from './scope.js';
import { seenPerson } from './seen-person.js';

/** The entries that match, by stable id, and which of them are below a base and matched by the source's filter. */
interface Found {
  readonly inScope: ReadonlyMap<string, Entry>;
  readonly elsewhere: ReadonlyMap<string, Entry>;
}

/**
 * The people whose entries match, wherever in the directory they are now, by stable id. Who is outside the bases, or not
 * matched by the source's filter, is `out-of-scope` and without photo; such are looked for with what `others` makes of
 * the ids found in scope, and not at all when it makes nothing. Entries that cannot be accounts are left out.
 */
export async function peopleMatching(
  reading: Reading,
  narrowing: Filter,
  others: (inScope: ReadonlySet<string>) => Filter | undefined,
): Promise<ReadonlyMap<string, SeenPerson>> {
  const { inScope, elsewhere } = await find(reading, narrowing, others);
  if (inScope.size + elsewhere.size === 0) return new Map();
  const groups = await decidingGroups(reading, narrowing);
  const people = [
    ...[...inScope.values()].map((entry) => seenPerson(entry, reading, { groups, isInScope: true })),
    ...[...elsewhere.values()].map((entry) => seenPerson(entry, reading, { groups, isInScope: false })),
  ];
  return new Map(people.flatMap((person) => (person ? [[person.directoryId, person]] : [])));
}

async function find(
  reading: Reading,
  narrowing: Filter,
  others: (inScope: ReadonlySet<string>) => Filter | undefined,
): Promise<Found> {
  const first = await entriesInScope(reading, narrowing);
  const rest = others(new Set(first.keys()));
  if (!rest) return { inScope: first, elsewhere: new Map() };
  const everywhere = await entriesAnywhere(reading, rest);
  const strangers = [...everywhere].filter(([id]) => !first.has(id));
  // Somebody may have come into scope since the first search: a move must not look like a farewell.
  const second = strangers.length > 0 ? await entriesInScope(reading, rest) : new Map<string, Entry>();
  const inScope = new Map([...first, ...second]);
  return { inScope, elsewhere: new Map(strangers.filter(([id]) => !inScope.has(id))) };
}

/** The directory itself says whether its entries match the filter: only it knows the syntax of every attribute. */
async function entriesInScope(
  { reader, scope, withPhotos }: Reading,
  narrowing: Filter,
): Promise<ReadonlyMap<string, Entry>> {
  const filter = all(scope.peopleFilter, narrowing);
  const attributes = withPhotos ? personAttributes(scope) : withoutPhoto(scope);
  return byId(await reader.below(scope.bases, { filter, attributes }), scope.attributes.id);
}

async function entriesAnywhere(reading: Reading, filter: Filter): Promise<ReadonlyMap<string, Entry>> {
  const { reader, scope } = reading;
  const attributes = withoutPhoto(scope);
  return byId(await reader.below(await contextsOf(reading), { filter, attributes }), scope.attributes.id);
}

function withoutPhoto(scope: Scope): readonly string[] {
  return personAttributes(scope).filter((name) => name !== scope.attributes.photo);
}

function byId(entries: readonly Entry[], attribute: string): ReadonlyMap<string, Entry> {
  const known = entries.map((entry) => [idOf(entry, attribute), entry] as const);
  return new Map(known.filter((one): one is readonly [string, Entry] => one[0] !== undefined));
}
