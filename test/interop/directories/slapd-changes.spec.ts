import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, describe, expect, inject, it } from 'vitest';
import type { LdifLines } from './ldif.js';
import { directorySize } from './size.js';
import { ELSEWHERE, groupDn, ODD, PEOPLE, personDn, personLogin, SUFFIX } from './slapd-tree.js';
import { everybodyOf, SLAPD } from './source.js';
import { changes, DirectoryStage, seen } from './stage.js';
import { until } from './until.js';

const stage = new DirectoryStage(inject('slapd'), SLAPD);
const { slapdPeople } = directorySize();
const added: string[] = [];

afterEach(() => stage.close());
afterAll(async () => {
  // What was added must not surprise another file.
  const ids = await Promise.all(added.map((login) => stage.tools.search(SUFFIX, `(uid=${login})`, ['1.1'])));
  for (const { dn } of ids.flat()) await stage.remove(dn);
});

/** Adds a person of this test alone, and gives the stable id. */
function add(login: string, more: LdifLines = []): Promise<string> {
  added.push(login);
  const lines = [
    ['objectClass', 'inetOrgPerson'],
    ['cn', login],
    ['sn', login],
  ] as const;
  return stage.add(`uid=${login},${PEOPLE}`, [...lines, ['uid', login], ...more]);
}

function moveAway(login: string): Promise<void> {
  return stage.rename(`uid=${login},${PEOPLE}`, `uid=${login}`, ELSEWHERE);
}

describe('looking at people of slapd', () => {
  it('tells who was deleted, who left the base, the filter or the group, and who is fit', async () => {
    const source = stage.open({
      loginGroup: groupDn('Licence, all (1)'),
      filter: '(&(objectClass=inetOrgPerson)(!(title=Gone)))',
    });
    const [gone, moved, filtered, outside, fit] = [
      await add('look-gone'),
      await add('look-moved'),
      await add('look-filtered', [['title', 'Gone']]),
      await stage.idOf(personDn(200)),
      await stage.idOf(personDn(102)),
    ];
    await stage.remove(`uid=look-gone,${PEOPLE}`);
    await moveAway('look-moved');
    const found = await source.people.look([gone, moved, filtered, outside, fit]);
    expect(found.get(gone)).toBe('deleted');
    expect(seen(found, moved)).toMatchObject({ refusal: 'out-of-scope', login: 'look-moved' });
    expect(seen(found, filtered).refusal).toBe('out-of-scope');
    expect(seen(found, outside).refusal).toBe('out-of-group');
    expect(seen(found, fit)).toMatchObject({ refusal: undefined, login: personLogin(102) });
  });

  it('finds hundreds in one go, and each under the id it had before a rename', async () => {
    const { people } = stage.open();
    const before = (await everybodyOf(people)).slice(0, 350);
    const id = await add('look-maiden');
    await stage.rename(`uid=look-maiden,${PEOPLE}`, 'uid=look-married', ODD);
    const found = await people.look([...before.map(({ directoryId }) => directoryId), id]);
    expect(found.size).toBe(351);
    expect([...found.values()].every((one) => one !== 'deleted' && one.refusal === undefined)).toBe(true);
    expect(seen(found, id)).toMatchObject({ directoryId: id, login: 'look-married' });
    await stage.remove(`uid=look-married,${ODD}`);
  });

  it('tells an account that the password policy has locked', async () => {
    const id = await add('look-locked');
    await stage.modify(
      `uid=look-locked,${PEOPLE}`,
      ['replace', 'pwdAccountLockedTime'],
      ['pwdAccountLockedTime', '000001010000Z'],
    );
    expect(seen(await stage.open().people.look([id]), id).refusal).toBe('locked');
    await stage.remove(`uid=look-locked,${PEOPLE}`);
  });
});

describe('changes in slapd', () => {
  it('are told from the stamp of the last one on', async () => {
    const source = stage.open();
    const id = await add('changed');
    const since = await source.people.cursor();
    await stage.modify(`uid=changed,${PEOPLE}`, ['replace', 'displayName'], ['displayName', 'Changed Name']);
    await stage.modify(groupDn('Team 3'), ['add', 'member'], ['member', `uid=changed,${PEOPLE}`]);
    const found = await changes(source, since);
    expect(found.people.find(({ directoryId }) => directoryId === id)?.person.name).toBe('Changed Name');
    expect(found.groups.find(({ name }) => name === 'Team 3')?.members).toContain(`uid=changed,${PEOPLE}`);
    expect(found.deleted).toEqual([]);
    expect(found.cursor.server).toBe(since.server);
    expect(found.cursor.at >= since.at).toBe(true);
  });

  it('tell who has left the base', async () => {
    const source = stage.open();
    const id = await add('leaver');
    const since = await source.people.cursor();
    await moveAway('leaver');
    const found = await changes(source, since);
    expect(found.people.find(({ directoryId }) => directoryId === id)?.refusal).toBe('out-of-scope');
  });

  it('tell everybody again when a group within the log-in group has changed', async () => {
    const source = stage.open({ loginGroup: groupDn('Licence, all (1)') });
    const id = await stage.idOf(personDn(103));
    const since = await source.people.cursor();
    await stage.modify(groupDn('level3'), ['delete', 'member'], ['member', personDn(103)]);
    const found = await changes(source, since);
    expect(found.people.find(({ directoryId }) => directoryId === id)?.refusal).toBe('out-of-group');
    expect(found.people.length).toBeGreaterThanOrEqual(slapdPeople);
    await stage.modify(groupDn('level3'), ['add', 'member'], ['member', personDn(103)]);
  });

  it('are told once more and then no longer, when a minute has passed since the last', async () => {
    const source = stage.open();
    const id = await add('still');
    const later = stage.open({}, { clock: { now: () => Date.now() + 120_000 } });
    const again = await changes(later, await source.people.cursor());
    expect(again.people.map(({ directoryId }) => directoryId)).toContain(id);
    expect((await changes(later, again.cursor)).people).toEqual([]);
    await until('a change in a later second is told', async () => {
      await stage.modify(`uid=still,${PEOPLE}`, ['replace', 'title'], ['title', randomUUID()]);
      const { people } = await changes(later, again.cursor);
      expect(people.map(({ directoryId }) => directoryId)).toEqual([id]);
    });
  });

  it('are not told to a cursor of another server', async () => {
    const { people } = stage.open();
    expect(await people.changesSince({ ...(await people.cursor()), server: 'ldaps://another:636' })).toBeUndefined();
  });
});
