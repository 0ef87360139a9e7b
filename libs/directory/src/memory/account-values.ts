import type { FoundPerson, KnownAccount } from '../account-records.js';
import type { Refusal } from '../people-source.js';
import { endsSessions } from '../records/adoption.js';

/** What every account begins with. */
export const NEW = {
  state: 'active',
  role: 'employee',
  roleScope: '*',
  roleBy: 'hand',
  lastLoginAt: undefined,
  dn: undefined,
  login: undefined,
  principal: undefined,
  primaryGroup: undefined,
  refusal: undefined,
  refusedAt: undefined,
  seenAt: undefined,
} as const;

/** An administrator's word stands above the directory's. */
export function refusing(
  before: KnownAccount,
  refusal: Refusal | undefined,
  atMs: number,
): Pick<KnownAccount, 'state' | 'refusedAt'> {
  const isFixed = before.state === 'suspended' || before.state === 'deleted';
  const state = endsSessions(refusal) ? 'disabled' : 'active';
  const since = refusal === before.refusal ? before.refusedAt : atMs;
  return { state: isFixed ? before.state : state, refusedAt: refusal === undefined ? undefined : since };
}

/** True when something that the person was called before is not so any more. */
export function isRenamed(before: KnownAccount, after: KnownAccount): boolean {
  if (before.jid.bare !== after.jid.bare) return true;
  return (['name', 'mail', 'login'] as const).some(
    (field) => before[field] !== undefined && before[field] !== after[field],
  );
}

/** What is copied of a person; the photo is elsewhere. */
export function description({ person }: FoundPerson) {
  const { name, mail, department, title, phone, office } = person;
  return { name, mail, department, title, phone, office };
}
