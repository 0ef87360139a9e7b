import type { Entry } from 'ldapts';
import { normalDn } from '../distinguished-name.js';
import type { Identity, Members } from './membership.js';
import type { Reading } from './reading.js';
import { textsOf } from './values.js';

/** What a group says of who is in it: DNs, log-in names, and the number by which a primary group is named. */
export const MEMBER_ATTRIBUTES: readonly string[] = ['member', 'uniqueMember', 'memberUid', 'gidNumber'];

/**
 * The members of a group where the server resolves no groups in groups: each group inside is read once, so that a cycle
 * ends. Undefined: no such group.
 */
export async function membersByWalk(reading: Reading, group: string): Promise<Members | undefined> {
  const top = await reading.reader.entry(group, MEMBER_ATTRIBUTES);
  return top && new Walk(reading).from(top);
}

class Walk implements Members {
  readonly #reading: Reading;
  readonly #dns = new Set<string>();
  readonly #logins = new Set<string>();
  readonly #numbers = new Set<string>();

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  async from(top: Entry): Promise<this> {
    const groups = await this.#knownGroups();
    const seen = new Set([normalDn(top.dn)]);
    const toRead = this.#take(top);
    for (let member = toRead.pop(); member !== undefined; member = toRead.pop()) {
      const dn = groups.get(member);
      if (dn === undefined || seen.has(member)) continue;
      seen.add(member);
      const entry = await this.#reading.reader.entry(dn, MEMBER_ATTRIBUTES);
      if (entry) toRead.push(...this.#take(entry));
    }
    return this;
  }

  has(person: Identity): boolean {
    const isPrimary = person.primaryGroup !== undefined && this.#numbers.has(person.primaryGroup);
    return isPrimary || this.#logins.has(person.login) || this.#dns.has(normalDn(person.dn));
  }

  /** Only these are read one by one; asking of each member whether it is a group would cost a search a person. */
  async #knownGroups(): Promise<ReadonlyMap<string, string>> {
    const { reader, scope } = this.#reading;
    const query = { base: scope.groups.base, filter: scope.groupFilter, attributes: ['1.1'] };
    return new Map((await reader.all(query)).map(({ dn }) => [normalDn(dn), dn]));
  }

  #take(group: Entry): string[] {
    const members = [...textsOf(group, 'member'), ...textsOf(group, 'uniqueMember')].map(normalDn);
    for (const dn of members) this.#dns.add(dn);
    for (const login of textsOf(group, 'memberUid')) this.#logins.add(login);
    for (const number of textsOf(group, 'gidNumber')) this.#numbers.add(number);
    return members;
  }
}
