import type { Batch } from './batch.js';

/** What makes batches durable. */
export interface Sink {
  /** How many batches may be under way at once. */
  readonly width: number;
  /**
   * Nothing of the batch becomes durable before `before` has resolved: what one author said first is recorded first, also
   * when the process dies in between.
   * Resolves when every row of the batch would survive a power cut, each once, or has been refused for its content and
   * is in `poisoned` (its index in the batch). Never rejects for want of a database: it waits and asks again. Rejects
   * when it was closed.
   */
  commit(batch: Batch<unknown, unknown>, before: Promise<unknown> | undefined): Promise<readonly number[]>;
  /** Gives up what is under way. */
  close(): void;
}

export const NONE_POISONED: readonly number[] = [];

/**
 * For benchmarks of everything but the archive, on loopback listeners only: keeps nothing and says so with the state
 * `off`. Everything else, order included, is as with a database.
 */
export class OffSink implements Sink {
  readonly width = 2;

  commit(): Promise<readonly number[]> {
    return Promise.resolve(NONE_POISONED);
  }

  close(): void {
    // There is nothing to give up.
  }
}
