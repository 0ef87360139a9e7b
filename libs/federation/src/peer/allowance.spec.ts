import { describe, expect, it } from 'vitest';
import { Allowance } from './allowance.js';

describe('what a peer may send', () => {
  it('is a burst at once, and then so much a second', () => {
    const clock = { nowMs: 0, now: () => clock.nowMs };
    const allowance = new Allowance({ perSecond: 100, burst: 10 }, clock);
    expect(Array.from({ length: 11 }, () => allowance.take())).toEqual([...Array(10).fill(0), 10]);
    clock.nowMs = 10;
    expect([allowance.take(), allowance.take()]).toEqual([0, 10]);
    clock.nowMs = 1_010;
    // No more is saved up than a burst.
    expect(Array.from({ length: 11 }, () => allowance.take()).filter((ms) => ms === 0)).toHaveLength(10);
  });

  it('does not grow when the clock is put back', () => {
    const clock = { nowMs: 5_000, now: () => clock.nowMs };
    const allowance = new Allowance({ perSecond: 10, burst: 1 }, clock);
    expect(allowance.take()).toBe(0);
    clock.nowMs = 0;
    expect(allowance.take()).toBeGreaterThan(0);
    clock.nowMs = 100;
    expect(allowance.take()).toBe(0);
  });
});
