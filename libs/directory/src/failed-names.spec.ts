import { describe, expect, it } from 'vitest';
import { FailedNames, MOST_FAILED_NAMES } from './failed-names.js';

const clock = { at: 0, now: () => clock.at };
const fail = (failed: FailedNames, address: string, count: number, from = 0): void => {
  for (let i = from; i < from + count; i++) failed.failed(address, `name-${i}`);
};

//
describe('names that fail from one address', () => {
  it('make it wait when they are too many, it alone, and not for ever', () => {
    const failed = new FailedNames(clock);
    fail(failed, '192.0.2.1', MOST_FAILED_NAMES - 1);
    expect(failed.waitMs('192.0.2.1')).toBe(0);
    fail(failed, '192.0.2.1', 10_000);
    expect(failed.waitMs('192.0.2.1')).toBe(900_000);
    expect(failed.waitMs('192.0.2.2')).toBe(0);
    clock.at += 900_000;
    expect(failed.waitMs('192.0.2.1')).toBe(0);
    fail(failed, '192.0.2.1', MOST_FAILED_NAMES - 1);
    expect(failed.waitMs('192.0.2.1')).toBe(0);
  });

  it('are counted once each, not at all when somebody logs in under them, and forgotten after a while', () => {
    const failed = new FailedNames(clock);
    for (let i = 0; i < 1000; i++) failed.failed('192.0.2.1', 'the same');
    fail(failed, '192.0.2.1', MOST_FAILED_NAMES - 2);
    failed.succeeded('192.0.2.1', 'the same');
    fail(failed, '192.0.2.1', 1, 5000);
    expect(failed.waitMs('192.0.2.1')).toBe(0);
    clock.at += 900_000;
    fail(failed, '192.0.2.1', 5, 6000);
    expect(failed.waitMs('192.0.2.1')).toBe(0);
    expect(() => failed.succeeded('192.0.2.99', 'x')).not.toThrow();
  });

  it('are those of a whole network of IPv6, and of one address of IPv4 however it is written', () => {
    const failed = new FailedNames(clock);
    for (let i = 0; i < MOST_FAILED_NAMES; i++) {
      failed.failed(`2001:db8:0:7::${i.toString(16)}`, `name-${i}`);
      failed.failed(i % 2 === 0 ? '198.51.100.7' : '::ffff:198.51.100.7', `name-${i}`);
    }
    expect(failed.size).toBe(2);
    for (const blocked of ['2001:db8:0:7:ffff::', '2001:DB8::7:0:0:0:1', '198.51.100.7', '::ffff:c633:6407'])
      expect([blocked, failed.waitMs(blocked)]).toEqual([blocked, 900_000]);
    for (const free of ['2001:db8:0:8::1', '::1', '::ffff:198.51.100.8', '', 'fe80::1%eth0', '::'])
      expect([free, failed.waitMs(free)]).toEqual([free, 0]);
  });

  it('need no more memory however many addresses fail', () => {
    const failed = new FailedNames(clock);
    for (let i = 0; i < 10_000; i++) failed.failed(`10.0.${i >> 8}.${i & 255}`, 'anna');
    expect(failed.size).toBe(2000);
  });
});
