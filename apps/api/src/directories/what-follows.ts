import type { AccountExplanation } from '@interoffice/contract';
import { type KnownAccount, type Membership, normalDn, type RoleRule } from '@interoffice/directory';

/** What follows for somebody from a group. */
export interface Belonging {
  /** The group of the contact list, or what stands before the @ of a room. */
  readonly name: string;
  /** DN of the group by which it follows. */
  readonly group: string;
}

/** Everything that the settings make of somebody's groups. */
export interface Belongings {
  readonly teams: readonly (Belonging & { readonly as: 'member' | 'viewer' })[];
  readonly rooms: readonly (Belonging & { readonly as: 'member' | 'owner' })[];
}

/** A group that somebody is in, and how he got there. */
export function groupOf({ group, via, isPrimary }: Membership): AccountExplanation['groups'][number] {
  const steps = via.map(({ name }) => name);
  return { name: group.name, dn: group.dn, via: isPrimary ? ['primary group', ...steps] : steps };
}

/** Which group gives the role, and how the person is in it. */
export function roleOf(
  { role, roleScope: scope, roleBy }: KnownAccount,
  memberships: readonly Membership[],
  rules: readonly RoleRule[],
): AccountExplanation['roles'][number] {
  if (roleBy === 'hand')
    return { role, scope, because: role === 'employee' ? 'what everybody is' : 'given by an administrator' };
  const given = rules
    .filter((rule) => rule.role === role && rule.scope === scope)
    .map(({ group }) => wayTo(group, memberships))
    .find((way) => way !== undefined);
  return { role, scope, because: `given by ${given ?? 'a group of the directory at the last sync'}` };
}

/**
 * The rooms somebody is in, each with the group by which that follows, if one does; and those he should be in and is not
 * yet.
 */
export function roomsOf(
  present: readonly { readonly room: string; readonly affiliation: string }[],
  following: readonly (Belongings['rooms'][number] & { readonly room: string })[],
  memberships: readonly Membership[],
): AccountExplanation['rooms'] {
  const because = new Map(
    following.map(({ room, as, group }) => [room, `${as} by ${wayTo(group, memberships) ?? group}`]),
  );
  const missing = [...because.keys()].filter((room) => !present.some((one) => one.room === room));
  return [...present, ...missing.map((room) => ({ room, affiliation: 'none' }))].map(({ room, affiliation }) => {
    const why = because.get(room);
    return why === undefined ? { room, affiliation } : { room, affiliation, because: why };
  });
}

/** A group of the contact list, and by which group of the directory. */
export function teamOf(
  { name, group, as }: Belongings['teams'][number],
  memberships: readonly Membership[],
): AccountExplanation['teams'][number] {
  const way = wayTo(group, memberships);
  return { name, as, because: way === undefined ? `${group} is shown to everybody of the directory` : `by ${way}` };
}

/** Undefined: not in the group of this DN. */
function wayTo(dn: string, memberships: readonly Membership[]): string | undefined {
  const membership = memberships.find(({ group }) => normalDn(group.dn) === normalDn(dn));
  if (!membership) return undefined;
  const { name, via } = groupOf(membership);
  return `the group ${name}${via.length === 0 ? '' : `, via ${via.join(' → ')}`}`;
}
