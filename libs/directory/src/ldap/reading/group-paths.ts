import type { Entry, Filter } from 'ldapts';
import { normalDn } from '../distinguished-name.js';
import { textOf } from '../entry.js';
import { all, any, equals, withIds } from './filters.js';
import { contextsOf, personAttributes, type Reading } from './reading.js';
import { primarySidOf } from './seen-person.js';

/** A group that a person is in, and the way there. */
export interface GroupPath {
  readonly dn: string;
  readonly name: string;
  /** DNs of the groups between: the person is in the first, each is in the next, the last is in this one. None: direct. */
  readonly via: readonly string[];
  /** By the primary group, or a group that holds it; not by a membership of the person itself. */
  readonly isPrimary: boolean;
}

/** The groups of a person as they are at this moment. */
export interface PersonGroups {
  readonly dn: string;
  readonly groups: readonly GroupPath[];
  /** False when there are more than 1,000: the rest is left out. */
  readonly isWhole: boolean;
}

const MOST_GROUPS = 1000;

/** Walks from the person upwards, nearest groups first; each group is visited once. Undefined: no such person. */
export async function groupPaths(reading: Reading, id: string): Promise<PersonGroups | undefined> {
  const { reader, scope } = reading;
  const contexts = await contextsOf(reading);
  const query = { filter: withIds(scope.attributes.id, [id]), attributes: personAttributes(scope) };
  const [person] = await reader.below(contexts, query);
  return person && new Ascent(reading, contexts).from(person);
}

/** A group whose holders are still to be asked for. */
interface Step {
  readonly dn: string;
  readonly via: readonly string[];
  readonly isPrimary: boolean;
}

class Ascent {
  readonly #reading: Reading;
  readonly #contexts: readonly string[];
  readonly #found = new Map<string, GroupPath>();

  constructor(reading: Reading, contexts: readonly string[]) {
    this.#reading = reading;
    this.#contexts = contexts;
  }

  async from(person: Entry): Promise<PersonGroups> {
    const steps: Step[] = [];
    const login = textOf(person, this.#reading.scope.attributes.login) ?? '';
    await this.#holders(any([...holding(person.dn), equals('memberUid', login)]), { via: [], isPrimary: false }, steps);
    const primary = isPrimaryOf(person);
    if (primary) await this.#holders(primary, { via: [], isPrimary: true }, steps);
    for (let step = steps.shift(); step && this.#found.size < MOST_GROUPS; step = steps.shift()) {
      const via = [...step.via, step.dn];
      await this.#holders(any(holding(step.dn)), { via, isPrimary: step.isPrimary }, steps);
    }
    return { dn: person.dn, groups: [...this.#found.values()], isWhole: this.#found.size < MOST_GROUPS };
  }

  async #holders(filter: Filter, way: Omit<Step, 'dn'>, steps: Step[]): Promise<void> {
    const found = await this.#reading.reader.below(this.#contexts, { filter, attributes: ['cn'] });
    for (const { dn, ...entry } of found) {
      if (this.#found.has(normalDn(dn))) continue;
      this.#found.set(normalDn(dn), { dn, name: textOf({ dn, ...entry }, 'cn') ?? dn, ...way });
      steps.push({ dn, ...way });
    }
  }
}

function holding(dn: string): Filter[] {
  return [equals('member', dn), equals('uniqueMember', dn)];
}

/** Finds the primary group of a person; nothing for one that has none. */
function isPrimaryOf(person: Entry): Filter | undefined {
  const sid = primarySidOf(person);
  if (sid) return equals('objectSid', sid);
  const number = textOf(person, 'gidNumber');
  return number === undefined ? undefined : all(equals('objectClass', 'posixGroup'), equals('gidNumber', number));
}
