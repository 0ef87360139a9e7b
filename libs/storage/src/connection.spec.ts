import { describe, expect, it } from 'vitest';
import { connectionAs, parseConnection } from './connection.js';

describe('connection', () => {
  it('reads an address, with the password from a secret', () => {
    const connection = parseConnection('postgres://boss@db.example:6432/chat', { password: 'p/w' });
    expect(connection).toEqual({
      host: 'db.example',
      port: 6432,
      user: 'boss',
      database: 'chat',
      password: 'p/w',
      tls: {},
    });
  });

  it('checks the certificate of any server but one on this machine', () => {
    expect(parseConnection('postgres://127.0.0.1/chat').tls).toBeUndefined();
    expect(parseConnection('postgres:///chat?host=%2Frun%2Fpg')).toMatchObject({ host: '/run/pg', database: 'chat' });
    expect(parseConnection('postgres://db/chat?sslmode=disable').tls).toBeUndefined();
    expect(parseConnection('postgres://db/chat?sslmode=require').tls).toEqual({ unverified: true });
    expect(parseConnection('postgresql://db', { ca: 'PEM' })).toMatchObject({
      tls: { ca: 'PEM' },
      user: 'interoffice',
    });
  });

  it('refuses what is no address of a PostgreSQL', () => {
    for (const address of ['mysql://db/chat', 'db:5432', '']) {
      expect(() => parseConnection(address)).toThrow('postgres://user@host:5432/name');
    }
  });

  it('derives a password for each role from the owner’s, and none where there is none', () => {
    const owner = parseConnection('postgres://boss:secret@localhost/chat');
    const passwords = (['app', 'writer', 'reader'] as const).map((role) => connectionAs(owner, role).password);
    expect(new Set(passwords).size).toBe(3);
    expect(passwords.every((password) => /^[\w-]{43}$/.test(password ?? ''))).toBe(true);
    expect(connectionAs({ ...owner, password: undefined }, 'app').password).toBeUndefined();
    expect(connectionAs(owner, 'owner')).toBe(owner);
  });
});
