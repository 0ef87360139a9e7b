import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DialbackKeys } from './dialback-keys.js';

const CLAIM = { receiving: 'xmpp.example.com', originating: 'example.org', streamId: 'D60000229F' };

describe('dialback keys', () => {
  it('are the secret’s and nobody else’s', () => {
    const [ours, others] = [new DialbackKeys(randomBytes(32)), new DialbackKeys(randomBytes(32))];
    const key = ours.keyFor(CLAIM);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect([ours.isKeyFor(CLAIM, key), others.isKeyFor(CLAIM, key)]).toEqual([true, false]);
  });

  // F-02: CVE-2016-0756
  it.each([
    ['another stream', { streamId: 'D60000229E' }],
    ['another receiver', { receiving: 'example.com' }],
    ['another sender', { originating: 'rg' }],
    ['parts that are divided elsewhere', { originating: 'example.org D60000229F', streamId: '' }],
  ])('do not fit %s', (_, changes) => {
    const keys = new DialbackKeys(randomBytes(32));
    expect(keys.isKeyFor({ ...CLAIM, ...changes }, keys.keyFor(CLAIM))).toBe(false);
  });

  it.each(['', 'ff', 'é'.repeat(32)])('are not %j', (key) => {
    expect(new DialbackKeys(randomBytes(32)).isKeyFor(CLAIM, key)).toBe(false);
  });

  // F-02: CVE-2016-1232
  it('need a secret of 256 bits', () => {
    expect(() => new DialbackKeys(randomBytes(31))).toThrow('at least 32 bytes');
  });

  it('are made as XEP-0185 makes them', () => {
    // Its example with a secret of 32 bytes in place of its 17.
    const keys = new DialbackKeys(Buffer.from('s3cr3tf0rd14lb4cks3cr3tf0rd14lb4'));
    expect(keys.keyFor(CLAIM)).toBe('be8cbcaf11f6265b186ebb4e9940d1c8c9036fed2890ad1077fbb43753d5e3c7');
  });
});
