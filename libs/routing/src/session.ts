import { escapeAttribute, type Element, type Jid, lasting, serialize } from '@interoffice/wire';
import type { Account, Party } from './accounts.js';
import type { Target } from './address.js';
import { Behind } from './behind.js';
import { Facets } from './facet.js';
import type { Outlet } from './outlet.js';
import type { Passage } from './passage.js';
import type { Position } from './position.js';
import { type Form, Unacknowledged } from './unacknowledged.js';
import type { Dropped, Refused } from './verdict.js';

/** The last presence a device broadcast. RFC 6121 §4.2 */
export interface Broadcast {
  /** The stanza with `from`, without `to`, serialised. */
  readonly bytes: Buffer;
  readonly priority: number;
  readonly show: string;
  readonly atMs: number;
}

/** An entry of the journal on its way to a device. */
export interface RecordedStanza {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly idHigh: number;
  readonly idLow: number;
  readonly form: Form;
}

/** The border that a correspondent's stanzas come over. */
export interface Border {
  /** The other server's domain, for the journal. */
  readonly peer: Buffer;
  /** The gateway of ours that took it in. */
  readonly gateway: Buffer;
  readonly judge: (p: Passage) => Refused | Dropped | undefined;
  /** The other server is another office of ours. */
  readonly isOffice: boolean;
  /** What was said in a room behind this row (16 hexadecimal digits) has not reached the correspondent: it is sent again. */
  readonly missed: (session: Session, afterId: string) => void;
}

/** How long a device has been in a room, by ids of the journal: what was said there in between is for it. */
export interface Stay {
  readonly afterId: string;
  /** Undefined: it is there. */
  readonly untilId: string | undefined;
}

/** What all sessions of a process share. */
export interface SessionContext {
  /** How far the journal has been released. */
  readonly released: Position;
  /** False: the journal cannot be read, so nobody can fall behind it. */
  readonly isReadable: boolean;
  /** The device takes less than it is sent: from `session.behind` on it has to be served from the journal. */
  readonly fellBehind: (session: Session) => void;
  /** Its client waits to be told of stanzas that only the next writing of its counters will cover. */
  readonly unwritten: (session: Session) => void;
  /** The session cannot be kept for resumption any longer. */
  readonly givenUp: (session: Session) => void;
}

/**
 * A device of an account while it is bound (a full JID). Created when a resource is bound; gone when its stream is, unless
 * stream management keeps it for a while: then it is detached, without a stream. Holds what the message path needs about
 * an author or a receiver, made once.
 */
export class Session extends Facets {
  /** ` from='full@jid/resource'`, escaped: what is stamped on everything this device sends. */
  readonly fromAttribute: Buffer;
  readonly party: Party;
  /** Undefined until the device has sent initial presence, and after it became unavailable. */
  presence: Broadcast | undefined;
  /** Stanzas received so far: the next one's place in the order that `h` counts. XEP-0198 §4 */
  received = 0;
  /** `received` when stream management was enabled. */
  managedFrom = 0;
  /** The batch that holds this device's latest passage: nothing of it may overtake what is still in there. */
  lastBatch = 0;
  /** The last address this device wrote to and what it meant: most messages go where the last one went. */
  lastTo: Buffer | undefined;
  lastTarget: Target | undefined;
  lastEpoch = -1;
  ownTarget: Target | undefined;
  /** Somebody at another server: whether what they send may cross our border, and by which gateway it came. */
  border: Border | undefined;
  /** Rooms it is in, and those it has left since it fell behind, by their number in the journal. Undefined: none. */
  stays: Map<number, Stay> | undefined;
  #toAttribute: Buffer | undefined;
  isOpen = true;
  /** It is kept for a while when its stream is cut. */
  isResumable = false;
  boundAtMs = 0;
  /** What was sent and not acknowledged; undefined without stream management. */
  unacknowledged: Unacknowledged | undefined;
  /** Set while the device is served from the journal, or is away: messages released meanwhile are read there later. */
  behind: Behind | undefined;
  #uncommitted = 0;
  #decided = 0;
  #whenDecided: (() => void)[] | undefined;
  #whenHandled: (() => void)[] | undefined;
  #firstUnwritten: number | undefined;
  #lastUnwritten = 0;
  /** The account it last wrote to could not be read. */
  loadFailed = false;
  /** IQs that are being answered, and the end of their queue: one device's questions are answered in order. */
  asking = 0;
  answers: Promise<void> = Promise.resolve();

