import { describe, expect, it } from 'vitest';
import { ScramClient } from './scram-client.js';

// RFC 7677 §3, with the empty name that PostgreSQL expects.
const CHALLENGE = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';

describe('log-in to PostgreSQL', () => {
  it('proves the password without sending it', () => {
    const client = new ScramClient('pencil', 'rOprNGfwEbeRWgbNEkqO');
    expect(client.first()).toBe('n,,n=,r=rOprNGfwEbeRWgbNEkqO');
    const last = client.last(CHALLENGE);
    expect(last).toMatch(/^c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj\)hNlF\$k0,p=[A-Za-z0-9+/]{43}=$/);
    expect(last).not.toContain('pencil');
  });

  it('refuses a server that does not know the password', () => {
    const client = new ScramClient('pencil', 'rOprNGfwEbeRWgbNEkqO');
    client.last(CHALLENGE);
    expect(() => client.check('v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=')).toThrow('another server');
    expect(() => client.check('e=other-error')).toThrow('another server');
    expect(() => new ScramClient('pencil').check('v=')).toThrow('another server');
  });

  it('refuses a challenge that does not answer its own, or would cost it for ever', () => {
    for (const challenge of [
      '',
      'r=somebody,s=AA==,i=4096',
      'r=abc,s=AA==,i=4096',
      'r=abcd,s=AA==,i=99999999999',
      'r=abcd,s=AA==',
    ]) {
      expect(() => new ScramClient('pencil', 'abc').last(challenge)).toThrow('malformed');
    }
  });
});
