/**
 * A batch that would survive a power cut, as a struct of arrays of `count` entries in the order they were appended.
 * Valid during the callback only: it is filled again afterwards.
 */
export interface ReleasedBatch<Author, Targets> {
  /** Batches are released in the order of their numbers. */
  readonly number: number;
  readonly count: number;
  /** Entry i is the stanza as delivered, `bytes` from `start[i]` to `end[i]`. */
  readonly bytes: Buffer;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly idHigh: Uint32Array;
  readonly idLow: Uint32Array;
  readonly flags: Int32Array;
  readonly sequence: Float64Array;
  /** 1: there is a row. 0: it was only kept in order. */
  readonly recorded: Uint8Array;
  /** 0 passed, 1 refused, 2 dropped. */
  readonly verdict: Uint8Array;
  readonly authors: readonly Author[];
  readonly targets: readonly Targets[];
}
