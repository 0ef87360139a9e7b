import { describe, expect, it } from 'vitest';
import { Lockout } from './lockout.js';

const MINUTE = 60_000;

function start() {
  const clock = { at: 0, now: () => clock.at };
  return { clock, lockout: new Lockout({ attempts: 3, withinMs: 15 * MINUTE, forMs: 5 * MINUTE }, clock) };
}

//
describe('our own lock-out', () => {
  it('makes a client wait after too many wrong passwords, and nobody else', () => {
    const { clock, lockout } = start();
    expect([1, 2, 3].map(() => lockout.failed('anna', '192.0.2.1'))).toEqual([false, false, true]);
    expect(lockout.waitMs('anna', '192.0.2.1')).toBe(5 * MINUTE);
    expect(lockout.waitMs('anna', '192.0.2.2')).toBe(0);
    expect(lockout.waitMs('bert', '192.0.2.1')).toBe(0);
    expect(lockout.lockedOut('anna')).toEqual([{ client: '192.0.2.1', untilMs: 5 * MINUTE }]);
    clock.at = 5 * MINUTE;
    expect(lockout.waitMs('anna', '192.0.2.1')).toBe(0);
    expect(lockout.lockedOut('anna')).toEqual([]);
  });

  it('forgets old failures, and all of them with the right password', () => {
    const { clock, lockout } = start();
    lockout.failed('anna', 'x');
    lockout.failed('anna', 'x');
    clock.at = 15 * MINUTE;
    expect(lockout.failed('anna', 'x')).toBe(false);
    lockout.failed('anna', 'x');
    lockout.succeeded('anna', 'x');
    expect(lockout.failed('anna', 'x')).toBe(false);
  });

  it('remembers a bounded number of clients', () => {
    const { lockout } = start();
    for (let i = 0; i < 3; i++) lockout.failed('anna', 'first');
    for (let i = 0; i < 20_000; i++) lockout.failed('anna', `client ${i}`);
    expect(lockout.waitMs('anna', 'first')).toBe(0);
  });
});
