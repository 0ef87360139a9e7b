import { describe, expect, it } from 'vitest';
import { parseJid } from '@interoffice/wire';
import type { Authenticator } from '../authenticator.js';
import { Plain } from './plain.js';

/** Knows one person, by an address and by other names. */
const anna: Authenticator = {
  offersScram: () => false,
  verifier: () => Promise.reject(new Error('not asked here')),
  admits: async (account) => ({ account }),
  check: async (account, password) => {
    const isHers = ['anna', 'corp\\anna', 'corp\\5canna', 'anna\\40corp.example'].includes(String(account.local));
    return isHers && password === 'right'
      ? { proof: 'password', account: parseJid('anna@im.example') }
      : { condition: 'not-authorized' };
  },
};

async function outcome(authzid: string, name: string, password = 'right'): Promise<string> {
  const step = await new Plain(anna, 'im.example', '192.0.2.1').step(Buffer.from(`${authzid}\0${name}\0${password}`));
  if ('account' in step) return step.account.bare;
  return 'refusal' in step ? step.refusal.condition : 'challenge';
}

describe('a user name of PLAIN', () => {
  it.each([
    'anna',
    'Anna',
    'anna@im.example',
    'CORP\\anna',
    'corp\\5canna',
    'anna@corp.example',
    'anna\\40corp.example',
  ])('may be %s: the directory says whose it is', async (name) =>
    expect(await outcome('', name)).toBe('anna@im.example'),
  );

  it.each([
    ['anna@elsewhere.example', 'not-authorized'],
    ['anna@im.example/phone', 'not-authorized'],
    ['a b@corp.example', 'not-authorized'],
    [`${'x'.repeat(1000)}@${'y.'.repeat(30)}example`, 'not-authorized'],
    ['@', 'not-authorized'],
  ])('that is %s leads nowhere', async (name, condition) => expect(await outcome('', name)).toBe(condition));

  //
  it.each([
    ['anna@im.example', 'CORP\\anna', 'right', 'anna@im.example'],
    ['bert@im.example', 'CORP\\anna', 'right', 'invalid-authzid'],
    ['bert@im.example', 'CORP\\anna', 'wrong', 'not-authorized'],
    ['anna@im.example/phone', 'anna@corp.example', 'right', 'invalid-authzid'],
    ['bert@im.example', 'anna', 'wrong', 'invalid-authzid'],
  ])('acts for %s as %s only if it is the same person', async (authzid, name, password, expected) => {
    expect(await outcome(authzid, name, password)).toBe(expected);
  });
});
