import type { Asked, Reply, Routing } from '@interoffice/routing';
import { refuse } from '@interoffice/routing';
import type { Clock, Count, Log } from '@interoffice/telemetry';
import { badRequest, type Element, forbidden } from '@interoffice/wire';
import {
  type ChainJudge,
  MOST_ROWS,
  type Receipt,
  readReceipt,
  receiptElement,
  type Signer,
  signReceipt,
} from './receipt.js';
import { ReceiptProofs } from './receipt-proofs.js';

/** A receipt that was given to another office. */
export interface GivenReceipt extends Receipt {
  /** Our journal up to here: what another office's rows before it are is in this receipt or one before. */
  readonly upTo: string;
}

/** Where receipts are kept, given ones and those of others. All reject with the database. */
export interface ReceiptStore {
  /** Keeps one before it is sent; returns its number. */
  give(receipt: GivenReceipt): Promise<number>;
  /** The other office has it. */
  confirm(number: number): Promise<void>;
  /** Given and not confirmed, the oldest first. */
  unconfirmed(): Promise<readonly { readonly number: number; readonly receipt: Receipt }[]>;
  /** How far receipts for an office go; undefined: none was ever given. */
  upTo(of: string): Promise<string | undefined>;
  /** Rows of this office's in our journal behind a position, and up to another: as they came, with their marks. */
  unreceipted(of: string, afterId: string, untilId: string): Promise<readonly Buffer[]>;
  /** Keeps one of another office's; the same again changes nothing. */
  keep(receipt: Receipt): Promise<void>;
}

export interface ReceiptsParts {
  /** Ours, in whose name receipts are given. */
  readonly domain: string;
  readonly ours: ReadonlySet<string>;
  readonly isOffice: (domain: string) => boolean;
  readonly store: ReceiptStore;
  /** The key and certificate that the world sees of us now. */
  readonly signer: () => Signer;
  readonly certificates: () => ChainJudge;
  readonly routing: () => Routing;
  /** Puts a question to another office; `answered` is called with its answer, or never. */
  readonly ask: (office: string, payload: Element, answered: (iq: Element) => void) => void;
  /** The row of an office's that a stanza is by its mark. */
  readonly rowOf: (office: string, stanza: Buffer) => string | undefined;
  readonly later: (ms: number, work: () => void) => () => void;
  readonly clock: Clock;
  readonly counts: { readonly given: Count; readonly got: Count; readonly refused: Count };
  readonly log: Log;
}

const GIVE_WITHIN_MS = 1_000;
const ASK_AGAIN_MS = 10_000;
const MOST_AT_ONCE = 64;
const JUST_NOW_MS = 1_000;

/** What was taken from an office since the last receipt. */
interface Taken {
  rows: string[];
  cancel: (() => void) | undefined;
}

/**
 * Offices give each other receipts: what is on record here of another's is named, signed and sent within a second of it,
 * and kept at both ends. One that is not confirmed is sent again, over restarts; what a crash has left without one is
 * found in the journal. Decision 0055
 */
export class Receipts {
  readonly #taken = new Map<string, Taken>();
  readonly #open = new Map<number, Receipt>();
  readonly #sentAtMs = new Map<number, number>();
  readonly #proofs = new ReceiptProofs();
  #giving: Promise<void> = Promise.resolve();
  #cancelAgain: (() => void) | undefined;
  #isClosed = false;

  constructor(private readonly parts: ReceiptsParts) {}

