import { MOST_BUFFERED_BYTES, PAUSE_READING_BYTES } from './connection.js';
import { Outbox } from './outbox.js';
import { flushAtEndOfTurn } from './turn.js';
import type { Done, Writer } from './writer.js';

/** The connection behind an outflow. */
export interface OutflowOwner {
  /** What carries the bytes now: another one after STARTTLS. */
  readonly writer: Writer;
  /** The peer is behind: what it sends should wait. */
  choked(): void;
  /** The peer has caught up. */
  freed(): void;
  /** The peer is so far behind that it is given up. Called at the end of a turn, once; what is added after that is dropped. */
  overflowed(): void;
}

/** What one connection sends: one write per turn, and two bounds for a peer that does not read. */
export class Outflow {
  readonly #outbox = new Outbox((bytes, done) => this.#write(bytes, done));
  #isDirty = false;
  #isChoked = false;
  #isOverflowed = false;
  #isFinished = false;

  constructor(private readonly owner: OutflowOwner) {}

  get bufferedBytes(): number {
    return this.owner.writer.pendingBytes + this.#outbox.bytes;
  }

  get isChoked(): boolean {
    return this.#isChoked;
  }

  add(bytes: Buffer, start: number, end: number): void {
    if (this.#isOverflowed || this.#isFinished) return;
    this.#outbox.add(bytes, start, end);
    this.#markDirty();
  }

  addText(text: string): void {
    if (this.#isOverflowed || this.#isFinished) return;
    this.#outbox.addText(text);
    this.#markDirty();
  }

  /** The next `bytes` bytes leave in one piece: nothing another writer sends comes between them. */
  reserve(bytes: number): void {
    if (!this.#isOverflowed && !this.#isFinished) this.#outbox.reserve(bytes);
  }

  /** Hands everything to the socket now. */
  flushNow(): void {
    this.#outbox.flushNow();
  }

  /** Hands everything to the socket; what is added after that is dropped. */
  finish(): void {
    this.flushNow();
    this.#isFinished = true;
  }

  flush(): void {
    this.#isDirty = false;
    if (this.#isOverflowed) this.owner.overflowed();
    else this.#outbox.flush();
  }

  /** To be called when everything written has left. */
  drained(): void {
    if (!this.#isChoked) return;
    this.#isChoked = false;
    this.owner.freed();
  }

  #write(bytes: Buffer, done: Done): void {
    const { writer } = this.owner;
    writer.write(bytes, done);
    const { pendingBytes } = writer;
    if (pendingBytes > MOST_BUFFERED_BYTES && !this.#isOverflowed) {
      this.#isOverflowed = true;
      this.#markDirty();
    }
    if (pendingBytes > PAUSE_READING_BYTES && !this.#isChoked) {
      this.#isChoked = true;
      this.owner.choked();
    }
  }

  #markDirty(): void {
    if (this.#isDirty) return;
    this.#isDirty = true;
    flushAtEndOfTurn(this);
  }
}
