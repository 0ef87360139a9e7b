import { describe, expect, it } from 'vitest';
import { isBelow, scopeOf, type LdapPeopleOptions } from './scope.js';
import { ridOf, sidOfDomain, sidText } from './sid.js';

const OPTIONS: LdapPeopleOptions = {
  name: 'company',
  domain: 'im.example',
  kind: 'active-directory',
  bases: ['DC=corp,DC=example'],
  filter: '(objectClass=user)',
  attributes: {
    id: 'objectGUID',
    login: 'sAMAccountName',
    name: 'displayName',
    mail: 'mail',
    title: 'title',
    department: 'department',
    phone: 'telephoneNumber',
    office: 'l',
    photo: 'thumbnailPhoto',
  },
  groups: { base: 'DC=corp,DC=example', filter: '(objectClass=group)' },
  loginGroup: undefined,
  offices: [],
};

describe('what is read of a directory', () => {
  it.each([
    [['DC=corp,DC=example'], ['DC=corp,DC=example']],
    [['OU=a,DC=corp', 'dc=Corp'], ['dc=Corp']],
    [['dc=corp', 'DC=CORP', 'ou=a, dc=corp'], ['dc=corp']],
    [
      ['ou=a,dc=corp', 'ou=b,dc=corp'],
      ['ou=a,dc=corp', 'ou=b,dc=corp'],
    ],
  ])('reads of the bases %j only %j, so that nobody is read twice', (bases, read) => {
    expect(scopeOf({ ...OPTIONS, bases }).bases).toEqual(read);
  });

  it('is nothing without a base, or by a filter that is none', () => {
    expect(() => scopeOf({ ...OPTIONS, bases: [] })).toThrow(
      expect.objectContaining({ code: 'DIRECTORY_WITHOUT_BASE' }),
    );
    const broken = { ...OPTIONS, groups: { ...OPTIONS.groups, filter: '(cn=' } };
    expect(() => scopeOf(broken)).toThrow(expect.objectContaining({ code: 'DIRECTORY_FILTER_INVALID' }));
  });

  it.each([
    ['uid=a,ou=people,dc=lab', 'OU=People, DC=lab', true],
    ['ou=people,dc=lab', 'ou=people,dc=lab', true],
    ['uid=a,ou=more people,dc=lab', 'ou=people,dc=lab', false],
    ['cn=x\\,ou=people\\,dc=lab,dc=test', 'ou=people,dc=lab', false],
    ['uid=a,ou=people\\, and others,dc=lab', 'ou=people\\2C and others,dc=lab', true],
    ['dc=lab', '', true],
  ])('%s is below "%s": %s', (dn, base, isInside) => {
    expect(isBelow(dn, base)).toBe(isInside);
  });
});

describe('a security identifier', () => {
  const bytes = Buffer.from('010500000000000515000000a065cf7e784b9b5fe77c8770091c0100', 'hex');

  it('is text that ends in the number of the account', () => {
    expect(sidText(bytes)).toBe('S-1-5-21-2127521184-1604012920-1887927527-72713');
    expect(ridOf(sidText(bytes))).toBe('72713');
  });

  it('names the primary group of an account by its own beginning', () => {
    expect(sidText(sidOfDomain(bytes, 513))).toBe('S-1-5-21-2127521184-1604012920-1887927527-513');
    expect(sidText(bytes)).toMatch(/-72713$/);
  });

  it('of the machine itself ends in nothing that could be a primary group', () => {
    const administrators = Buffer.from('01020000000000052000000020020000', 'hex');
    expect(sidText(administrators)).toBe('S-1-5-32-544');
    expect(ridOf('S-1-5-32-544')).toBeUndefined();
  });

  it.each([undefined, Buffer.alloc(0), bytes.subarray(0, 20), Buffer.concat([bytes, Buffer.from([0])])])(
    'is not what has another length: %j',
    (broken) => expect(sidText(broken)).toBeUndefined(),
  );
});