  /** Takes up what a restart has interrupted. Rejects with the database. */
  async start(offices: Iterable<string>): Promise<void> {
    const { store, routing } = this.parts;
    for (const { number, receipt } of await store.unconfirmed()) this.#open.set(number, receipt);
    const untilId = routing().released.text;
    for (const of of offices) {
      const after = await store.upTo(of);
      if (after === undefined) continue;
      for (const stanza of await store.unreceipted(of, after, untilId)) this.#note(of, stanza);
    }
    if (this.#open.size > 0) this.#sendAgainLater();
  }

  /** A row of an office's is on record here. */
  decided(of: string, row: string): void {
    const taken = this.#takenOf(of);
    taken.rows.push(row);
    if (taken.rows.length >= MOST_ROWS) this.#give(of);
    else taken.cancel ??= this.parts.later(GIVE_WITHIN_MS, () => this.#give(of));
  }

  /** The line to an office is up. */
  isUp(office: string): void {
    // What has just had the line called waits for it already.
    const before = this.parts.clock.now() - JUST_NOW_MS;
    for (const [number, receipt] of this.#first()) {
      if (receipt.of === office && (this.#sentAtMs.get(number) ?? 0) <= before) this.#send(number, receipt);
    }
  }

  /** Everything that is on record has its receipt, or cannot have it now. */
  async stop(): Promise<void> {
    for (const of of this.#taken.keys()) this.#give(of);
    await this.#giving;
    this.#isClosed = true;
    this.#cancelAgain?.();
  }

  /** Another office gives us one: it is kept when it holds. */
  async take({ child, from, session, to }: Asked): Promise<Reply> {
    const { isOffice, certificates, store, ours, counts, log } = this.parts;
    if (!session.border?.isOffice || !isOffice(from.domain) || from.local !== undefined || !ours.has(to.jid.domain)) {
      return refuse(forbidden('Receipts are for the offices of one company.'), 'no office');
    }
    const receipt = readReceipt(child, { by: from.domain, of: to.jid.domain });
    if (!receipt) return refuse(badRequest('This is no receipt.'), 'no receipt');
    const fault = this.#proofs.faultOf(receipt, certificates());
    if (fault !== undefined) {
      counts.refused.inc();
      log.warn('federation.receipt.refused', { peer: from.domain, reason: fault });
      return refuse(forbidden(fault), 'the receipt does not hold');
    }
    await store.keep(receipt);
    counts.got.inc(receipt.rows.length);
    return undefined;
  }

  #note(of: string, stanza: Buffer): void {
    const row = this.parts.rowOf(of, stanza);
    if (row !== undefined) this.decided(of, row);
  }

  #takenOf(of: string): Taken {
    const known = this.#taken.get(of);
    if (known) return known;
    const made: Taken = { rows: [], cancel: undefined };
    this.#taken.set(of, made);
    return made;
  }

  /** One after the other: `upTo` rises. */
  #give(of: string): void {
    const taken = this.#takenOf(of);
    taken.cancel?.();
    taken.cancel = undefined;
    const rows = taken.rows.splice(0, MOST_ROWS);
    if (rows.length === 0 || this.#isClosed) return;
    const upTo = this.parts.routing().released.text;
    this.#giving = this.#giving.then(() => this.#write(of, rows, upTo));
    // Of those that could not be kept the time before there may be more.
    if (taken.rows.length > 0) this.#give(of);
  }

  async #write(of: string, rows: readonly string[], upTo: string): Promise<void> {
    const { domain, store, signer, clock, counts, log } = this.parts;
    try {
      const receipt = signReceipt({ by: domain, of, atMs: clock.now(), rows }, signer());
      const number = await store.give({ ...receipt, upTo });
      counts.given.inc(rows.length);
      this.#open.set(number, receipt);
      this.#send(number, receipt);
    } catch (error) {
      log.warn('federation.receipts.unkept', { error: error as Error });
      // They are tried again with the next.
      this.#takenOf(of).rows.unshift(...rows);
      if (!this.#isClosed) this.#takenOf(of).cancel ??= this.parts.later(ASK_AGAIN_MS, () => this.#give(of));
    }
  }

  #send(number: number, receipt: Receipt): void {
    const { ask, store, clock, log } = this.parts;
    this.#sentAtMs.set(number, clock.now());
    ask(receipt.of, receiptElement(receipt), ({ attrs }) => {
      if (attrs['type'] !== 'result' || !this.#open.delete(number)) return;
      this.#sentAtMs.delete(number);
      store
        .confirm(number)
        .catch((error: unknown) => log.warn('federation.receipts.unkept', { error: error as Error }));
    });
    this.#sendAgainLater();
  }

  /** Not all at once, after an office was away for long. */
  *#first(): Iterable<[number, Receipt]> {
    let left = MOST_AT_ONCE;
    for (const entry of this.#open) {
      if (left-- === 0) return;
      yield entry;
    }
  }

  /** Whoever has not confirmed by then has not got it, or could not keep it. */
  #sendAgainLater(): void {
    this.#cancelAgain ??= this.parts.later(ASK_AGAIN_MS, () => {
      this.#cancelAgain = undefined;
      if (this.#isClosed) return;
      for (const [number, receipt] of this.#first()) this.#send(number, receipt);
      if (this.#open.size > 0) this.#sendAgainLater();
    });
  }
}
