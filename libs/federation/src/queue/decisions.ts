import { randomUUID } from 'node:crypto';
import type { Direction, StanzaClass } from '@interoffice/policy';
import type { Count, Log } from '@interoffice/telemetry';

/** What policy refused, and why, as it is kept for whoever asks by its id. */
export interface Denial {
  readonly id: string;
  /** Milliseconds since 1970: the first time. */
  readonly atMs: number;
  readonly direction: Direction;
  /** Bare addresses. */
  readonly from: string;
  readonly to: string;
  readonly peer: string;
  readonly classes: readonly StanzaClass[];
  /** Undefined: no rule spoke. */
  readonly rule: string | undefined;
  readonly because: string;
  readonly policyVersion: number;
  /** Our side, as it was: an office, and those of its groups that could decide. Undefined: not kept. */
  readonly office: string | undefined;
  readonly groups: readonly string[] | undefined;
}

/** Where denials are kept over a restart. */
export interface DenialStore {
  /** Rejects with the database. */
  write(denials: readonly Denial[]): Promise<void>;
  /** Rejects with the database. */
  find(id: string): Promise<Denial | undefined>;
}

export interface DecisionsParts {
  readonly store: DenialStore;
  readonly later: (ms: number, work: () => void) => () => void;
  readonly clock: { now(): number };
  readonly counts: { readonly denied: Count; readonly forgotten: Count };
  readonly log: Log;
}

/** The same refusal to the same people within this time is one decision: whoever repeats it fills nothing. */
const SAME_WITHIN_MS = 60_000;
const MOST_RECENT = 10_000;
const MOST_UNWRITTEN = 10_000;
const WRITE_WITHIN_MS = 200;
const TRY_AGAIN_MS = 2_000;

/**
 * Gives every refusal of policy an id that the refused side reads and that leads back to the rule. An id counts at once;
 * it is written soon after, and what cannot be written for so long that too many wait is counted and lost.
 */
export class Decisions {
  readonly #recent = new Map<string, Denial>();
  #unwritten: Denial[] = [];
  #isWriting = false;
  #cancel: (() => void) | undefined;

  constructor(private readonly parts: DecisionsParts) {}

  /** The id of this refusal. */
  deny(what: Omit<Denial, 'id' | 'atMs'>): string {
    this.parts.counts.denied.inc();
    const key = [what.direction, what.from, what.to, what.policyVersion, ...what.classes].join('\n');
    const atMs = this.parts.clock.now();
    const known = this.#recent.get(key);
    if (known && atMs - known.atMs < SAME_WITHIN_MS && known.because === what.because) return known.id;
    const denial = { ...what, id: randomUUID(), atMs };
    this.#remember(key, denial);
    this.#write(denial);
    return denial.id;
  }

  /** What lies behind an id; undefined: there is none, or it was lost. Rejects with the database. */
  async find(id: string): Promise<Denial | undefined> {
    return this.#unwritten.find((denial) => denial.id === id) ?? (await this.parts.store.find(id));
  }

  /** Everything is written, or cannot be. */
  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    await this.#flush();
  }

  #remember(key: string, denial: Denial): void {
    this.#recent.delete(key);
    this.#recent.set(key, denial);
    if (this.#recent.size > MOST_RECENT) this.#recent.delete(this.#recent.keys().next().value!);
  }

  #write(denial: Denial): void {
    if (this.#unwritten.length >= MOST_UNWRITTEN) return this.parts.counts.forgotten.inc();
    this.#unwritten.push(denial);
    this.#writeIn(WRITE_WITHIN_MS);
  }

  #writeIn(ms: number): void {
    if (this.#cancel || this.#isWriting) return;
    this.#cancel = this.parts.later(ms, () => {
      this.#cancel = undefined;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    if (this.#isWriting || this.#unwritten.length === 0) return;
    this.#isWriting = true;
    const some = [...this.#unwritten];
    let wait = WRITE_WITHIN_MS;
    try {
      await this.parts.store.write(some);
      this.#unwritten = this.#unwritten.slice(some.length);
    } catch (error) {
      this.parts.log.warn('federation.decisions.unwritten', { waiting: some.length, error: error as Error });
      wait = TRY_AGAIN_MS;
    }
    this.#isWriting = false;
    if (this.#unwritten.length > 0) this.#writeIn(wait);
  }
}
