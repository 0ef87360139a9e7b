import { describe, expect, it } from 'vitest';
import {
  AFFILIATIONS,
  type Affiliation,
  denialOfAffiliation,
  denialOfRole,
  mayReadList,
  type Role,
  roleOnEntering,
} from './affiliation.js';

const standing = (affiliation: Affiliation, role: Role) => ({ affiliation, role });

describe('the role on entering', () => {
  it.each<[Affiliation, boolean, Role]>([
    ['owner', true, 'moderator'],
    ['admin', false, 'moderator'],
    ['member', true, 'participant'],
    ['none', false, 'participant'],
    ['none', true, 'visitor'],
  ])('of %s (moderated: %s) is %s', (affiliation, isModerated, role) => {
    expect(roleOnEntering(affiliation, isModerated)).toBe(role);
  });
});

describe('a change of role', () => {
  it.each<[string, ReturnType<typeof standing>, ReturnType<typeof standing>, Role, string | undefined]>([
    [
      'a moderator kicks a participant',
      standing('none', 'moderator'),
      standing('none', 'participant'),
      'none',
      undefined,
    ],
    ['a participant kicks nobody', standing('member', 'participant'), standing('none', 'visitor'), 'none', 'forbidden'],
    [
      'a moderator kicks no admin',
      standing('member', 'moderator'),
      standing('admin', 'moderator'),
      'none',
      'not-allowed',
    ],
    ['an admin kicks no owner', standing('admin', 'moderator'), standing('owner', 'moderator'), 'none', 'not-allowed'],
    ['a moderator gives voice', standing('none', 'moderator'), standing('none', 'visitor'), 'participant', undefined],
    [
      'a moderator makes no moderator',
      standing('none', 'moderator'),
      standing('none', 'participant'),
      'moderator',
      'forbidden',
    ],
    [
      'an admin makes moderators',
      standing('admin', 'moderator'),
      standing('none', 'participant'),
      'moderator',
      undefined,
    ],
    [
      'an admin takes it from no admin',
      standing('admin', 'moderator'),
      standing('admin', 'moderator'),
      'participant',
      'not-allowed',
    ],
    [
      'an owner takes no owner his voice',
      standing('owner', 'moderator'),
      standing('owner', 'moderator'),
      'visitor',
      'not-allowed',
    ],
  ])('%s', (_, actor, target, role, denial) => {
    expect(denialOfRole(actor, target, role)).toBe(denial);
  });
});

describe('a change of affiliation', () => {
  it('is for owners without exception, for admins below their own, for nobody else', () => {
    for (const present of AFFILIATIONS) {
      for (const wanted of AFFILIATIONS) {
        expect(denialOfAffiliation('owner', present, wanted)).toBeUndefined();
        const isHigh = (one: Affiliation): boolean => one === 'admin' || one === 'owner';
        const byAdmin = isHigh(wanted) ? 'forbidden' : isHigh(present) ? 'not-allowed' : undefined;
        expect(denialOfAffiliation('admin', present, wanted)).toBe(byAdmin);
        for (const nobody of ['member', 'none', 'outcast'] as const) {
          expect(denialOfAffiliation(nobody, present, wanted)).toBe('forbidden');
        }
      }
    }
  });
});

// CVE-2021-37601
describe('lists of people', () => {
  const open = { isOpenToMembers: true, isNonAnonymous: true };
  it('are never for who does not belong to the room', () => {
    for (const list of AFFILIATIONS) {
      expect(mayReadList(standing('none', 'none'), list, open)).toBe(false);
      expect(mayReadList(standing('none', 'participant'), list, open)).toBe(false);
      expect(mayReadList(standing('outcast', 'none'), list, open)).toBe(false);
    }
  });

  it('of members are for members where the room says so', () => {
    expect(mayReadList(standing('member', 'none'), 'member', open)).toBe(true);
    expect(mayReadList(standing('member', 'none'), 'member', { ...open, isOpenToMembers: false })).toBe(false);
    expect(mayReadList(standing('member', 'participant'), 'outcast', open)).toBe(false);
  });

  it('of owners and admins are for owners, and for others where everybody is known', () => {
    const closed = { ...open, isNonAnonymous: false };
    expect(mayReadList(standing('admin', 'moderator'), 'owner', closed)).toBe(false);
    expect(mayReadList(standing('admin', 'moderator'), 'owner', open)).toBe(true);
    expect(mayReadList(standing('owner', 'none'), 'owner', closed)).toBe(true);
  });
});
