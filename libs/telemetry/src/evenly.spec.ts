import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { evenly } from './evenly.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const after = (ms: number, outcome: string): Promise<string> =>
  new Promise((resolve) => setTimeout(() => resolve(outcome), ms));

/** Milliseconds until it is settled. */
async function msOf(pending: Promise<unknown>): Promise<number> {
  const began = Date.now();
  let at: number | undefined;
  pending.then(
    () => (at = Date.now()),
    () => (at = Date.now()),
  );
  for (let ms = 0; at === undefined && ms < 1000; ms++) await vi.advanceTimersByTimeAsync(1);
  return at! - began;
}

describe('what is answered evenly', () => {
  it.each([
    [0, 100],
    [8, 100],
    [97, 100],
    [130, 200],
  ])('comes at a multiple of the step: after %i ms of work at %i ms', async (workMs, answeredMs) => {
    expect(await msOf(evenly(100, after(workMs, 'no')))).toBe(answeredMs);
  });

  it('comes at once when there is nothing to hide, and when the work fails', async () => {
    expect(await msOf(evenly(100, after(8, 'yes'), (outcome) => outcome === 'no'))).toBe(8);
    expect(
      await msOf(
        evenly(
          100,
          after(8, '').then(() => Promise.reject(new Error('down'))),
        ),
      ),
    ).toBe(8);
    expect(vi.getTimerCount()).toBe(0);
  });
});
