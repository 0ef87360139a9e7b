import { describe, expect, it } from 'vitest';
import { normalDn } from './distinguished-name.js';

describe('a distinguished name, for comparing', () => {
  it.each([
    ['CN=Smith\\, John,OU=People,DC=lab,DC=test', 'cn=Smith\\2C John, ou=people ,dc=LAB,dc=test'],
    ['cn=Lu\u010di\u0107,dc=x', 'CN=Lu\\C4\\8Di\\C4\\87,DC=x'],
    ['cn=multi+uid=rdn,dc=x', 'uid=rdn + cn=multi,dc=x'],
    ['cn=trail\\20,dc=x', 'cn=trail\\ ,dc=x'],
    ['cn=a  b,dc=x', 'cn=A b,dc=x'],
    ['cn=\\#1 \\(x\\),dc=x', 'cn=\\231 (x),dc=x'],
    ['cn=back\\\\slash,dc=x', 'cn=back\\5cslash,dc=x'],
  ])('is one for %j and %j', (one, other) => {
    expect(normalDn(one)).toBe(normalDn(other));
  });

  it.each([
    ['cn=a\\,b,dc=x', 'cn=a,b,dc=x'],
    ['cn=a\\+uid\\=b,dc=x', 'cn=a+uid=b,dc=x'],
    ['cn=a\\\\,dc=x', 'cn=a\\,dc=x'],
  ])('differs between %j and %j', (one, other) => {
    expect(normalDn(one)).not.toBe(normalDn(other));
  });

  it('takes text that is no name as it is', () => {
    expect(normalDn('Nobody')).toBe('nobody');
    expect(normalDn('')).toBe('');
  });
});
