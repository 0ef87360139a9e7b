import { randomBytes } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { tryJid } from '@interoffice/wire';
import { photoOf } from '../photo.js';
import { matchesFilter } from './matches-filter.js';
import { samplePassword, samplePeople } from './people.js';

const equal = (attribute: string, value: string) => ({ type: 'EqualityFilter', attribute, value });

describe('the sample directory', () => {
  const people = samplePeople();

  it('has 200 people in three offices, each with their own name and id', () => {
    expect(people).toHaveLength(200);
    expect(new Set(people.map(({ uid }) => uid)).size).toBe(200);
    expect(new Set(people.map(({ entryUuid }) => entryUuid)).size).toBe(200);
    expect(new Set(people.map(({ office }) => office)).size).toBe(3);
    expect(people.every(({ uid }) => tryJid(`${uid}@office.localhost`)?.local === uid)).toBe(true);
  });

  it('is the same at every start', () => {
    expect(samplePeople()).toEqual(people);
    expect(people.find(({ uid }) => uid === 'anna.berg')?.entryUuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-/);
  });

  it('has an employee, an administrator and a compliance officer to log in as', () => {
    const roles = ['anna.berg', 'admin', 'olga.officer'].map(
      (uid) => people.find((person) => person.uid === uid)?.role,
    );
    expect(roles).toEqual(['employee', 'admin', 'officer']);
  });

  it('has a real picture of everybody', () => {
    for (const { photo } of people) {
      expect(photoOf(photo)?.type).toBe('image/png');
      const data = photo.indexOf('IDAT');
      const length = photo.readUInt32BE(data - 4);
      expect(inflateSync(photo.subarray(data + 4, data + 4 + length))).toHaveLength(96 * 97);
    }
  });

  it('has passwords that depend on the installation', () => {
    const secret = randomBytes(32);
    expect(samplePassword(secret, 'anna.berg')).toBe(samplePassword(secret, 'anna.berg'));
    expect(samplePassword(secret, 'anna.berg')).not.toBe(samplePassword(secret, 'admin'));
    expect(samplePassword(secret, 'anna.berg')).toMatch(/^[A-Za-z0-9]{16}$/);
  });
});

describe('filters of the sample directory', () => {
  const attributes = new Map([
    ['uid', ['anna.berg']],
    ['sn', ['Müller']],
  ]);
  it.each([
    [equal('SN', 'm\\c3\\bcller'), true],
    [equal('sn', 'Muller'), false],
    [{ type: 'PresenceFilter', attribute: 'uid' }, true],
    [{ type: 'AndFilter', clauses: [equal('uid', 'anna.berg'), equal('sn', 'x')] }, false],
    [{ type: 'OrFilter', clauses: [equal('uid', 'anna.berg'), equal('sn', 'x')] }, true],
    [{ type: 'NotFilter', clauses: [equal('sn', 'x')] }, true],
    [{ type: 'SubstringFilter', attribute: 'uid', initial: 'an', any: ['na', 'be'], final: 'g' }, true],
    [{ type: 'SubstringFilter', attribute: 'uid', initial: 'an', any: ['be', 'na'], final: 'g' }, false],
    [{ type: 'SubstringFilter', attribute: 'uid', initial: 'anna.berg', final: 'g' }, false],
    [{ type: 'ApproximateFilter', attribute: 'uid', value: 'x' }, false],
  ])('follow RFC 4511: %j', (filter, verdict) => expect(matchesFilter(filter, attributes)).toBe(verdict));
});
