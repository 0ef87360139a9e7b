import { Failure } from '@interoffice/telemetry';
import type { Filter } from 'ldapts';
import { normalDn } from '../distinguished-name.js';
import type { LdapAttributes } from '../entry.js';
import { readFilter } from '../filter.js';
import type { LdapKind } from '../source-options.js';

/** Gives an office to people below a base, in a group (nested, primary), or whose office attribute has a value. */
export interface OfficeRule {
  readonly base?: string;
  readonly group?: string;
  readonly value?: string;
  readonly office: string;
}

/** Which part of a directory is read, and how it is understood. */
export interface LdapPeopleOptions {
  readonly name: string;
  /** Of the addresses that new people get. */
  readonly domain: string;
  readonly kind: LdapKind;
  readonly bases: readonly string[];
  readonly filter: string;
  readonly attributes: LdapAttributes;
  readonly groups: { readonly base: string; readonly filter: string };
  /** DN of the group whose members, also through other groups, may use the server; undefined: everybody may. */
  readonly loginGroup: string | undefined;
  /** The first that fits decides; none: the office attribute as it is. */
  readonly offices: readonly OfficeRule[];
}

/** The options, read. */
export interface Scope extends LdapPeopleOptions {
  readonly peopleFilter: Filter;
  readonly groupFilter: Filter;
}

/** Throws DIRECTORY_FILTER_INVALID or DIRECTORY_WITHOUT_BASE. A base below another one would have its people read twice, and is left out. */
export function scopeOf(options: LdapPeopleOptions): Scope {
  if (options.bases.length === 0) throw new Failure('DIRECTORY_WITHOUT_BASE', `${options.name} names no base`);
  const bases = options.bases.filter(
    (base, index) =>
      !options.bases.some((other, at) => isBelow(base, other) && (at < index || normalDn(other) !== normalDn(base))),
  );
  return {
    ...options,
    bases,
    peopleFilter: readFilter(options.filter),
    groupFilter: readFilter(options.groups.filter),
  };
}

/** True for the base itself and everything below it. */
export function isBelow(dn: string, base: string): boolean {
  const [inner, outer] = [normalDn(dn), normalDn(base)];
  return inner === outer || outer === '' || inner.endsWith(`,${outer}`);
}
