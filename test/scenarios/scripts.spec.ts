import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { parseScript, play } from '../support/script.js';
import { open, type Stage, type StageOptions } from '../support/stage.js';

const ROOT = path.join(import.meta.dirname, '../..');
const files = globSync(['libs/features/src/**/*.xmpp', 'test/scenarios/**/*.xmpp'], { cwd: ROOT }).toSorted();
const scripts = files.map((file) => ({ file, script: parseScript(readFileSync(path.join(ROOT, file), 'utf8')) }));

const SEED = 20_261_120;
const RUNS: readonly (readonly [name: string, options: StageOptions])[] = [
  ['as bytes', { lane: 'fast' }],
  ['as trees', { lane: 'tree' }],
  [`with the features in the order of seed ${SEED}`, { lane: 'fast', seed: SEED }],
];

describe.each(RUNS)('protocol scripts %s', (_, options) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open(options);
  });
  afterAll(() => stage.close());

  it.concurrent.each(scripts)('$script.cites ($file)', async ({ script }) => {
    await play(script, stage);
  });
});
