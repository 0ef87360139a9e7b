import type { Filter } from 'ldapts';
import type { Changes, Cursor, SeenGroup, SeenPerson } from '../../people-source.js';
import { normalDn } from '../distinguished-name.js';
import { changedAfter, cursorNow } from './cursors.js';
import { deletedEntries } from './deleted-entries.js';
import { everybody, groupsBelow } from './everybody.js';
import { all, any, equals, present } from './filters.js';
import { peopleMatching } from './narrowed-people.js';
import { contextsOf, type Reading } from './reading.js';
import { collected } from './reader.js';

/** See `PeopleSource.changesSince`; everything is read from the server of the reading, which must be the cursor's. */
export async function changesAfter(reading: Reading, since: Cursor): Promise<Changes | undefined> {
  const cursor = await cursorNow(reading, since);
  if (cursor.server !== since.server) return undefined;
  const changed = changedAfter(reading, since);
  const groups = await collected(groupsBelow(reading, changed));
  const deleted = await deletedEntries(reading, changed);
  const people = await changedPeople(reading, changed);
  const isOpen = deleted.some(({ isGroup }) => isGroup) || (await decide(groups, reading));
  const whole = isOpen ? await allPeople(reading) : new Map<string, SeenPerson>();
  return {
    people: [...new Map([...people, ...whole]).values()],
    groups,
    deleted: deleted.map(({ id }) => id),
    cursor,
  };
}

/** Everything that has a log-in name counts here: who has left the bases or the filter is told as `out-of-scope`. */
function changedPeople(reading: Reading, changed: Filter): Promise<ReadonlyMap<string, SeenPerson>> {
  const { kind, attributes } = reading.scope;
  const isPerson = kind === 'active-directory' ? equals('objectCategory', 'person') : undefined;
  return peopleMatching(reading, changed, () => all(isPerson, present(attributes.login), changed));
}

async function allPeople(reading: Reading): Promise<ReadonlyMap<string, SeenPerson>> {
  const people = await collected(everybody(reading));
  return new Map(people.map((person) => [person.directoryId, person]));
}

/**
 * True when a changed group is, or holds through others, a group that decides who may use the server or who is of which
 * office. Who has left it does not show in any entry of a person, so everybody is looked at again.
 */
async function decide(changed: readonly SeenGroup[], reading: Reading): Promise<boolean> {
  const { loginGroup, offices } = reading.scope;
  const deciding = new Set([loginGroup ?? [], offices.flatMap(({ group }) => group ?? [])].flat().map(normalDn));
  if (deciding.size === 0 || changed.length === 0) return false;
  const seen = new Set(changed.map(({ dn }) => normalDn(dn)));
  const toAsk = changed.map(({ dn }) => dn);
  for (let dn = toAsk.pop(); dn !== undefined; dn = toAsk.pop()) {
    if (deciding.has(normalDn(dn))) return true;
    for (const holder of await holdersOf(dn, reading)) {
      if (!seen.has(normalDn(holder))) toAsk.push(holder);
      seen.add(normalDn(holder));
    }
  }
  return false;
}

/** The groups in which this entry is a direct member. */
async function holdersOf(dn: string, reading: Reading): Promise<readonly string[]> {
  const filter = any([equals('member', dn), equals('uniqueMember', dn)]);
  const found = await reading.reader.below(await contextsOf(reading), { filter, attributes: ['1.1'] });
  return found.map((entry) => entry.dn);
}
