import { INCOMPLETE, isSpace } from './characters.js';
import type { FrameSink, Limits } from './framer.js';
import { NS } from './namespaces.js';
import { notWellFormed } from './scan-state.js';
import { type ScanContext, type Scanner, bareContext } from './scan.js';
import { headerFrom } from './stream-header.js';
import { readTag } from './tree.js';
import { XmlError } from './xml-error.js';

const FRAMING = Buffer.from(NS.framing);

/**
 * One WebSocket's messages as a stream: RFC 7395 §3. Each message is one element; `<open/>` and `<close/>` are told as
 * header and end. A message for a suspended framer must wait at the caller's.
 */
export class MessageFramer {
  readonly limits: Limits;
  readonly #scanner: Scanner;
  readonly #sink: FrameSink;
  readonly #context: ScanContext;
  #isOpen = false;
  #isStopped = false;
  #isSuspended = false;
  #isAgain = false;
  #isRunning = false;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;

  constructor(scanner: Scanner, sink: FrameSink, options: { limits: Limits }) {
    this.#scanner = scanner;
    this.#sink = sink;
    this.limits = options.limits;
    // A frame stands alone: nothing is declared around it. RFC 7395 §3.3.3
    this.#context = bareContext(this.limits, { content: NS.client, prefixes: new Map() });
  }

  /** Bytes received and not presented yet. */
  get pendingBytes(): number {
    return this.#waitingBytes;
  }

  /** Takes one message, `buf[0, length)`; the byte behind it is overwritten. Throws `XmlError`, and whatever the sink throws. */
  feedMessage(buf: Buffer, length: number): void {
    if (this.#isStopped) return;
    if (this.#isSuspended || this.#waiting.length > 0) return this.#keep(buf, length);
    this.#run(buf, length);
  }

  /** A new `<open/>` must follow: RFC 7395 §3.7. */
  restart(): void {
    this.#isOpen = false;
  }

  /** Presents nothing more until `resume`; with `again`, the present element once more then. */
  suspend(options: { again?: boolean } = {}): void {
    this.#isSuspended = true;
    this.#isAgain = options.again === true && this.#isRunning;
  }

  /** Goes on with what was kept, before it returns. Throws as `feedMessage` does. */
  resume(): void {
    this.#isSuspended = false;
    if (this.#isRunning) return;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#waitingBytes -= next.length - 1;
      this.#run(next, next.length - 1);
      if (this.#isSuspended || this.#isStopped) return;
    }
  }

  /** Nothing is presented any more; what was kept is forgotten. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
  }

  #run(buf: Buffer, length: number): void {
    this.#isRunning = true;
    let isSound = false;
    try {
      do {
        this.#isAgain = false;
        this.#scan(buf, length);
        this.#present(buf);
      } while (this.#isAgain && !this.#isSuspended && !this.#isStopped);
      isSound = true;
    } finally {
      this.#isRunning = false;
      if (!isSound) this.stop();
    }
    if (this.#isAgain && !this.#isStopped) this.#keepFirst(buf, length);
  }

  #scan(buf: Buffer, length: number): void {
    const scanner = this.#scanner;
    scanner.enter(this.#context);
    let i = scanner.next(buf, 0, length);
    if (i === INCOMPLETE) throw notWellFormed('A frame does not hold a whole element.');
    while (i < length && isSpace(buf[i]!)) i++;
    if (i < length) throw notWellFormed('A frame holds more than one element.');
  }

  #present(buf: Buffer): void {
    const scanner = this.#scanner;
    if (this.#isFraming(buf)) return this.#presentFraming(buf);
    if (!this.#isOpen) throw new XmlError('invalid-namespace', 'The first frame is not <open/>.');
    this.#sink.element(buf, scanner);
  }

  #isFraming(buf: Buffer): boolean {
    const { xmlnsStart, xmlnsEnd } = this.#scanner;
    return xmlnsStart >= 0 && buf.subarray(xmlnsStart, xmlnsEnd).equals(FRAMING);
  }

  #presentFraming(buf: Buffer): void {
    const { nameStart, nameEnd, tagEnd } = this.#scanner;
    const name = buf.toString('utf8', nameStart, nameEnd);
    if (name === 'close') {
      this.stop();
      return this.#sink.closed();
    }
    if (name !== 'open' || this.#isOpen) throw new XmlError('bad-format', 'This is not the frame that belongs here.');
    this.#isOpen = true;
    const tag = readTag(`${buf.toString('utf8', nameStart - 1, tagEnd)}/>`, 0);
    this.#sink.opened(headerFrom(tag, this.#context.namespaces));
  }

  #keep(buf: Buffer, length: number): void {
    this.#waitingBytes += length;
    if (this.#waitingBytes > this.limits.maxBytes * 2) {
      this.stop();
      throw new XmlError('policy-violation', 'Too much was sent before the last element was dealt with.');
    }
    this.#waiting.push(copyOf(buf, length));
  }

  #keepFirst(buf: Buffer, length: number): void {
    this.#waitingBytes += length;
    this.#waiting.unshift(copyOf(buf, length));
  }
}

function copyOf(buf: Buffer, length: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(length + 1);
  buf.copy(copy, 0, 0, length);
  return copy;
}
