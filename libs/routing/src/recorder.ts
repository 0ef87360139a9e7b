import type { Target } from './address.js';
import type { Handover } from './host.js';
import type { Entry } from './entry.js';
import type { Passage } from './passage.js';
import type { Session } from './session.js';
import type { Refused, Verdict } from './verdict.js';

/** Presence that a feature carries out once everything its author sent before has been released. */
export interface Held {
  readonly target: Target;
  readonly carryOut: (p: Passage) => void;
}

/**
 * Where a passage goes when its batch is durable: an address, back to its author, or to the feature that takes it, be it
 * as presence or as bytes to be given to many.
 */
export type Destination = Target | Refused | Held | Handover;

/**
 * The station between deciding and delivering. What implements it promises: a batch is released, in sequence, once it
 * would survive a power cut; while that cannot be promised nothing is released.
 */
export interface Recorder {
  /** Adds the entry with its verdict to the open batch; synchronous, copies the bytes. Returns the batch's number. */
  append(p: Passage | Entry, verdict: Verdict, author: Session, sequence: number, to: Destination): number;
  /** The latest batch that has been released: nothing older is still on its way. */
  readonly releasedBatch: number;
  /** False when the bound on unreleased bytes is reached: further messages are answered with an error of type wait. */
  readonly mayAppend: boolean;
}

/** Stanzas of one device that may wait for their commit; the next is answered with an error of type wait. */
const MOST_UNCOMMITTED = 256;

/** True when nothing more of this device may be appended: its own bound, or that of the process, is reached. */
export function isFull(recorder: Recorder, { uncommitted }: Session): boolean {
  return uncommitted >= MOST_UNCOMMITTED || !recorder.mayAppend;
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
