import type { SeenGroup, SeenPerson } from '../../people-source.js';
import { decidingGroups } from './deciding-groups.js';
import { all } from './filters.js';
import { personAttributes, type Reading } from './reading.js';
import { groupAttributes, seenGroup } from './seen-group.js';
import { seenPerson } from './seen-person.js';
import type { Filter } from 'ldapts';

/** Everybody in scope, page by page. */
export async function* everybody(reading: Reading): AsyncGenerator<readonly SeenPerson[]> {
  const { reader, scope } = reading;
  const groups = await decidingGroups(reading);
  for (const base of scope.bases) {
    const query = { base, filter: scope.peopleFilter, attributes: personAttributes(scope) };
    for await (const page of reader.pages(query)) {
      const people = page.map((entry) => seenPerson(entry, reading, { groups, isInScope: true }));
      yield people.filter((person) => person !== undefined);
    }
  }
}

/** All groups below the base of groups, page by page; with `narrowing` those that match it as well. */
export async function* groupsBelow(reading: Reading, narrowing?: Filter): AsyncGenerator<readonly SeenGroup[]> {
  const { reader, scope } = reading;
  const filter = all(scope.groupFilter, narrowing);
  for await (const page of reader.pages({ base: scope.groups.base, filter, attributes: groupAttributes(scope) })) {
    const groups: SeenGroup[] = [];
    for (const entry of page) {
      const group = await seenGroup(entry, reading);
      if (group) groups.push(group);
    }
    yield groups;
  }
}
