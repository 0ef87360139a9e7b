import { afterAll, beforeAll, describe } from 'vitest';
import { LANES, open, type Stage, type StageOptions } from './stage.js';

/** Tests on one stage, which is opened before the first and closed after the last. */
export function onStage(name: string, options: StageOptions, tests: (stage: () => Stage) => void): void {
  describe(name, () => {
    let stage: Stage | undefined;
    beforeAll(async () => {
      stage = await open(options);
    });
    afterAll(() => stage?.close());
    tests(() => stage!);
  });
}

/** The same tests twice: every stanza as bytes where it can be, and every stanza by way of a tree. */
export function inBothLanes(name: string, tests: (stage: () => Stage) => void, options: StageOptions = {}): void {
  for (const lane of LANES) onStage(`${name} (${lane} lane)`, { ...options, lane }, tests);
}
