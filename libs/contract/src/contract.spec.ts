import { describe, expect, it } from 'vitest';
import { AccountListQuery, NewAccount } from './accounts.js';
import { ArchiveQuery } from './archive.js';
import { readRange, readSort } from './lists.js';
import { Login } from './login.js';
import { PROBLEMS } from './problem.js';
import { permissionsOf, Role } from './roles.js';
import { NewRoom, Retire, RoomChange } from './rooms.js';

describe('roles', () => {
  // W-05
  it('never join reading content with managing accounts', () => {
    for (const role of Role.options) {
      const may = permissionsOf(role);
      expect(may.includes('archive:read') && may.some((permission) => /^(accounts|rooms):/.test(permission))).toBe(
        false,
      );
      expect(may).toContain('self');
    }
  });
});

describe('lists', () => {
  it('are sorted and cut as the query says', () => {
    const query = AccountListQuery.parse({ sort: '-lastLoginAt', range: '50-74', text: 'berg' });
    expect(readSort(query.sort)).toEqual({ field: 'lastLoginAt', descending: true });
    expect(readRange(query.range)).toEqual({ offset: 50, limit: 25 });
    expect(readSort(AccountListQuery.parse({}).sort)).toEqual({ field: 'name', descending: false });
  });

  // W-12
  it.each([{ sort: 'password' }, { sort: 'name;drop table' }, { range: '5-1' }, { range: '0-99999' }, { range: 'x' }])(
    'refuse %j',
    (query) => expect(AccountListQuery.safeParse(query).success).toBe(false),
  );
});

describe('bodies', () => {
  // W-04
  it.each(['role', 'officeId', 'isAdmin', 'constructor', 'scope'])('with the unknown field %s are refused', (field) => {
    expect(Login.safeParse({ jid: 'a', password: 'b', [field]: 'x' }).success).toBe(false);
  });

  it('cannot ask for a role that reads content', () => {
    const body = { jid: 'a@b.example', password: 'long enough', role: 'officer' };
    expect(NewAccount.safeParse(body).success).toBe(false);
    expect(NewAccount.parse({ ...body, role: undefined }).role).toBe('employee');
  });
});

describe('a search of the archive', () => {
  it('needs a reason', () => {
    expect(ArchiveQuery.safeParse({ text: 'merger' }).success).toBe(false);
    expect(ArchiveQuery.safeParse({ text: 'merger', reason: '   ' }).success).toBe(false);
    expect(ArchiveQuery.parse({ text: 'merger', reason: 'case 17' }).limit).toBe(50);
  });
});

describe('problems', () => {
  it('have a status and a title each', () => {
    for (const [status, title] of Object.values(PROBLEMS)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(title).not.toBe('');
    }
  });
});

describe('rooms', () => {
  // W-04
  it.each(['createdBy', 'subject', 'isAdmin', 'persistent', 'constructor'])('are not made with %s', (field) => {
    expect(NewRoom.safeParse({ jid: 'board', [field]: 'x' }).success).toBe(false);
    expect(NewRoom.parse({ jid: 'board' })).toEqual({ jid: 'board', members: [] });
  });

  it('are changed in what they have, and not into ones that vanish', () => {
    expect(RoomChange.safeParse({}).success).toBe(false);
    expect(RoomChange.safeParse({ persistent: false }).success).toBe(false);
    expect(RoomChange.safeParse({ password: '' }).success).toBe(false);
    expect(RoomChange.parse({ password: null, title: 'Board' })).toEqual({ password: null, title: 'Board' });
  });

  it.each(['\u0000', 'a\u001b[31m', '\ud800', '\uffff'])('are told nothing that XML cannot carry: %j', (title) => {
    expect(NewRoom.safeParse({ jid: 'board', title }).success).toBe(false);
    expect(Retire.safeParse({ reason: `done${title}` }).success).toBe(false);
    expect(RoomChange.safeParse({ title: 'Grüße \u{1f30d} \u202e' }).success).toBe(true);
  });

  it('are retired for a reason', () => {
    expect(Retire.safeParse({ reason: '  ' }).success).toBe(false);
  });
});
