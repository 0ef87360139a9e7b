import { describe, expect, it } from 'vitest';
import type { Group, Membership } from '@interoffice/directory';
import { roomsOf, teamOf } from './what-follows.js';

const group = (name: string): Group => ({
  id: name.length,
  directory: 'ad',
  directoryId: `id-${name}`,
  dn: `CN=${name},DC=lab`,
  name,
});
const membership = (name: string, ...via: readonly string[]): Membership => ({
  group: group(name),
  via: via.map(group),
  isPrimary: false,
});
const memberships = [membership('Sales', 'Staff'), membership('Chiefs')];

describe('what follows from groups', () => {
  it('is told of each room: what holds, and by which group; what nobody has carried out yet has no affiliation', () => {
    const present = [
      { room: 'piazza@c.im', affiliation: 'member' },
      { room: 'sales@c.im', affiliation: 'admin' },
    ];
    const following = [
      { name: 'sales', room: 'sales@c.im', group: 'cn=sales, dc=lab', as: 'member' },
      { name: 'chiefs', room: 'chiefs@c.im', group: 'CN=Chiefs,DC=lab', as: 'owner' },
    ] as const;
    expect(roomsOf(present, following, memberships)).toEqual([
      { room: 'piazza@c.im', affiliation: 'member' },
      { room: 'sales@c.im', affiliation: 'admin', because: 'member by the group Sales, via Staff' },
      { room: 'chiefs@c.im', affiliation: 'none', because: 'owner by the group Chiefs' },
    ]);
  });

  it('is told of each group of the contact list, also of those that everybody sees', () => {
    const sales = { name: 'Sales', group: 'CN=Sales,DC=lab', as: 'member' } as const;
    const help = { name: 'Help', group: 'CN=Help,DC=lab', as: 'viewer' } as const;
    expect(teamOf(sales, memberships)).toEqual({
      name: 'Sales',
      as: 'member',
      because: 'by the group Sales, via Staff',
    });
    expect(teamOf(help, memberships).because).toBe('CN=Help,DC=lab is shown to everybody of the directory');
  });
});
