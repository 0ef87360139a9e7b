import { expect, it } from 'vitest';
import { afterTurns } from './turns.js';

it('work for later waits for as many turns of the event loop as it says, and for no timer', async () => {
  const done: string[] = [];
  afterTurns(3, () => done.push('third turn'));
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  await turn();
  await turn();
  expect(done).toEqual([]);
  await turn();
  expect(done).toEqual(['third turn']);
});
