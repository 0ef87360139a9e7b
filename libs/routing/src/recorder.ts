import type { Target } from './address.js';
import type { Passage } from './passage.js';
import type { Session } from './session.js';
import type { Refused, Verdict } from './verdict.js';

/** Where a passage goes when its batch is durable: an address, or back to its author. */
export type Destination = Target | Refused;

/**
 * The station between deciding and delivering. What implements it promises: a batch is released, in sequence, once it
 * would survive a power cut; while that cannot be promised nothing is released.
 */
export interface Recorder {
  /** Adds the passage with its verdict to the open batch; synchronous, copies the bytes. Returns the batch's number. */
  append(p: Passage, verdict: Verdict, author: Session, sequence: number, to: Destination): number;
  /** The latest batch that has been released: nothing older is still on its way. */
  readonly releasedBatch: number;
  /** False when the bound on unreleased bytes is reached: further messages are answered with an error of type wait. */
  readonly mayAppend: boolean;
}

/** A released batch, as a struct of arrays; valid while the callback runs. */
export interface Released {
  readonly count: number;
  readonly bytes: Buffer;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly idHigh: Uint32Array;
  readonly idLow: Uint32Array;
  readonly flags: Int32Array;
  readonly sequence: Float64Array;
  readonly recorded: Uint8Array;
  /** 0 passed, 1 refused, 2 dropped. */
  readonly verdict: Uint8Array;
  readonly authors: readonly Session[];
  readonly targets: readonly Destination[];
}
