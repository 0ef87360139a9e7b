import {
  AndFilter,
  EqualityFilter,
  ExtensibleFilter,
  GreaterThanEqualsFilter,
  OrFilter,
  PresenceFilter,
  type Filter,
} from 'ldapts';
import { isBinaryId } from '../entry.js';

/** LDAP_MATCHING_RULE_IN_CHAIN of Active Directory: through any number of groups, cycles included. */
const IN_CHAIN = '1.2.840.113556.1.4.1941';

/** The value goes out as bytes, so that no character of it can become part of the filter. */
export function equals(attribute: string, value: string | Buffer): Filter {
  return new EqualityFilter({ attribute, value: Buffer.from(value) });
}

/** Entries that have the attribute at all. */
export function present(attribute: string): Filter {
  return new PresenceFilter({ attribute });
}

export function atLeast(attribute: string, value: string): Filter {
  return new GreaterThanEqualsFilter({ attribute, value });
}

/** Members of a group of Active Directory, direct or through other groups; not those whose primary group it is. */
export function memberInChain(group: string): Filter {
  return new ExtensibleFilter({ matchType: 'memberOf', rule: IN_CHAIN, value: group });
}

export function all(...filters: readonly (Filter | undefined)[]): Filter {
  return new AndFilter({ filters: filters.filter((filter) => filter !== undefined) });
}

export function any(filters: readonly Filter[]): Filter {
  return new OrFilter({ filters: [...filters] });
}

/** The entries with these stable ids. */
export function withIds(attribute: string, ids: readonly string[]): Filter {
  return any(ids.map((id) => equals(attribute, isBinaryId(attribute) ? Buffer.from(id, 'hex') : id)));
}
