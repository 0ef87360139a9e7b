import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Episode } from './episode.js';

/** All steps of all histories together; SIMULATION_STEPS and SIMULATION_SEED look further. */
const STEPS = Number(process.env['SIMULATION_STEPS'] ?? 1_000_000);
const STEPS_OF_ONE = 2500;
const FIRST_SEED = Number(process.env['SIMULATION_SEED'] ?? 1);

/** Histories that once went wrong. */
const SEEDS: readonly number[] = [92, 256, 361, 101_072];

describe('routing, journal and resumption under a scheduler', () => {
  // The clock is the simulation's: nothing happens by itself.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] }));
  afterEach(() => void vi.useRealTimers());

  it.each(SEEDS)('keep every promise in history %i', async (seed) => {
    expect(await new Episode(seed).run(STEPS_OF_ONE)).toEqual([]);
  });

  it('would be found out if they said yes before a message is durable', async () => {
    const faults = await new Episode(1, { isHasty: true }).run(STEPS_OF_ONE);
    expect(faults.some((fault) => fault.includes('before it was durable'))).toBe(true);
  });

  it(`keep every promise in random histories (${STEPS} steps)`, async () => {
    const total = { histories: 0, steps: 0, said: 0, cuts: 0, crashes: 0, restarts: 0 };
    for (let seed = FIRST_SEED; total.steps < STEPS; seed++) {
      const episode = new Episode(seed);
      const faults = await episode.run(STEPS_OF_ONE);
      expect(faults, `history ${seed}: add it to SEEDS`).toEqual([]);
      total.histories++;
      total.steps += episode.steps;
      for (const name of ['said', 'cuts', 'crashes', 'restarts'] as const) total[name] += episode.counts[name];
    }
    process.stdout.write(`simulation: ${JSON.stringify(total)}\n`);
    expect(Math.min(total.cuts, total.crashes, total.restarts)).toBeGreaterThan(0);
  }, 1_200_000);
});
