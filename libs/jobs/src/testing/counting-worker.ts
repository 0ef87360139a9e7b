import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '@interoffice/telemetry';
import { runTask } from '../task.js';

/** Counts to a number, from its checkpoint on; at one number it hangs, fails or waits for a word. */
interface Counting {
  readonly to: number;
  readonly from: number;
  readonly hangsAt?: number;
  readonly failsAt?: number;
  /** Goes on when there is this file. */
  readonly gate?: { readonly at: number; readonly file: string };
}

await runTask<Counting>(async ({ given, move }) => {
  const { to, from, hangsAt, failsAt, gate } = given;
  for (let done = from; done < to; done++) {
    if (done === failsAt) throw new Failure('COUNT_FAILED', 'No further.');
    if (done === hangsAt) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    while (done === gate?.at && !existsSync(gate.file)) await delay(2);
    await move({ phase: 'counting', done: done + 1, total: to, checkpoint: { next: done + 1 } });
  }
  return { counted: to };
});
