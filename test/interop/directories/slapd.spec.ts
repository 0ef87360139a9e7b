import { afterEach, describe, expect, inject, it } from 'vitest';
import { normalDn } from '../../../libs/directory/src/ldap/distinguished-name.js';
import { groupLine, personLine, toldGroup, toldPerson } from './as-told.js';
import { directorySize } from './size.js';
import { CAPPED, groupDn, GROUPS, NARROW, ODD, oddDn, PEOPLE, personDn, personLogin, SUFFIX } from './slapd-tree.js';
import { everybodyOf, groupsOf, SLAPD } from './source.js';
import { DirectoryStage } from './stage.js';

const stage = new DirectoryStage(inject('slapd'), SLAPD);
const { tools } = stage;
const { slapdPeople, slapdLargest } = directorySize();
const ODD_PEOPLE = 10;

afterEach(() => stage.close());

describe('reading slapd', () => {
  it('gives the people that ldapsearch gives, with every attribute and photo', async () => {
    const began = performance.now();
    const people = await everybodyOf(stage.open().people);
    process.stdout.write(`slapd: ${people.length} people in ${((performance.now() - began) / 1000).toFixed(2)} s\n`);
    const told = await tools.search(PEOPLE, SLAPD.filter, ['*', 'entryUUID']);
    expect(people).toHaveLength(slapdPeople + ODD_PEOPLE);
    expect(people.map(personLine).toSorted()).toEqual(told.map((one) => toldPerson(one, SLAPD.attributes)).toSorted());
    expect(people.filter(({ person }) => person.photo)).toHaveLength(Math.ceil(slapdPeople / 20));
    expect(people.every(({ refusal }) => refusal === undefined)).toBe(true);
  });

  it('gives the groups that ldapsearch gives, with all their members', async () => {
    const groups = await groupsOf(stage.open().people);
    const told = await tools.search(GROUPS, SLAPD.groups.filter, ['*', 'entryUUID']);
    expect(groups.map(groupLine).toSorted()).toEqual(told.map((one) => toldGroup(one, 'entryUUID')).toSorted());
    expect(groups.find(({ name }) => name === 'largest')?.members).toHaveLength(slapdLargest);
    expect(groups.find(({ name }) => name === 'posix1')).toMatchObject({ key: '20001', members: [] });
  });

  it('names people and groups so that members are found in one another, whatever is in their names', async () => {
    const { people } = stage.open({ bases: [ODD, PEOPLE] });
    const dns = new Set((await everybodyOf(people)).map(({ dn }) => normalDn(dn)));
    const unique = (await groupsOf(people)).find(({ name }) => name === 'Unique #1');
    expect(unique?.members.filter((member) => dns.has(member))).toHaveLength(ODD_PEOPLE);
    expect(dns.size).toBe(slapdPeople + ODD_PEOPLE);
  });

  it('asks for smaller pages where the server demands it', async () => {
    const { people } = stage.open({}, { dn: NARROW });
    expect(await everybodyOf(people)).toHaveLength(slapdPeople + ODD_PEOPLE);
    expect((await groupsOf(people)).length).toBeGreaterThan(40);
  });

  it('never takes a result for whole that a limit has cut', async () => {
    const { people } = stage.open({}, { dn: CAPPED });
    await expect(everybodyOf(people)).rejects.toMatchObject({ code: 'DIRECTORY_RESULT_CUT' });
  });

  it('says which base is missing, and what is wrong with the service account', async () => {
    const nowhere = stage.open({ bases: [`ou=nowhere,${SUFFIX}`] }).people;
    await expect(everybodyOf(nowhere)).rejects.toMatchObject({ code: 'DIRECTORY_BASE_MISSING' });
    const stranger = stage.open({}, { dn: personDn(1) }).people;
    await expect(everybodyOf(stranger)).rejects.toMatchObject({ code: 'DIRECTORY_BIND_REFUSED' });
    await expect(stranger.cursor()).rejects.toMatchObject({ code: 'DIRECTORY_BIND_REFUSED' });
  });

  it('lets a reader stop early, and goes on reading afterwards', async () => {
    const { people } = stage.open();
    for await (const page of people.people()) {
      expect(page.length).toBeGreaterThan(0);
      break;
    }
    expect((await groupsOf(people)).length).toBeGreaterThan(40);
  });
});

