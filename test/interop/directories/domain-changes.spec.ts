import { afterAll, afterEach, describe, expect, inject, it } from 'vitest';
import { normalDn } from '../../../libs/directory/src/ldap/distinguished-name.js';
import {
  ABROAD,
  DOMAIN,
  LEAVERS,
  STAFF,
  staffDn,
  teamDn,
  WITHOUT_PASSWORD,
  WITHOUT_PASSWORD_DISABLED,
} from './domain-tree.js';
import { DOMAIN_CONTROLLER, everybodyOf } from './source.js';
import { changes, DirectoryStage, seen } from './stage.js';

const stage = new DirectoryStage(inject('domainController'), DOMAIN_CONTROLLER);
const LICENCE = teamDn('Licence');

afterEach(() => stage.close());
afterAll(async () => {
  // What was added must not surprise another file.
  const left = await stage.tools.search(DOMAIN, '(|(cn=look-*)(cn=changes-*))', ['1.1']);
  for (const { dn } of left) await stage.remove(dn);
});

/** Adds a person of this test alone, and gives the stable id. */
function add(login: string): Promise<string> {
  const control = ['userAccountControl', String(WITHOUT_PASSWORD)] as const;
  return stage.add(`CN=${login},${STAFF}`, [['objectClass', 'user'], ['sAMAccountName', login], control]);
}

describe('looking at people of a domain', () => {
  it('tells who was deleted, who left the base or the filter', async () => {
    const notDisabled = '(!(userAccountControl:1.2.840.113556.1.4.803:=2))';
    const { people } = stage.open({ filter: `(&(objectCategory=person)(objectClass=user)${notDisabled})` });
    const [gone, moved, disabled] = [await add('look-gone'), await add('look-moved'), await add('look-disabled')];
    await stage.remove(`CN=look-gone,${STAFF}`);
    await stage.rename(`CN=look-moved,${STAFF}`, 'CN=look-moved', LEAVERS);
    await stage.modify(
      `CN=look-disabled,${STAFF}`,
      ['replace', 'userAccountControl'],
      ['userAccountControl', String(WITHOUT_PASSWORD_DISABLED)],
    );
    const found = await people.look([gone, moved, disabled]);
    expect(found.get(gone)).toBe('deleted');
    expect(seen(found, moved)).toMatchObject({ refusal: 'out-of-scope', dn: `CN=look-moved,${LEAVERS}` });
    expect(seen(found, disabled).refusal).toBe('out-of-scope');
    expect(seen(await stage.open().people.look([disabled]), disabled).refusal).toBe('disabled');
  });

  it('finds the same person after a marriage and a move', async () => {
    const id = await add('look-maiden');
    await stage.rename(`CN=look-maiden,${STAFF}`, 'CN=look-married', ABROAD);
    const dn = `CN=look-married,${ABROAD}`;
    await stage.modify(dn, ['replace', 'sAMAccountName'], ['sAMAccountName', 'look-married']);
    const found = seen(await stage.open().people.look([id]), id);
    expect(found).toMatchObject({ directoryId: id, login: 'look-married', refusal: undefined });
    expect(normalDn(found.dn)).toBe(normalDn(dn));
  });

  it('finds hundreds in a few searches', async () => {
    const { people } = stage.open();
    const ids = (await everybodyOf(people)).map(({ directoryId }) => directoryId);
    const found = await people.look(ids);
    expect([...found.values()].filter((one) => one === 'deleted')).toEqual([]);
    expect(found.size).toBe(ids.length);
  });
});

describe('changes in a domain', () => {
  it('tell a rename, a disabled account and a group, and nobody else', async () => {
    const source = stage.open();
    const [married, disabled] = [await add('changes-maiden'), await add('changes-disabled')];
    const since = await source.people.cursor();
    await stage.rename(`CN=changes-maiden,${STAFF}`, 'CN=changes-married', STAFF);
    await stage.modify(
      `CN=changes-disabled,${STAFF}`,
      ['replace', 'userAccountControl'],
      ['userAccountControl', String(WITHOUT_PASSWORD_DISABLED)],
    );
    await stage.modify(teamDn('Empty'), ['add', 'member'], ['member', `CN=changes-married,${STAFF}`]);
    const found = await changes(source, since);
    const people = new Map(found.people.map((person) => [person.directoryId, person]));
    expect(people.get(married)?.dn).toBe(`CN=changes-married,${STAFF}`);
    expect(people.get(disabled)?.refusal).toBe('disabled');
    expect(people.size).toBe(2);
    expect(found.groups.map(({ name, members }) => [name, members])).toEqual([
      ['Empty', [normalDn(`CN=changes-married,${STAFF}`)]],
    ]);
    const next = await changes(source, found.cursor);
    expect([next.people, next.groups, next.deleted]).toEqual([[], [], []]);
    await stage.modify(teamDn('Empty'), ['delete', 'member'], ['member', `CN=changes-married,${STAFF}`]);
  });

  it('tell who has left the base', async () => {
    const source = stage.open();
    const id = await add('changes-leaver');
    const since = await source.people.cursor();
    await stage.rename(`CN=changes-leaver,${STAFF}`, 'CN=changes-leaver', LEAVERS);
    const found = await changes(source, since);
    expect(found.people).toMatchObject([{ directoryId: id, refusal: 'out-of-scope' }]);
  });

  it('tell deletions to an account that may see them, and say so to one that may not', async () => {
    const [seeing, blind] = [stage.open({}, { dn: inject('domainController').admin }), stage.open()];
    const id = await add('changes-gone');
    const since = await seeing.people.cursor();
    await stage.remove(`CN=changes-gone,${STAFF}`);
    expect((await changes(seeing, since)).deleted).toEqual([id]);
    expect((await changes(blind, since)).deleted).toEqual([]);
    await changes(blind, since);
    expect(blind.log.count('directory.deletions.hidden')).toBe(1);
    expect(seeing.log.count('directory.deletions.hidden')).toBe(0);
    expect((await blind.people.look([id])).get(id)).toBe('deleted');
  });

  it('tell everybody again when somebody left a group within the log-in group', async () => {
    const source = stage.open({ loginGroup: LICENCE });
    const id = await stage.idOf(staffDn(23));
    const since = await source.people.cursor();
    await stage.modify(teamDn('Level 3'), ['delete', 'member'], ['member', staffDn(23)]);
    const found = await changes(source, since);
    expect(found.people.find(({ directoryId }) => directoryId === id)?.refusal).toBe('out-of-group');
    await stage.modify(teamDn('Level 3'), ['add', 'member'], ['member', staffDn(23)]);
  });

  it('are not told to a cursor of another server', async () => {
    const { people } = stage.open();
    const cursor = await people.cursor();
    expect(cursor.server).toMatch(/^[0-9a-f]{32}$/);
    expect(await people.changesSince({ ...cursor, server: '0'.repeat(32) })).toBeUndefined();
    expect(await people.changesSince(cursor)).toBeDefined();
  });
});
