import { readFileSync } from 'node:fs';
import { Client } from 'ldapts';
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { normalDn } from '../../../libs/directory/src/ldap/distinguished-name.js';
import { allMembers } from '../../../libs/directory/src/ldap/reading/member-ranges.js';
import { PageSize, Reader } from '../../../libs/directory/src/ldap/reading/reader.js';
import { scopeOf } from '../../../libs/directory/src/ldap/reading/scope.js';
import { groupLine, personLine, toldGroup, toldPerson } from './as-told.js';
import { DOMAIN, oddStaffDn, STAFF, staffDn, staffLogin, stateDn, STATES, teamDn } from './domain-tree.js';
import { texts } from './ldif.js';
import { directorySize } from './size.js';
import { DOMAIN_CONTROLLER, everybodyOf, groupsOf } from './source.js';
import { DirectoryStage, seen } from './stage.js';

const stage = new DirectoryStage(inject('domainController'), DOMAIN_CONTROLLER);
const { tools } = stage;
const { domainPeople } = directorySize();
const ODD_PEOPLE = 6;
const LICENCE = teamDn('Licence');

afterEach(() => stage.close());

describe('reading a domain controller', () => {
  it('gives the people that ldapsearch gives, with every attribute and photo', async () => {
    const began = performance.now();
    const people = await everybodyOf(stage.open().people);
    process.stdout.write(`Samba: ${people.length} people in ${((performance.now() - began) / 1000).toFixed(2)} s\n`);
    const told = await tools.search(STAFF, DOMAIN_CONTROLLER.filter, ['*']);
    expect(people.length).toBeGreaterThanOrEqual(domainPeople + ODD_PEOPLE + STATES.length);
    const lines = told.map((one) => toldPerson(one, DOMAIN_CONTROLLER.attributes));
    expect(people.map(personLine).toSorted()).toEqual(lines.toSorted());
    expect(people.filter(({ person }) => person.photo).length).toBeGreaterThanOrEqual(domainPeople / 20);
    expect(people.find(({ login }) => login === staffLogin(7))?.principal).toBe(`${staffLogin(7)}@lab.test`);
  });

  it('gives the groups that ldapsearch gives, with all their members, and keys that primary groups name', async () => {
    const { people, log } = stage.open({ groups: { base: DOMAIN, filter: '(objectClass=group)' } });
    const groups = await groupsOf(people);
    const told = await tools.search(DOMAIN, '(objectClass=group)', ['*']);
    expect(groups.map(groupLine).toSorted()).toEqual(told.map((one) => toldGroup(one, 'objectGUID')).toSorted());
    expect(log.count('directory.members.foreign')).toBeGreaterThan(0);
    expect(groups.find(({ name }) => name === 'Everybody')?.members).toHaveLength(domainPeople);
    const domainUsers = groups.find(({ name }) => name === 'Domain Users');
    expect(domainUsers?.key).toMatch(/^S-1-5-21-\d+-\d+-\d+-513$/);
    const [person] = await everybodyOf(people);
    expect(person?.primaryGroup).toBe(domainUsers?.key);
  });

  it('goes on where the server has given a range of the members only', async () => {
    const { pool, log } = stage.open();
    const scope = scopeOf(DOMAIN_CONTROLLER);
    await pool.use(async (connection) => {
      const reader = new Reader(connection, new PageSize(), []);
      const reading = { reader, scope, log, nowMs: Date.now(), withPhotos: true, told: new Set<string>() };
      for (const asked of ['member;range=0-19', 'member;range=0-*', '1.1']) {
        const entry = await reader.entry(teamDn('Everybody'), [asked]);
        const members = await allMembers(entry!, reading);
        expect(new Set(members).size, asked).toBe(domainPeople);
        expect(members, asked).toHaveLength(domainPeople);
      }
      const empty = await reader.entry(teamDn('Empty'), ['member']);
      expect(await allMembers(empty!, reading)).toEqual([]);
    });
  });

  it('tells each state of an account', async () => {
    await lockOut('state-locked');
    const people = await everybodyOf(stage.open().people);
    const states = people.filter(({ login }) => login.startsWith('state-'));
    expect(Object.fromEntries(states.map(({ login, refusal }) => [login, refusal]))).toEqual({
      'state-fit': undefined,
      'state-disabled': 'disabled',
      'state-expired': 'expired',
      'state-must-change': 'must-change-password',
      'state-locked': 'locked',
    });
    const found = await stage.open().people.look([await stage.idOf(stateDn('state-locked'))]);
    expect([...found.values()]).toMatchObject([{ refusal: 'locked' }]);
  });
});

