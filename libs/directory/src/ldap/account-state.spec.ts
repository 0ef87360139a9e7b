import type { Entry } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { stateOf } from './account-state.js';

/** Monday, 2026-03-02, 09:30 UTC. */
const NOW = Date.UTC(2026, 2, 2, 9, 30);
const filetime = (atMs: number): string => String(BigInt(atMs + 11_644_473_600_000) * 10_000n);

function hoursWithout(day: number, hour: number): Buffer {
  const bits = Buffer.alloc(21, 0xff);
  bits[day * 3 + (hour >> 3)]! &= ~(1 << (hour & 7));
  return bits;
}

function state(attributes: Record<string, string | Buffer>): string {
  const entry = { dn: 'cn=x', ...attributes } as Entry;
  return stateOf(entry, NOW)
    .map(({ refusal, attribute }) => `${refusal} ${attribute}`)
    .join(', ');
}

describe('the state of an account in its directory', () => {
  it.each<[string, Record<string, string | Buffer>, string]>([
    ['nothing against it', { userAccountControl: '512', accountExpires: '0', pwdLastSet: '133' }, ''],
    ['disabled', { userAccountControl: '514' }, 'disabled userAccountControl'],
    ['disabled in 389 or FreeIPA', { nsAccountLock: 'TRUE' }, 'disabled nsAccountLock'],
    ['expired a minute ago', { accountExpires: filetime(NOW - 60_000) }, 'expired accountExpires'],
    ['expiring in a minute', { accountExpires: filetime(NOW + 60_000) }, ''],
    ['never expiring', { accountExpires: '9223372036854775807' }, ''],
    ['expired by shadow', { shadowExpire: '20000' }, 'expired shadowExpire'],
    ['not expiring by shadow', { shadowExpire: '-1' }, ''],
    ['expired for Kerberos', { krbPrincipalExpiration: '20260302092959Z' }, 'expired krbPrincipalExpiration'],
    ['locked', { 'msDS-User-Account-Control-Computed': '16', lockoutTime: '5' }, 'locked lockoutTime'],
    ['a lock-out that has ended', { 'msDS-User-Account-Control-Computed': '0', lockoutTime: '5' }, ''],
    ['locked, nothing computed', { lockoutTime: '5' }, 'locked lockoutTime'],
    ['locked by ppolicy', { pwdAccountLockedTime: '000001010000Z' }, 'locked pwdAccountLockedTime'],
    ['a password to be changed', { pwdLastSet: '0', userAccountControl: '512' }, 'must-change-password pwdLastSet'],
    ['a password that never expires', { pwdLastSet: '0', userAccountControl: '66048' }, ''],
    ['a password reset by ppolicy', { pwdReset: 'TRUE' }, 'must-change-password pwdReset'],
    [
      'a password expired',
      { 'msDS-User-Account-Control-Computed': '8388608' },
      'password-expired msDS-User-Account-Control-Computed',
    ],
    ['outside its hours', { logonHours: hoursWithout(1, 9) }, 'outside-hours logonHours'],
    ['within its hours', { logonHours: hoursWithout(1, 10) }, ''],
    ['hours of another day', { logonHours: hoursWithout(0, 9) }, ''],
    ['hours of a wrong length', { logonHours: Buffer.alloc(3) }, ''],
    [
      'two reasons, the deciding one first',
      { userAccountControl: '514', accountExpires: filetime(NOW - 1) },
      'disabled userAccountControl, expired accountExpires',
    ],
  ])('reads %s', (_what, attributes, expected) => {
    expect(state(attributes)).toBe(expected);
  });
});
