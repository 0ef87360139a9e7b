import { BerWriter, type Entry } from 'ldapts';
import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJid } from '@interoffice/wire';
import { LOGIN_SENTENCES } from '../directory.js';
import { bindRefusal } from './bind-refusal.js';
import { escapeDnValue } from './distinguished-name.js';
import { foundPerson, idOf, textOf, type LdapAttributes } from './entry.js';
import { explainEntry } from './explain-entry.js';
import { escapeFilterValue, narrowed, readFilter } from './filter.js';

const ATTRIBUTES: LdapAttributes = {
  id: 'objectGUID',
  login: 'sAMAccountName',
  name: 'displayName',
  mail: 'mail',
  title: 'title',
  department: 'department',
  phone: 'telephoneNumber',
  office: 'l',
  photo: 'thumbnailPhoto',
};

const refused = (code: number, message = '') => Object.assign(new Error(message), { code });

//
describe('names in filters and DNs', () => {
  it.each([
    ['*', '\\2a'],
    ['*)(uid=*', '\\2a\\29\\28uid=\\2a'],
    ['a\\b', 'a\\5cb'],
    ['\0', '\\00'],
    ['Müller', 'M\\c3\\bcller'],
  ])('writes %j into a filter as %j', (value, escaped) => expect(escapeFilterValue(value)).toBe(escaped));

  it.each([
    ['Smith, John', 'Smith\\, John'],
    [' edge ', '\\ edge\\ '],
    ['#1+"<>;=\\', '\\#1\\+\\"\\<\\>\\;\\=\\\\'],
    ['a\0b', 'a\\00b'],
    ['Lučić', 'Lučić'],
  ])('writes %j into a DN as %j', (value, escaped) => expect(escapeDnValue(value)).toBe(escaped));

  it('sends a name as one literal value, whatever is in it', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 40 }), (name) => {
        const writer = new BerWriter();
        narrowed(readFilter('(objectClass=person)'), 'uid', name).write(writer);
        // The value is the last thing in the bytes: its length, then itself.
        const literal = Buffer.from(name, 'utf8');
        const tail = writer.buffer.subarray(writer.buffer.length - literal.length);
        expect(tail.equals(literal)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('reads an administrator’s escapes above 0x7f as the characters they stand for', () => {
    expect(readFilter('(sn=M\\c3\\bcller)').toString()).toContain('Müller');
    expect(() => readFilter('(sn=\\ff)')).toThrow('not well formed');
  });
});

describe('entries', () => {
  const guid = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  const entry = (more: object): Entry => ({ dn: 'cn=x', objectguid: guid, SAMACCOUNTNAME: 'Anna.Berg', ...more });

  it('become people under their stable id, in whatever case the server writes attributes', () => {
    const source = { name: 'ad', domain: 'corp.example', attributes: ATTRIBUTES };
    const found = foundPerson(entry({ cn: 'Anna', mail: [], displayName: ['First', 'Second'] }), source);
    expect(found).toMatchObject({ directory: 'ad', directoryId: guid.toString('hex'), person: { name: 'First' } });
    expect(found?.jid.bare).toBe('anna.berg@corp.example');
    expect(found?.person.mail).toBeUndefined();
    expect(foundPerson(entry({ SAMACCOUNTNAME: 'no good@name' }), source)).toBeUndefined();
    expect(foundPerson(entry({ SAMACCOUNTNAME: [] }), source)).toBeUndefined();
  });

  it('lose a photo that is no picture', () => {
    const source = { name: 'ad', domain: 'corp.example', attributes: ATTRIBUTES };
    expect(foundPerson(entry({ thumbnailPhoto: Buffer.from('<svg onload=…') }), source)?.person.photo).toBeUndefined();
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0]);
    expect(foundPerson(entry({ thumbnailPhoto: jpeg }), source)?.person.photo?.type).toBe('image/jpeg');
  });

  it('have their texts cut to a length that can be shown', () => {
    expect(textOf(entry({ title: 'x'.repeat(9999) }), 'title')).toHaveLength(512);
    expect(textOf(entry({ title: Buffer.from('Ü') }), 'title')).toBe('Ü');
    expect(idOf({ dn: 'x', entryUUID: 'abc' }, 'entryUUID')).toBe('abc');
    expect(idOf({ dn: 'x' }, 'objectGUID')).toBeUndefined();
  });

  it('tell why their person cannot log in', () => {
    const seen = [
      entry({
        userAccountControl: '262658',
        accountExpires: '132000000000000000',
        pwdAccountLockedTime: '20260101000000Z',
        nsAccountLock: 'TRUE',
      }),
    ];
    const account = parseJid('anna.berg@corp.example');
    const { because, mayLogIn } = explainEntry({ account, record: undefined, directory: 'ad', seen, now: Date.now() });
    expect(mayLogIn).toBe(false);
    expect(because.slice(0, 5).map((sentence) => sentence.split(' ')[0])).toEqual([
      'disabled',
      'expired',
      'locked',
      'must',
      'found',
    ]);
    const fine = [entry({ userAccountControl: '512', accountExpires: '9223372036854775807' })];
    expect(explainEntry({ account, record: undefined, directory: 'ad', seen: fine, now: Date.now() }).mayLogIn).toBe(
      true,
    );
  });
});

