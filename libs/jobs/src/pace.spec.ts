import { describe, expect, it } from 'vitest';
import { Pace } from './pace.js';

function work(ms: number): void {
  const began = performance.now();
  while (performance.now() - began < ms);
}

/** How long it rests after so much work, in ms. */
async function restAfter(load: number, workMs: number): Promise<number> {
  const pace = new Pace();
  pace.follow(load);
  await pace.rest();
  work(workMs);
  const began = performance.now();
  await pace.rest();
  return performance.now() - began;
}

describe('the pace of work in the background', () => {
  it('goes on within a turn, and rests after it', async () => {
    const pace = new Pace();
    pace.follow(0);
    expect(pace.rest()).toBeUndefined();
    work(2);
    await expect(pace.rest()).resolves.toBeUndefined();
    expect(pace.rest()).toBeUndefined();
  });

  it('gives way to a server that is busy, and takes what is left of one that is not', async () => {
    // Timers are never early, but for a part of their millisecond.
    expect(await restAfter(0.3, 10)).toBeGreaterThan(88);
    expect(await restAfter(0.1, 10)).toBeGreaterThan(16);
    const idle = await restAfter(0, 10);
    expect(idle).toBeGreaterThan(5);
    expect(idle).toBeLessThan(60);
  });

  it('takes a server for busy before it has heard of it', async () => {
    const pace = new Pace();
    work(10);
    const began = performance.now();
    await pace.rest();
    expect(performance.now() - began).toBeGreaterThan(88);
  });
});
