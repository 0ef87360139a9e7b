import { describe, expect, it } from 'vitest';
import { WrongPasswords } from './wrong-passwords.js';

function start() {
  const clock = { at: 0, now: () => clock.at };
  return { clock, wrong: new WrongPasswords(clock) };
}
const tried = (password: string, stamp = '133', account = 'anna') => ({ account, stamp, password });

describe('wrong passwords', () => {
  it('are known again, of the same account only', () => {
    const { wrong } = start();
    wrong.remember(tried('old'));
    expect(wrong.has(tried('old'))).toBe(true);
    expect(wrong.has(tried('older'))).toBe(false);
    expect(wrong.has(tried('old', '133', 'bert'))).toBe(false);
  });

  it('may be right once the password has been changed in the directory', () => {
    const { wrong } = start();
    wrong.remember(tried('new'));
    expect(wrong.has(tried('new', '134'))).toBe(false);
    wrong.remember(tried('other', '134'));
    expect(wrong.has(tried('new'))).toBe(false);
  });

  it('are forgotten after a time, sooner where the directory does not tell of changes', () => {
    const { clock, wrong } = start();
    wrong.remember(tried('a'));
    wrong.remember(tried('b', '', 'bert'));
    clock.at = 61_000;
    expect(wrong.has(tried('b', '', 'bert'))).toBe(true);
    clock.at = 120_000;
    expect(wrong.has(tried('b', '', 'bert'))).toBe(false);
    expect(wrong.has(tried('a'))).toBe(true);
    clock.at = 3_600_000;
    expect(wrong.has(tried('a'))).toBe(false);
  });

  it('are kept in a bounded number', () => {
    const { wrong } = start();
    for (let i = 0; i < 6; i++) wrong.remember(tried(String(i)));
    expect([0, 1, 5].map((i) => wrong.has(tried(String(i))))).toEqual([false, true, true]);
    for (let i = 0; i < 10_000; i++) wrong.remember(tried('x', '', `account ${i}`));
    expect(wrong.has(tried('5'))).toBe(false);
  });
});