describe('who may log in, and from which office, in slapd', () => {
  const licence = groupDn('Licence, all (1)');

  it('follows groups in groups, a cycle, unique members and the primary group', async () => {
    const people = await everybodyOf(stage.open({ loginGroup: licence }).people);
    const inside = people.filter(({ refusal }) => refusal === undefined).map(({ dn }) => normalDn(dn));
    const byWalk = [100, 101, 102, 103, 104, 105].map(personDn);
    const byPrimaryGroup = Array.from({ length: 50 }, (_, index) => personDn(index));
    const byUniqueMember = Array.from({ length: ODD_PEOPLE }, (_, index) => oddDn(index));
    const expected = [...byWalk, ...byPrimaryGroup, ...byUniqueMember].map(normalDn);
    expect(inside.toSorted()).toEqual(expected.toSorted());
    expect(new Set(people.map(({ refusal }) => refusal))).toEqual(new Set([undefined, 'out-of-group']));
  });

  it('knows the members of a posix group by log-in name and by number', async () => {
    const people = await everybodyOf(stage.open({ kind: 'posix', loginGroup: groupDn('posix1') }).people);
    const inside = people.filter(({ refusal }) => refusal === undefined).map(({ login }) => login);
    const guests = [0, 1, 2];
    const own = Array.from({ length: 50 }, (_, index) => 50 + index);
    expect(inside.toSorted()).toEqual([...guests, ...own].map(personLogin));
  });

  it('refuses to read with a log-in group that is not there, since nobody would be in it', async () => {
    const { people } = stage.open({ loginGroup: groupDn('nobody made it') });
    await expect(everybodyOf(people)).rejects.toMatchObject({ code: 'DIRECTORY_GROUP_MISSING' });
  });

  it('gives the office by base, group and attribute, the first rule that fits', async () => {
    const offices = [
      { base: ODD, office: 'Odd office' },
      { group: groupDn('level1'), office: 'Level office' },
      { group: groupDn('nobody made it'), office: 'Nobody' },
      { value: 'mantua', office: 'Mantova' },
    ];
    const { people, log } = stage.open({ offices });
    const found = new Map((await everybodyOf(people)).map(({ dn, person }) => [normalDn(dn), person.office]));
    const officeOf = (dn: string) => found.get(normalDn(dn));
    expect(officeOf(oddDn(3))).toBe('Odd office');
    expect(officeOf(personDn(103))).toBe('Level office');
    expect(officeOf(personDn(111))).toBe('Mantova');
    expect(officeOf(personDn(110))).toBe('Verona');
    expect(log.count('directory.group.missing')).toBe(1);
  });

  it('explains the groups of a person and the way to each', async () => {
    const explained = await stage.open().people.groupsOf(await stage.idOf(personDn(102)));
    const ways = new Map(explained?.groups.map(({ name, via, isPrimary }) => [name, { via, isPrimary }]));
    expect(ways.get('level3')).toEqual({ via: [], isPrimary: false });
    expect(ways.get('level1')?.via.map(normalDn)).toEqual([groupDn('level3'), groupDn('level2')].map(normalDn));
    expect(ways.get('Licence, all (1)')?.via).toHaveLength(3);
    expect(ways.get('posix2')).toEqual({ via: [], isPrimary: true });
    const inCycle = await stage.open().people.groupsOf(await stage.idOf(personDn(104)));
    expect(inCycle?.groups.map(({ name }) => name)).toContain('cycle b');
    expect(await stage.open().people.groupsOf('00000000-0000-1000-8000-000000000000')).toBeUndefined();
  });
});