/** Three wrong passwords, as somebody else's phone would try them. */
async function lockOut(login: (typeof STATES)[number]): Promise<void> {
  const tlsOptions = { ca: [readFileSync(inject('domainController').authority, 'utf8')] };
  for (let i = 0; i < 4; i++) {
    const client = new Client({ url: inject('domainController').url, tlsOptions });
    await client
      .bind(stateDn(login), `wrong ${i}`)
      .catch((error: unknown) => expect(error).toMatchObject({ code: 49 }));
    await client.unbind();
  }
}

describe('who may log in, in a domain', () => {
  beforeAll(async () => {
    // The primary group is no membership: the directory takes the person out of the group when it becomes the primary one.
    const [group] = await tools.search(teamDn('Primary'), '(objectClass=group)', ['primaryGroupToken', 'objectSid']);
    const sid = group!.values.get('objectsid')![0]!;
    await stage.modify(
      staffDn(26),
      ['replace', 'primaryGroupID'],
      ['primaryGroupID', String(sid.readUInt32LE(sid.length - 4))],
    );
  });

  it('follows groups in groups, a cycle and the primary group', async () => {
    const told = await tools.search(teamDn('Primary'), '(objectClass=group)', ['member']);
    expect(texts(told[0]!, 'member')).toEqual([]);
    const people = await everybodyOf(stage.open({ loginGroup: LICENCE }).people);
    const inside = people.filter(({ refusal }) => refusal !== 'out-of-group').map(({ dn }) => normalDn(dn));
    const odd = Array.from({ length: ODD_PEOPLE }, (_, index) => oddStaffDn(index));
    const expected = [...[20, 21, 22, 23, 24, 25, 26].map(staffDn), ...odd].map(normalDn);
    expect(inside.toSorted()).toEqual(expected.toSorted());
  });

  it('refuses to read with a log-in group that is not there', async () => {
    const { people } = stage.open({ loginGroup: teamDn('Nobody made it') });
    await expect(everybodyOf(people)).rejects.toMatchObject({ code: 'DIRECTORY_GROUP_MISSING' });
  });

  it('explains the groups of a person and the way to each', async () => {
    const { people } = stage.open();
    const explained = await people.groupsOf(await stage.idOf(staffDn(22)));
    const ways = new Map(explained?.groups.map(({ name, via, isPrimary }) => [name, { via, isPrimary }]));
    expect(ways.get('Level 3')).toEqual({ via: [], isPrimary: false });
    expect(ways.get('Licence')?.via.map(normalDn)).toEqual(['Level 3', 'Level 2', 'Level 1'].map(teamDn).map(normalDn));
    expect(ways.get('Domain Users')).toEqual({ via: [], isPrimary: true });
    const byPrimary = await people.groupsOf(await stage.idOf(staffDn(26)));
    expect(byPrimary?.groups.find(({ name }) => name === 'Licence')).toMatchObject({ isPrimary: true });
    const inCycle = await people.groupsOf(await stage.idOf(staffDn(25)));
    expect(inCycle?.groups.map(({ name }) => name)).toEqual(expect.arrayContaining(['Cycle A', 'Cycle B', 'Licence']));
  });

  it('tells by look who is in the group, without reading the others', async () => {
    const ids = await Promise.all([20, 23, 26, 27].map((index) => stage.idOf(staffDn(index))));
    const found = await stage.open({ loginGroup: LICENCE }).people.look(ids);
    expect(ids.map((id) => seen(found, id).refusal)).toEqual([undefined, undefined, undefined, 'out-of-group']);
  });
});
