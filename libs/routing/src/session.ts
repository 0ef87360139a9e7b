import { escapeAttribute, type Element, type Jid, serialize } from '@interoffice/wire';
import type { C2sStream } from '@interoffice/stream';
import type { Account, Party } from './accounts.js';
import type { Target } from './address.js';
import { Facets } from './facet.js';

/** The last presence a device broadcast. RFC 6121 §4.2 */
export interface Broadcast {
  /** The stanza with `from`, without `to`, serialised. */
  readonly bytes: Buffer;
  readonly priority: number;
  readonly show: string;
  readonly atMs: number;
}

/**
 * A device of an account while it is bound (a full JID). Created when a resource is bound, gone when its stream is.
 * Holds what the message path needs about an author or a receiver, made once.
 */
export class Session extends Facets {
  /** ` from='full@jid/resource'`, escaped: what is stamped on everything this device sends. */
  readonly fromAttribute: Buffer;
  readonly party: Party;
  /** Undefined until the device has sent initial presence, and after it became unavailable. */
  presence: Broadcast | undefined;
  /** Stanzas received so far: the next one's place in the order that `h` counts. XEP-0198 §4 */
  received = 0;
  /** The batch that holds this device's latest passage: nothing of it may overtake what is still in there. */
  lastBatch = 0;
  /** The last address this device wrote to and what it meant: most messages go where the last one went. */
  lastTo: Buffer | undefined;
  lastTarget: Target | undefined;
  lastEpoch = -1;
  ownTarget: Target | undefined;
  isOpen = true;
  #uncommitted = 0;
  #decided = 0;
  /** The account it last wrote to could not be read. */
  loadFailed = false;
  /** IQs that are being answered, and the end of their queue: one device's questions are answered in order. */
  asking = 0;
  answers: Promise<void> = Promise.resolve();

  constructor(
    readonly account: Account,
    readonly jid: Jid,
    readonly stream: C2sStream,
    readonly boundAtMs: number,
  ) {
    super();
    const device = Buffer.from(jid.resource ?? '');
    this.party = { ...account.party, device };
    this.fromAttribute = Buffer.from(` from='${escapeAttribute(jid.toString())}'`);
  }

  /** Stanzas of this device in batches that are not released yet. */
  get uncommitted(): number {
    return this.#uncommitted;
  }

  /** The prefix of received stanzas that is decided: refused, answered or committed. XEP-0198 §4 */
  get decided(): number {
    return this.#uncommitted === 0 ? this.received : this.#decided;
  }

  /** The stanza received last waits in a batch. */
  appended(batch: number): void {
    if (this.#uncommitted++ === 0) this.#decided = this.received - 1;
    this.lastBatch = batch;
  }

  /** The stanza with this number is no longer waiting; called in the order in which they were appended. */
  released(sequence: number): void {
    this.#uncommitted--;
    this.#decided = sequence;
  }

  get resource(): string {
    return this.jid.resource ?? '';
  }

  /** Available with a priority at which messages to the account may come here. RFC 6121 §8.5.2.1 */
  get isWilling(): boolean {
    return this.presence !== undefined && this.presence.priority >= 0;
  }

  /** Bytes sent that the device has not taken yet: whoever sends much at once waits for them. */
  get bufferedBytes(): number {
    return this.stream.connection.bufferedBytes;
  }

  /** Queues bytes for this device; they leave in one write at the end of the turn. Nothing happens once it is gone. */
  deliver(bytes: Buffer, start: number, end: number): void {
    if (this.isOpen) this.stream.send(bytes, start, end);
  }

  /** Sends a stanza made by the server. */
  send(element: Element): void {
    if (this.isOpen) this.stream.sendText(serialize(element));
  }
}
