/** A long-lived relation of a person to a room, lowest first. XEP-0045 §5.2 */
export const AFFILIATIONS = ['outcast', 'none', 'member', 'admin', 'owner'] as const;
export type Affiliation = (typeof AFFILIATIONS)[number];

/** What somebody may do in a room while he is there, lowest first. XEP-0045 §5.1 */
export const ROLES = ['none', 'visitor', 'participant', 'moderator'] as const;
export type Role = (typeof ROLES)[number];

export const isAffiliation = (text: unknown): text is Affiliation => AFFILIATIONS.some((known) => known === text);
export const isRole = (text: unknown): text is Role => ROLES.some((known) => known === text);

const rankOf = (affiliation: Affiliation): number => AFFILIATIONS.indexOf(affiliation);

/** True when `a` is at least `b`. */
export function isAtLeast(a: Affiliation, b: Affiliation): boolean {
  return rankOf(a) >= rankOf(b);
}

/** The role somebody has when he comes in. XEP-0045 §5.1.2 */
export function roleOnEntering(affiliation: Affiliation, isModerated: boolean): Role {
  if (isAtLeast(affiliation, 'admin')) return 'moderator';
  if (affiliation === 'member') return 'participant';
  return isModerated ? 'visitor' : 'participant';
}

/** Why somebody may not do something to another: the condition of the error. */
export type Denial = 'forbidden' | 'not-allowed';

export interface Standing {
  readonly affiliation: Affiliation;
  readonly role: Role;
}

/** May `actor` give `target` this role? XEP-0045 §8.2 to §9.7 */
export function denialOfRole(actor: Standing, target: Standing, role: Role): Denial | undefined {
  const isAdministrator = isAtLeast(actor.affiliation, 'admin');
  const concernsModerators = role === 'moderator' || (target.role === 'moderator' && role !== 'none');
  if (concernsModerators && !isAdministrator) return 'forbidden';
  if (actor.role !== 'moderator' && !isAdministrator) return 'forbidden';
  const lowers = ROLES.indexOf(role) < ROLES.indexOf(target.role);
  if (!lowers) return undefined;
  if (rankOf(target.affiliation) > rankOf(actor.affiliation)) return 'not-allowed';
  // §9.7 and §8.4: nobody takes a privilege from whom his affiliation gives it; to throw him out is another matter.
  return role !== 'none' && isAtLeast(target.affiliation, 'admin') ? 'not-allowed' : undefined;
}

/** May `actor` give this affiliation to somebody who has `present`? XEP-0045 §9.1 to §10.8 */
export function denialOfAffiliation(actor: Affiliation, present: Affiliation, wanted: Affiliation): Denial | undefined {
  if (actor === 'owner') return undefined;
  if (actor !== 'admin') return 'forbidden';
  if (isAtLeast(wanted, 'admin')) return 'forbidden';
  return isAtLeast(present, 'admin') ? 'not-allowed' : undefined;
}

/** May somebody read the list of those with this affiliation? Who may not must learn nothing (CVE-2021-37601). §9.5 to §10.8 */
export function mayReadList(reader: Standing, affiliation: Affiliation, room: ListRules): boolean {
  if (reader.affiliation === 'owner') return true;
  const isRead = isAtLeast(reader.affiliation, 'admin');
  if (affiliation === 'outcast' || affiliation === 'none') return isRead;
  const isReader = isRead || (room.isOpenToMembers && (reader.affiliation === 'member' || reader.role === 'moderator'));
  return affiliation === 'member' ? isReader : isReader && room.isNonAnonymous;
}

/** What a room says about its lists. */
export interface ListRules {
  readonly isOpenToMembers: boolean;
  readonly isNonAnonymous: boolean;
}
