import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { describeError, Failure } from '@interoffice/telemetry';
import type { FromThread, JobProblem, Move, ToThread } from './job.js';

/** Work within its thread. */
export interface Task<Given> {
  /** What the job's kind has prepared. */
  readonly given: Given;
  /** Says how far it is; throws when the work shall end here. Everything up to a checkpoint must be on the disk. */
  move(move: Move): Promise<void>;
}

class Stopped extends Error {}

/**
 * The program of a job's thread: does the work once and reports what came of it. It is asked to stop at its next `move`,
 * and goes on from the latest checkpoint another time.
 */
export async function runTask<Given>(work: (task: Task<Given>) => Promise<unknown>): Promise<void> {
  const port = parentPort!;
  // Linux alone gives a thread its own priority; elsewhere this would be the whole server's.
  if (process.platform === 'linux') os.setPriority(os.constants.priority.PRIORITY_LOW);
  const say = (message: FromThread): void => port.postMessage(message);
  let isStopping = false;
  port.on('message', (message: ToThread) => (isStopping = message.stop));
  const move = async (moved: Move): Promise<void> => {
    say({ moved });
    // So that a word from outside is heard between two moves of work that never waits.
    await new Promise((resolve) => setImmediate(resolve));
    if (isStopping) throw new Stopped();
  };
  try {
    say({ finished: await work({ given: workerData as Given, move }) });
  } catch (error) {
    say(error instanceof Stopped ? { stopped: true } : { failed: problemOf(error) });
  } finally {
    port.close();
  }
}

function problemOf(error: unknown): JobProblem {
  if (error instanceof Failure) return { code: error.code, text: error.message };
  return { code: 'JOB_FAILED', text: describeError(error) };
}
