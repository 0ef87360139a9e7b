import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from './nearest.js';
import { parseAddress, parseDomain, parseDuration, parseSize } from './units.js';

describe('units', () => {
  it.each([
    ['30s', 30_000],
    ['5 minutes', 300_000],
    ['1.5 h', 5_400_000],
    ['250ms', 250],
    ['2 weeks', 1_209_600_000],
    ['1 day', 86_400_000],
    ['30', undefined],
    ['s', undefined],
    ['30 parsecs', undefined],
    ['-1s', undefined],
    ['1 constructor', undefined],
  ])('reads the duration %s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each([
    ['256 kB', 256_000],
    ['8MiB', 8_388_608],
    ['100 bytes', 100],
    ['1 tb', 1_000_000_000_000],
    ['256', undefined],
    ['5 minutes', undefined],
  ])('reads the size %s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each([
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:5222', { host: '::1', port: 5222 }],
    ['dc1.example:636', { host: 'dc1.example', port: 636 }],
    ['[nonsense]:1', undefined],
    ['::1:5222', undefined],
    ['5222', undefined],
    ['a:99999', undefined],
  ])('reads the address %s', (text, address) => expect(parseAddress(text)).toEqual(address));

  it.each([
    ['Corp.Example.', 'corp.example'],
    ['bücher.example', 'bücher.example'],
    ['-a.example', undefined],
    ['127.0.0.1', undefined],
    ['', undefined],
  ])('reads the domain %s', (text, domain) => expect(parseDomain(text)).toBe(domain));
});

describe('the nearest word', () => {
  it('counts a swap of neighbours as one slip', () => {
    expect(editDistance('domian', 'domain')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
  });
  it('is not offered when nothing is near', () => {
    expect(nearest('xyzzy', ['listen', 'archive'])).toBeUndefined();
    expect(nearest('lisen', ['archive', 'listen'])).toBe('listen');
  });
});
