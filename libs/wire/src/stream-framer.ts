import { INCOMPLETE, isSpace } from './characters.js';
import type { FrameSink, Limits } from './framer.js';
import { NS } from './namespaces.js';
import { ScanTables } from './scan-state.js';
import { type ScanContext, type Scanner, bareContext, sharedBytes } from './scan.js';
import { readHeader } from './stream-header.js';
import { XmlError } from './xml-error.js';

/** What a suspended framer may be given on top of one element before the peer is cut off: two reads. */
const SUSPENDED_SLACK_BYTES = 131_072;
const SMALLEST_KEPT_BYTES = 2048;
const GREATER = 62;

/** Tables of connections that have no incomplete element any more; bounded, the rest is left to the collector. */
const spareTables: ScanTables[] = [];
const MAX_SPARE_TABLES = 256;

/**
 * One connection's bytes as a stream: header, elements, end (RFC 6120 §4). Elements are presented where they lie in
 * the given buffer; only the bytes of an incomplete one are copied and kept. A fault is thrown out of `feed` as
 * `XmlError`, once, and nothing is read after it.
 */
export class StreamFramer {
  /** May be changed at any time; holds from the next bytes on. */
  readonly limits: Limits;
  readonly #scanner: Scanner;
  readonly #sink: FrameSink;
  readonly #content: string;
  #context: ScanContext;
  #isOpen = false;
  #isSuspended = false;
  #isAgain = false;
  #isStopped = false;
  /** What is being presented from, as far as it is filled. */
  #running: Buffer | undefined;
  #runningEnd = 0;
  #kept: Buffer | undefined;
  #keptBytes = 0;
  #tables: ScanTables | undefined;
  /** While an element is presented: how many bytes lie behind it. */
  #behind = 0;
  /** How many of the kept bytes of a header have been looked at. */
  #headerSeen = 0;

  constructor(scanner: Scanner, sink: FrameSink, options: { limits: Limits; content?: string }) {
    this.#scanner = scanner;
    this.#sink = sink;
    this.limits = options.limits;
    this.#content = options.content ?? NS.client;
    this.#context = bareContext(this.limits);
  }

  /** Bytes received and not presented yet; from inside `element()`, those behind that element. */
  get pendingBytes(): number {
    return this.#running === undefined ? this.#keptBytes : this.#behind;
  }

  /** Whether those bytes are white space throughout, which means nothing between elements. */
  get isPendingBlank(): boolean {
    const buf = this.#running ?? this.#kept;
    const end = this.#running === undefined ? this.#keptBytes : this.#runningEnd;
    for (let i = end - this.pendingBytes; i < end; i++) if (!isSpace(buf![i]!)) return false;
    return true;
  }

