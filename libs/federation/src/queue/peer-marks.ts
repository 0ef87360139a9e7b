import type { Log } from '@interoffice/telemetry';

/** One of our domains, one of somebody else's, and up to where the journal is the peer's. */
export interface PeerMark {
  readonly domain: string;
  readonly peer: string;
  readonly journalId: bigint;
}

/** Where marks are kept over a restart. */
export interface MarkStore {
  /** All there are. Rejects with the database. */
  all(): Promise<readonly PeerMark[]>;
  /** Moves marks; one never moves back. Rejects with the database. */
  move(marks: readonly PeerMark[]): Promise<void>;
}

export interface PeerMarksParts {
  readonly store: MarkStore;
  readonly later: (ms: number, work: () => void) => () => void;
  readonly log: Log;
}

const WRITE_WITHIN_MS = 100;
const TRY_AGAIN_MS = 1_000;

/**
 * Writes marks soon after they have moved, all in one statement. What a crash keeps from being written is sent again, and
 * known by its stanza-id where the peer is one of ours.
 */
export class PeerMarks {
  #moved = new Map<string, PeerMark>();
  #isWriting = false;
  #cancel: (() => void) | undefined;

  constructor(private readonly parts: PeerMarksParts) {}

  move(mark: PeerMark): void {
    this.#moved.set(`${mark.domain} ${mark.peer}`, mark);
    this.#writeIn(WRITE_WITHIN_MS);
  }

  /** Everything that has moved is written, or cannot be. */
  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    await this.#write();
  }

  #writeIn(ms: number): void {
    if (this.#cancel || this.#isWriting) return;
    this.#cancel = this.parts.later(ms, () => {
      this.#cancel = undefined;
      void this.#write();
    });
  }

  async #write(): Promise<void> {
    if (this.#isWriting || this.#moved.size === 0) return;
    this.#isWriting = true;
    const moved = this.#moved;
    this.#moved = new Map();
    let wait = WRITE_WITHIN_MS;
    try {
      await this.parts.store.move([...moved.values()]);
    } catch (error) {
      this.parts.log.warn('federation.marks.unwritten', { error: error as Error });
      for (const [pair, mark] of moved) if (!this.#moved.has(pair)) this.#moved.set(pair, mark);
      wait = TRY_AGAIN_MS;
    }
    this.#isWriting = false;
    if (this.#moved.size > 0) this.#writeIn(wait);
  }
}
