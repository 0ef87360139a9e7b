/** The sealed log as it was at one checkpoint. */
export interface Cut {
  /** The signed checkpoint. */
  readonly note: string;
  /** Entries it covers. */
  readonly size: number;
  /** The latest row of the journal among them. */
  readonly lastId: string;
}

/** Where rows stand in the sealed log. Asked for ids in their order. */
export interface PositionCursor {
  positionOf(id: string): number | undefined;
}

/** What an export needs of the seal; read-only, usable in a process of its own. */
export interface Proofs {
  /** The latest. */
  cut(): Cut;
  /** The history of keys, as JSON. */
  keys(): string;
  /** Among the first `size` entries. */
  cursor(size: number): PositionCursor;
  /** The hashes that lead from the positions, ascending, to the root of the first `size` entries. */
  writeProof(positions: Iterable<number>, size: number, write: (bytes: Buffer) => void | Promise<void>): Promise<void>;
}