  /** Takes `buf[0, length)`; the byte behind them is overwritten. Throws `XmlError`, and whatever the sink throws. */
  feed(buf: Buffer, length: number): void {
    if (this.#isStopped || length === 0) return;
    if (this.#keptBytes === 0 && !this.#isSuspended) return this.#run(buf, length);
    this.#append(buf, length);
    if (!this.#isSuspended) this.#runKept();
  }

  /** A new stream header must follow: RFC 6120 §4.3.3. */
  restart(): void {
    this.#isOpen = false;
    this.#headerSeen = 0;
    this.#dropTables();
  }

  /** Presents nothing more until `resume`; with `again`, the present element once more then. Bytes fed until then are kept. */
  suspend(options: { again?: boolean } = {}): void {
    this.#isSuspended = true;
    this.#isAgain = options.again === true && this.#running !== undefined;
  }

  /** Goes on with what was kept, before it returns. Throws as `feed` does. */
  resume(): void {
    this.#isSuspended = false;
    if (this.#running === undefined && !this.#isStopped && this.#keptBytes > 0) this.#runKept();
  }

  /** Nothing is presented any more, whatever is fed; what was kept is forgotten. */
  stop(): void {
    this.#isStopped = true;
    this.#forget();
    this.#dropTables();
  }

  #runKept(): void {
    const kept = this.#kept;
    if (kept !== undefined) this.#run(kept, this.#keptBytes);
  }

  #run(buf: Buffer, length: number): void {
    this.#running = buf;
    this.#runningEnd = length;
    let isSound = false;
    try {
      const done = this.#present(buf, length);
      if (!this.#isStopped) this.#keep(buf, done, length);
      isSound = true;
    } finally {
      this.#running = undefined;
      if (!isSound) this.stop();
    }
  }

  /** Returns from where on the bytes must be kept. */
  #present(buf: Buffer, length: number): number {
    const scanner = this.#scanner;
    if (this.#isHeaderUnfinished(buf, length)) return 0;
    this.#enter();
    for (let i = 0; i < length;) {
      const next = this.#isOpen ? scanner.next(buf, i, length) : this.#openStream(buf, i, length);
      if (next === INCOMPLETE) {
        if (scanner.isInside) this.#save();
        return scanner.start;
      }
      this.#behind = length - next;
      this.#presentOne(buf, next);
      if (this.#isStopped) return length;
      i = this.#takeAgain() ? scanner.start : next;
      if (this.#isSuspended) return i;
    }
    return length;
  }

  #takeAgain(): boolean {
    const isAgain = this.#isAgain;
    this.#isAgain = false;
    return isAgain;
  }

  #presentOne(buf: Buffer, next: number): void {
    const scanner = this.#scanner;
    if (!this.#isOpen) return this.#opened(buf, next);
    if (!scanner.closed) return this.#sink.element(buf, scanner);
    this.stop();
    this.#sink.closed();
  }

  #openStream(buf: Buffer, from: number, length: number): number {
    const next = this.#scanner.openStream(buf, from, length);
    this.#headerSeen = next === INCOMPLETE ? length - this.#scanner.start : 0;
    return next;
  }

  /** a header that arrives byte by byte is looked at again only when a `>` has come. */
  #isHeaderUnfinished(buf: Buffer, length: number): boolean {
    if (this.#isOpen || this.#headerSeen === 0 || length > this.limits.maxBytes) return false;
    if (buf.subarray(this.#headerSeen, length).includes(GREATER)) return false;
    this.#headerSeen = length;
    return true;
  }

  #opened(buf: Buffer, end: number): void {
    const text = buf.toString('utf8', this.#scanner.nameStart - 1, end);
    const { header, name } = readHeader(text, this.#content);
    this.#isOpen = true;
    this.#context = {
      limits: this.limits,
      namespaces: header.namespaces,
      content: sharedBytes(header.namespaces.content),
      streamName: sharedBytes(name),
    };
    this.#scanner.enter(this.#context);
    this.#sink.opened(header);
  }

  #enter(): void {
    this.#scanner.enter(this.#context);
    if (this.#tables === undefined) return;
    this.#scanner.restore(this.#tables);
    this.#dropTables();
  }

  #save(): void {
    this.#tables = spareTables.pop() ?? new ScanTables();
    this.#scanner.save(this.#tables);
  }

  #dropTables(): void {
    if (this.#tables !== undefined && spareTables.length < MAX_SPARE_TABLES) spareTables.push(this.#tables);
    this.#tables = undefined;
  }

  #forget(): void {
    this.#kept = undefined;
    this.#keptBytes = 0;
  }

  #keep(buf: Buffer, from: number, end: number): void {
    if (from >= end) return this.#forget();
    const kept = this.#kept;
    if (buf === kept) buf.copyWithin(0, from, end);
    else this.#kept = copyOf(buf.subarray(from, end), end - from);
    this.#keptBytes = end - from;
  }

  #append(buf: Buffer, length: number): void {
    const bytes = this.#keptBytes + length;
    if (this.#isSuspended && bytes > this.limits.maxBytes + SUSPENDED_SLACK_BYTES) {
      this.stop();
      throw new XmlError('policy-violation', 'Too much was sent before the last element was dealt with.');
    }
    let kept = this.#kept;
    if (kept === undefined || kept.length <= bytes) kept = copyOf(kept?.subarray(0, this.#keptBytes), bytes * 2);
    buf.copy(kept, this.#keptBytes, 0, length);
    this.#kept = kept;
    this.#keptBytes = bytes;
  }
}

/** Not from the shared pool: what is kept may be kept for long. One byte more for the sentinel. */
function copyOf(bytes: Buffer | undefined, room: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(Math.max(SMALLEST_KEPT_BYTES, room + 1));
  bytes?.copy(copy);
  return copy;
}
