import { readdirSync } from 'node:fs';
import os from 'node:os';
import { describeError, Failure } from '@interoffice/telemetry';
import { Pace } from './pace.js';
import type { FromProcess, JobProblem, Move, ToProcess } from './job.js';

/** Work within its process. */
export interface Task<Given> {
  /** What the job's kind has prepared. */
  readonly given: Given;
  /** Of its work: it gives way to the server's. */
  readonly pace: Pace;
  /** Says how far it is; throws when the work shall end here. Everything up to a checkpoint must be on the disk. */
  move(move: Move): Promise<void>;
}

class Stopped extends Error {}

/**
 * The program of a job's process: does the work once and reports what came of it. It is asked to stop at its next `move`,
 * and goes on from the latest checkpoint another time.
 */
export async function runTask<Given>(work: (task: Task<Given>) => Promise<unknown>): Promise<void> {
  comeLast();
  // Who has sent the work is gone, or has heard the end of it.
  process.once('disconnect', () => process.exit());
  // A key press at a terminal reaches the whole family; the server says itself when it is time to stop.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const say = (message: FromProcess): void => void process.send?.(message);
  const { promise: begun, resolve: begin } = Promise.withResolvers<Given>();
  const pace = new Pace();
  let isStopping = false;
  process.on('message', (message: ToProcess) => {
    if ('given' in message) begin(message.given as Given);
    else if ('load' in message) pace.follow(message.load);
    else isStopping = message.stop;
  });
  const move = async (moved: Move): Promise<void> => {
    say({ moved });
    // So that a word from outside is heard between two moves of work that never waits.
    await new Promise((resolve) => setImmediate(resolve));
    if (isStopping) throw new Stopped();
  };
  try {
    say({ finished: await work({ given: await begun, pace, move }) });
  } catch (error) {
    say(error instanceof Stopped ? { stopped: true } : { failed: problemOf(error) });
  } finally {
    // Behind what was said last.
    process.disconnect();
  }
}

/** All threads of this process behind those of others: on Linux each has a priority of its own. */
function comeLast(): void {
  const threads = process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [0];
  for (const thread of threads) {
    try {
      os.setPriority(thread, os.constants.priority.PRIORITY_LOW);
    } catch {
      // A thread that has ended meanwhile comes behind everybody as well.
    }
  }
}

function problemOf(error: unknown): JobProblem {
  if (error instanceof Failure) return { code: error.code, text: error.message };
  return { code: 'JOB_FAILED', text: describeError(error) };
}