describe('a refused bind', () => {
  const data = (code: string) =>
    refused(49, `80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data ${code}, v1db1`);

  it.each([
    [data('525'), 'not-authorized', undefined, true],
    [data('52e'), 'not-authorized', undefined, true],
    [data('530'), 'account-disabled', 'outside-hours', false],
    [data('531'), 'account-disabled', 'outside-place', false],
    [data('532'), 'credentials-expired', 'password-expired', false],
    [data('533'), 'account-disabled', 'disabled', false],
    [data('701'), 'account-disabled', 'expired', false],
    [data('773'), 'credentials-expired', 'must-change-password', false],
    [data('775'), 'temporary-auth-failure', 'locked', false],
    [refused(49, 'Invalid credentials'), 'not-authorized', undefined, true],
    [refused(19), 'temporary-auth-failure', 'locked', false],
    [refused(53), 'account-disabled', 'disabled', false],
    [refused(32), 'not-authorized', undefined, true],
    [refused(8, 'strong auth required'), 'temporary-auth-failure', 'unavailable', false],
    [refused(51, 'busy'), 'temporary-auth-failure', 'unavailable', false],
    [new Error('socket hang up'), 'temporary-auth-failure', 'unavailable', false],
    ['nothing', 'temporary-auth-failure', 'unavailable', false],
  ])('means what the directory said: %s', (error, reason, obstacle, isWrongPassword) => {
    const refusal = bindRefusal(error);
    expect(refusal).toMatchObject({ reason, isWrongPassword });
    expect(refusal.obstacle).toBe(obstacle);
  });

  it.each([
    [0, 'password-expired'],
    [1, 'locked'],
    [2, 'must-change-password'],
    [9, undefined],
  ])('means what the password policy said beside it: %i', (policyError, obstacle) => {
    expect(bindRefusal(refused(49, 'Invalid credentials'), policyError).obstacle).toBe(obstacle);
    expect(bindRefusal(refused(51, 'busy'), policyError).obstacle).toBe('unavailable');
  });

  it('has its own sentence for the person in each case', () => {
    const told = Object.entries(LOGIN_SENTENCES).filter(([obstacle]) => obstacle !== 'too-many-attempts');
    expect(new Set(told.map(([, sentence]) => sentence)).size).toBe(told.length);
    // Active Directory tells everybody that an account is locked: it must read as what everybody is told anyway.
    expect(LOGIN_SENTENCES.locked).toBe(LOGIN_SENTENCES['too-many-attempts']);
  });
});
