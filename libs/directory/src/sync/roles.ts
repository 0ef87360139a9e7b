import type { RoleGrant } from '../account-records.js';
import type { Role } from '../directory.js';
import type { GroupRecords } from '../records/group-records.js';

/** A role that a group of the directory gives to everybody in it, through other groups too. */
export interface RoleRule {
  /** DN. */
  readonly group: string;
  readonly role: Role;
  /** An office, or `*` for all. */
  readonly scope: string;
}

/** Who has which role by the groups; whoever is in several gets that of the first rule. A missing group gives none. */
export async function grantsOf(
  rules: readonly RoleRule[],
  groups: GroupRecords,
  directory: string,
): Promise<{ grants: ReadonlyMap<number, RoleGrant>; missing: readonly string[] }> {
  const grants = new Map<number, RoleGrant>();
  const missing: string[] = [];
  for (const { group, role, scope } of rules) {
    const found = await groups.find(directory, group);
    if (!found) missing.push(group);
    const members = found ? await groups.membersOf(found.id) : [];
    for (const id of members) if (!grants.has(id)) grants.set(id, { role, scope });
  }
  return { grants, missing };
}