  /** `stream`: undefined while detached. */
  constructor(
    readonly account: Account,
    readonly jid: Jid,
    public stream: Outlet | undefined,
    readonly context: SessionContext,
  ) {
    super();
    const device = lasting(jid.resource ?? '');
    this.party = { ...account.party, device };
    this.fromAttribute = lasting(` from='${escapeAttribute(jid.toString())}'`);
  }

  /** Stanzas of this device in batches that are not released yet. */
  get uncommitted(): number {
    return this.#uncommitted;
  }

  /** The prefix of received stanzas that is decided: refused, answered or committed. XEP-0198 §4 */
  get decided(): number {
    return this.#uncommitted === 0 ? this.received : this.#decided;
  }

  /** Stanzas decided since stream management was enabled. */
  get settled(): number {
    return Math.max(0, this.decided - this.managedFrom);
  }

  /**
   * Stanzas the client may be told of: `h`, before it is cut to 32 bits. Of a session that is to survive a crash not more
   * than a crash leaves to be counted: what is in the journal, and what the last writing of the counters has covered.
   */
  get handled(): number {
    if (this.#firstUnwritten === undefined) return this.settled;
    return Math.max(0, Math.min(this.decided, this.#firstUnwritten - 1) - this.managedFrom);
  }

  /** The stanza received last leaves no row in the journal: it counts when the counters have been written. */
  leftNoRow(): void {
    if (!this.isResumable) return;
    this.#lastUnwritten = this.received;
    this.#firstUnwritten ??= this.received;
  }

  /** The counters are in the table, with so many stanzas settled. */
  written(settled: number): void {
    const upTo = settled + this.managedFrom;
    const first = this.#firstUnwritten;
    // Never back behind what the client has been told: that lies before the first stanza without a row.
    if (first !== undefined && first <= upTo) this.#firstUnwritten = this.#lastUnwritten > upTo ? upTo + 1 : undefined;
    this.#tellDecided();
  }

  /** The stanza received last waits in a batch. */
  appended(batch: number): void {
    if (this.#uncommitted++ === 0) this.#decided = this.received - 1;
    this.lastBatch = batch;
  }

  /** The stanza with this number is no longer waiting; called in the order in which they were appended. */
  releasedUpTo(sequence: number): void {
    this.#decided = sequence;
    if (--this.#uncommitted === 0) this.#tellDecided();
  }

  /** Resolves when nothing of this device waits for its commit. */
  async whenDecided(): Promise<void> {
    if (this.#uncommitted > 0) await new Promise<void>((resolve) => (this.#whenDecided ??= []).push(resolve));
  }

  /** Undefined when the client may be told of all it has sent; else a promise of that moment. */
  whenHandled(): Promise<void> | undefined {
    if (this.#uncommitted === 0 && this.#firstUnwritten === undefined) return undefined;
    if (this.#firstUnwritten !== undefined) this.context.unwritten(this);
    return new Promise((resolve) => (this.#whenHandled ??= []).push(resolve));
  }

  #tellDecided(): void {
    if (this.#uncommitted > 0) return;
    const decided = this.#whenDecided;
    this.#whenDecided = undefined;
    for (const resolve of decided ?? []) resolve();
    if (!this.#whenHandled) return;
    if (this.#firstUnwritten !== undefined) return this.context.unwritten(this);
    const handled = this.#whenHandled;
    this.#whenHandled = undefined;
    for (const resolve of handled) resolve();
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
    return this.stream?.connection.bufferedBytes ?? 0;
  }

  /**
   * An entry of the journal that has been released. It leaves in one write with the rest of the turn; a device that is
   * away or takes too little reads it from the journal later.
   */
  deliverRecorded(stanza: RecordedStanza): void {
    if (!this.isOpen) return;
    const { stream } = this;
    if (this.behind) return this.behind.skipped(stanza.idHigh, stanza.idLow);
    if (!stream) return;
    if (stream.connection.isChoked && this.context.isReadable) return this.#fallBehind(stanza);
    this.#write(stanza, stream);
  }

  /** ` to='full@jid/resource'`, escaped: what is put into stanzas that go to many. */
  get toAttribute(): Buffer {
    return (this.#toAttribute ??= lasting(` to='${escapeAttribute(this.jid.toString())}'`));
  }

  /** What a reader of the journal has found for this device: sent although newer messages wait behind it. */
  deliverLate(stanza: RecordedStanza): void {
    if (this.isOpen && this.stream) this.#write(stanza, this.stream);
  }

  /** What waited while the device was behind, now that its turn has come. */
  deliverInTurn(bytes: Buffer): void {
    if (this.isOpen && this.stream) this.#pass(this.stream, bytes, { start: 0, end: bytes.length });
  }

  /** A stanza of somebody's that is not in the journal. It waits for a device that is away, in order with its messages. */
  deliver(bytes: Buffer, start: number, end: number): void {
    if (!this.isOpen) return;
    const { stream, behind } = this;
    if (stream && !behind?.isInOrder) return this.#pass(stream, bytes, { start, end });
    if (!behind) return;
    behind.waiting.add(Buffer.from(bytes.subarray(start, end)), this.context.released);
    if (behind.waiting.isOverflowing) this.context.givenUp(this);
  }

  /** A stanza of this moment only, say a chat state: nobody misses it who was away. */
  deliverFleeting(bytes: Buffer, start: number, end: number): void {
    if (this.isOpen && this.stream && !this.behind) this.#pass(this.stream, bytes, { start, end });
  }

  /** Sends a stanza made by the server for this device alone. */
  send(element: Element): void {
    if (!this.isOpen) return;
    const { stream, behind } = this;
    const text = serialize(element);
    if (stream && !this.unacknowledged) return stream.sendText(text);
    const bytes = Buffer.from(text);
    if (stream && behind?.isResending !== true) this.#pass(stream, bytes, { start: 0, end: bytes.length });
    else this.deliver(bytes, 0, bytes.length);
  }

  /** It is to be served from the journal, from this position on. */
  serveFrom(position: Position): void {
    this.behind = new Behind(position, false);
  }

  /** Its stream was cut: everything from here on waits for it. */
  detach(): void {
    this.stream = undefined;
    this.behind ??= new Behind(this.context.released, true);
    this.behind.isInOrder = true;
    this.behind.isResending = false;
  }

  /** The reader of the journal has caught up: what waited leaves, and messages come directly again. */
  caughtUp(): void {
    const { behind } = this;
    this.behind = undefined;
    if (behind) for (const bytes of behind.waiting.take()) this.deliverInTurn(bytes);
    for (const [room, { untilId }] of this.stays ?? []) if (untilId !== undefined) this.stays!.delete(room);
    behind?.level();
  }

  #fallBehind({ idHigh, idLow }: RecordedStanza): void {
    this.behind = new Behind(this.context.released, false);
    this.behind.goBefore(idHigh, idLow);
    this.behind.skipped(idHigh, idLow);
    this.context.fellBehind(this);
  }

  #write({ bytes, start, end, idHigh, idLow, form }: RecordedStanza, stream: Outlet): void {
    const { unacknowledged } = this;
    unacknowledged?.recorded(idHigh, idLow, form);
    stream.send(bytes, start, end);
    if (unacknowledged) this.#ask(unacknowledged, stream);
  }

  #pass(stream: Outlet, bytes: Buffer, { start, end }: { start: number; end: number }): void {
    const { unacknowledged } = this;
    unacknowledged?.other(Buffer.from(bytes.subarray(start, end)));
    stream.send(bytes, start, end);
    if (unacknowledged) this.#ask(unacknowledged, stream);
  }

  #ask(unacknowledged: Unacknowledged, stream: Outlet): void {
    if (unacknowledged.isFull) stream.unacknowledging();
    else if (unacknowledged.shouldAsk()) stream.askForAck();
  }
}
