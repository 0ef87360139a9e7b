import { describe, expect, it } from 'vitest';
import { afterTurns } from '@interoffice/telemetry';
import { Gathering } from './gathering.js';

describe('questions that are gathered', () => {
  it('of a few turns are asked together, and each gets its own answer', async () => {
    const asked: number[][] = [];
    const double = new Gathering(async (numbers: readonly number[]) => {
      asked.push([...numbers]);
      return numbers.map((number) => number * 2);
    });
    expect(await Promise.all([1, 2, 3].map((number) => double.one(number)))).toEqual([2, 4, 6]);
    expect(asked).toEqual([[1, 2, 3]]);
    expect(await double.one(4)).toBe(8);
  });

  it('wait together while others are on their way, never more at once than allowed', async () => {
    const asked: number[][] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const same = new Gathering(async (numbers: readonly number[]) => {
      asked.push([...numbers]);
      await promise;
      return numbers;
    }, 2);
    const first = same.one(1);
    await new Promise((done) => afterTurns(20, () => done(undefined)));
    const others = [2, 3, 4].map((number) => same.one(number));
    await new Promise((done) => afterTurns(20, () => done(undefined)));
    expect(asked).toEqual([[1]]);
    resolve();
    expect(await Promise.all([first, ...others])).toEqual([1, 2, 3, 4]);
    expect(asked).toEqual([[1], [2, 3], [4]]);
  });

  it('fail together, and those after them are asked', async () => {
    let isAway = true;
    const gathering = new Gathering(async (words: readonly string[]) => {
      if (isAway) throw new Error('the database is away');
      return words;
    });
    const both = await Promise.allSettled([gathering.one('a'), gathering.one('b')]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    isAway = false;
    expect(await gathering.one('c')).toBe('c');
  });
});
