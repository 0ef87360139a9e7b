import { describe, expect, it } from 'vitest';
import { planRenewal, type RenewalFailures, type RenewalRule } from './renewal.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 1);
/** A fingerprint whose every portion is 0 spreads nothing, so that the rules can be read off. */
const EVEN = Array.from({ length: 32 }, () => '00').join(':');
const LATE = Array.from({ length: 32 }, () => 'FF').join(':');
const lasting = (days: number, fingerprint = EVEN) => ({
  notBefore: START,
  notAfter: START + days * DAY,
  fingerprint,
});

describe('a certificate is renewed', () => {
  const planned: [string, number, RenewalRule, number][] = [
    ['90 days: after two thirds', 90, {}, 60],
    ['6 days: after two thirds', 6, {}, 4],
    ['90 days, 20 before the end', 90, { beforeMs: 20 * DAY }, 70],
    ['90 days, 80 before the end: not before half of its life', 90, { beforeMs: 80 * DAY }, 45],
    ['10 days, 30 before the end: not before half of its life', 10, { beforeMs: 30 * DAY }, 5],
    ['a year, on the day it ends', 365, { beforeMs: 0 }, 365],
  ];
  it.each(planned)('%s', (_, days, rule, due) => {
    const at = START + due * DAY;
    const certificate = lasting(days);
    expect(planRenewal(certificate, { rule, now: at - 1 })).toEqual({ at, isDue: false, reason: 'planned' });
    expect(planRenewal(certificate, { rule, now: at })).toEqual({ at, isDue: true, reason: 'planned' });
  });

  it('up to a twentieth of its life earlier, each at its own time and always at the same', () => {
    const at = (fingerprint: string) => planRenewal(lasting(100, fingerprint), { now: START }).at;
    const latest = START + (200 / 3) * DAY;
    expect(at(LATE)).toBeCloseTo(latest - 5 * DAY, -2);
    expect(at('80:00:00:00')).toBeCloseTo(latest - 2.5 * DAY, -2);
    expect(at(LATE)).toBe(at(LATE));
  });

  const failed = (count: number, afterDays: number): RenewalFailures => ({
    count,
    lastAt: START + afterDays * DAY,
  });
  const again: [string, RenewalFailures, number][] = [
    ['an hour after the first failure', failed(1, 60), 1],
    ['two hours after the second', failed(2, 60), 2],
    ['sixteen after the fifth', failed(5, 60), 16],
    ['a day after the sixth', failed(6, 60), 24],
    ['a day after the hundredth', failed(100, 60), 24],
    ['oftener when little time is left: an eighth of it', failed(100, 86), 12],
    ['and no oftener than every quarter of an hour at the end', failed(100, 89.99), 0.25],
    ['also when it has ended', failed(100, 95), 0.25],
  ];
  it.each(again)('%s', (_, failures, hours) => {
    const at = failures.lastAt + hours * HOUR;
    expect(planRenewal(lasting(90), { failures, now: at - 1 })).toEqual({ at, isDue: false, reason: 'again' });
    expect(planRenewal(lasting(90), { failures, now: at }).isDue).toBe(true);
  });

  it('not before its authority wants to be asked again', () => {
    const notBefore = START + 70 * DAY;
    expect(planRenewal(lasting(90), { failures: { ...failed(1, 60), notBefore }, now: START }).at).toBe(notBefore);
  });

  it('not before its time although an attempt failed, as one that somebody asked for', () => {
    expect(planRenewal(lasting(90), { failures: failed(1, 3), now: START }).at).toBe(START + 60 * DAY);
  });

  it('a little later after a failure, each at its own time', () => {
    const at = planRenewal(lasting(90, LATE), { failures: failed(1, 80), now: START }).at;
    expect(at).toBeCloseTo(START + 80 * DAY + 1.1 * HOUR, -2);
  });
});
