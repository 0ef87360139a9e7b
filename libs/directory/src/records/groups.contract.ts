import { beforeEach, describe, expect, it } from 'vitest';
import { parseJid } from '@interoffice/wire';
import type { AccountRecords } from '../account-records.js';
import { normalDn } from '../ldap/distinguished-name.js';
import type { SeenGroup, SeenPerson } from '../people-source.js';
import type { GroupRecords } from './group-records.js';

const dn = (name: string): string => `CN=${name},OU=X,DC=lab`;
const person = (login: string, more: Partial<SeenPerson> = {}): SeenPerson => ({
  jid: parseJid(`${login}@im.example`),
  directory: 'ad',
  directoryId: `id-${login}`,
  person: { name: login },
  dn: dn(login),
  login,
  principal: undefined,
  primaryGroup: undefined,
  refusal: undefined,
  ...more,
});
const group = (name: string, members: readonly string[], more: Partial<SeenGroup> = {}): SeenGroup => ({
  directory: 'ad',
  directoryId: `group-${name}`,
  dn: dn(name),
  name,
  key: undefined,
  members: members.map((member) => normalDn(dn(member))),
  memberLogins: [],
  ...more,
});

/** What holds for groups and who is in them wherever they are kept. */
export function groupsKeepTheContract(open: () => Promise<{ records: AccountRecords; groups: GroupRecords }>): void {
  let records: AccountRecords;
  let groups: GroupRecords;
  const numberOf = async (login: string): Promise<number> => (await records.find(`${login}@im.example`))!.id;
  const waysOf = async (login: string): Promise<string[]> =>
    (await groups.groupsOf(await numberOf(login))).map(({ group: { name }, via, isPrimary }) =>
      [...via.map((one) => one.name), name].join(' > ').concat(isPrimary ? ' (primary)' : ''),
    );
  const membersOf = async (name: string): Promise<string[]> => {
    const ids = new Set(await groups.membersOf((await groups.find('ad', dn(name)))!.id));
    return (await records.ofDirectory('ad'))
      .filter(({ id }) => ids.has(id))
      .map(({ login }) => login!)
      .sort();
  };

  beforeEach(async () => {
    ({ records, groups } = await open());
    await records.adoptMany([person('anna'), person('bela', { primaryGroup: 'S-1-513' }), person('cleo')], 1);
  });

  describe('groups', () => {
    it('hold who is in them directly, through others, by log-in name and as primary group, with the way', async () => {
      await groups.replace('ad', [
        group('team', ['anna']),
        group('floor', ['team'], { memberLogins: ['cleo', 'nobody'] }),
        group('house', ['floor']),
        group('domain users', [], { key: 'S-1-513' }),
        group('town', ['domain users', 'house']),
      ]);
      await groups.settle('ad');
      expect(await waysOf('anna')).toEqual([
        'team > floor',
        'team > floor > house',
        'team',
        'team > floor > house > town',
      ]);
      expect(await waysOf('bela')).toEqual(['domain users (primary)', 'domain users > town (primary)']);
      expect(await membersOf('town')).toEqual(['anna', 'bela', 'cleo']);
      expect(await membersOf('floor')).toEqual(['anna', 'cleo']);
    });

    it('in a cycle hold everybody of it, once', async () => {
      await groups.replace('ad', [group('a', ['b', 'anna']), group('b', ['c', 'cleo']), group('c', ['a'])]);
      await groups.settle('ad');
      expect(await membersOf('a')).toEqual(['anna', 'cleo']);
      expect(await membersOf('c')).toEqual(['anna', 'cleo']);
      expect(await waysOf('anna')).toEqual(['a', 'a > c > b', 'a > c']);
    });

    it('keep their members when a DN changes, and find those who come later', async () => {
      await groups.replace('ad', [group('team', ['anna', 'dora', 'later']), group('other', [])]);
      await groups.settle('ad');
      await records.adoptMany([person('anna', { dn: 'CN=Anna,OU=Moved,DC=lab' }), person('dora')], 2);
      await groups.put('ad', [group('later', ['cleo'])]);
      await groups.settle('ad');
      expect(await membersOf('team')).toEqual(['anna', 'cleo', 'dora']);
      await groups.forget('ad', ['group-later', 'id-anna']);
      expect(await membersOf('team')).toEqual(['anna', 'dora']);
      await groups.replace('ad', [group('team', ['dora'])]);
      await groups.settle('ad');
      expect(await membersOf('team')).toEqual(['dora']);
      expect((await groups.list('ad')).map(({ name }) => name)).toEqual(['team']);
      expect(await groups.find('ad', 'cn=TEAM, ou=x,dc=Lab')).toMatchObject({ directoryId: 'group-team' });
    });

    it('of another source have nothing to do with it', async () => {
      await groups.replace('ad', [group('team', ['anna'])]);
      await groups.replace('other', [group('team', ['anna'], { directory: 'other' })]);
      await groups.settle('other');
      await groups.settle('ad');
      expect(await waysOf('anna')).toEqual(['team']);
      await groups.replace('other', []);
      expect(await groups.list('ad')).toHaveLength(1);
    });
  });
}
