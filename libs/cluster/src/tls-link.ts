import type tls from 'node:tls';
import { FrameReader, FrameTooLarge } from './frame-reader.js';
import { FrameWriter } from './frame-writer.js';
import {
  checkFrame,
  FIRST_KIND,
  type Link,
  type LinkEnd,
  type LinkSink,
  MOST_FRAME_BYTES,
  type TakeLink,
} from './link.js';

/** Versions of the protocol that this program speaks; both ends take the highest that they share. */
export interface LinkVersions {
  readonly least: number;
  readonly most: number;
}
export const LINK_VERSIONS: LinkVersions = { least: 1, most: 1 };

export interface LinkTimes {
  /** A sign of life is sent that often. */
  readonly beatMs: number;
  /** After so long without one the other end is gone. */
  readonly silentMs: number;
  /** For the handshake and the other end's first frame. */
  readonly withinMs: number;
}
export const LINK_TIMES: LinkTimes = { beatMs: 5_000, silentMs: 15_000, withinMs: 10_000 };

/** What is sent and not taken by the other end: above the first its sender should wait, above the second it is cut off. */
const CHOKED_BYTES = 4_194_304;
const MOST_BYTES = 67_108_864;
/** Before the other end has said what it speaks. */
const HELLO_BYTES = 64;

const HELLO = 0;
const BEAT = 1;
const BYE = 2;
const NOTHING = Buffer.alloc(0);

export interface TlsLinkParts {
  readonly take: TakeLink;
  /** It did not come about. Not called once `take` was. */
  readonly failed: (end: LinkEnd) => void;
  readonly versions?: LinkVersions;
  readonly times: LinkTimes;
}

/**
 * A link over TLS, from the moment when the handshake has ended and the other end was believed. Each end says first which
 * versions it speaks.
 */
class TlsLink implements Link {
  #sink: LinkSink | undefined;
  #isOpen = true;
  #isOver = false;
  #isLeaving = false;
  #wasChoked = false;
  #heardAtMs = performance.now();
  #beatAtMs = performance.now();
  readonly #writer = new FrameWriter();
  readonly #reader: FrameReader;
  readonly #versions: LinkVersions;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly socket: tls.TLSSocket,
    private readonly parts: TlsLinkParts,
  ) {
    const { versions = LINK_VERSIONS, times } = parts;
    this.#versions = versions;
    this.#reader = new FrameReader(HELLO_BYTES, (kind, body) => this.#frame(kind, body));
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => this.#relieve());
    socket.on('error', (error) => this.#over({ code: 'cut', text: `The connection broke: ${error.message}` }));
    socket.on('close', () => this.#over({ code: 'cut', text: 'The other side has closed the connection.' }));
    const late = { code: 'timeout', text: 'The other side was reached, but does not say what it speaks.' } as const;
    this.#timers.push(setTimeout(() => this.#sink ?? this.destroy(late), times.withinMs));
    this.#timers.push(setInterval(() => this.#beat(times), times.beatMs));
    this.#put(HELLO, Buffer.from([versions.least, versions.most]));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isChoked(): boolean {
    const isChoked = this.#bufferedBytes > CHOKED_BYTES;
    this.#wasChoked ||= isChoked;
    return isChoked;
  }

  send(kind: number, body: Buffer, start = 0, end = body.length): void {
    checkFrame(kind, end - start);
    if (!this.#isOpen) return;
    this.#put(kind, body, start, end);
    if (this.#bufferedBytes <= MOST_BYTES) return;
    this.destroy({ code: 'not-reading', text: 'The other side does not read what it is sent; the link is made anew.' });
  }

  end(): void {
    if (!this.#isOpen) return;
    this.#put(BYE, NOTHING);
    this.#isOpen = false;
    this.#leave();
    this.socket.end();
    // It may not read any more.
    const { withinMs } = this.parts.times;
    this.#timers.push(setTimeout(() => this.socket.destroy(), withinMs));
  }

  destroy(end: LinkEnd): void {
    this.#over(end);
    this.socket.destroy();
  }

  get #bufferedBytes(): number {
    return this.#writer.length + this.socket.writableLength;
  }

  #put(kind: number, body: Buffer, start = 0, end = body.length): void {
    this.#writer.add(kind, body, start, end);
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    setImmediate(() => this.#leave());
  }

  /** One write for all that was sent during a turn. */
  #leave(): void {
    this.#isLeaving = false;
    if (this.#writer.length > 0 && this.socket.writable) this.socket.write(this.#writer.take());
  }

  #relieve(): void {
    if (!this.#wasChoked || this.isChoked) return;
    this.#wasChoked = false;
    this.#sink?.relieved();
  }

  #beat({ beatMs, silentMs }: LinkTimes): void {
    const nowMs = performance.now();
    // We stood still ourselves, and have not read what came meanwhile: silence says nothing.
    if (nowMs - this.#beatAtMs > 3 * beatMs) this.#heardAtMs = nowMs;
    this.#beatAtMs = nowMs;
    const silentForMs = Math.round(nowMs - this.#heardAtMs);
    if (silentForMs <= silentMs) return this.#put(BEAT, NOTHING);
    const text = `Nothing was heard for ${silentForMs} ms: the line is dead, or the other side stands still.`;
    this.destroy({ code: 'silent', text });
  }

  #read(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#heardAtMs = performance.now();
    try {
      this.#reader.push(chunk);
    } catch (error) {
      const code = error instanceof FrameTooLarge ? 'protocol' : 'failed';
      this.destroy({ code, text: `What came over the link could not be taken: ${(error as Error).message}` });
    }
  }

  #frame(kind: number, body: Buffer): void {
    if (this.#isOver) return;
    if (!this.#sink) return this.#greet(kind, body);
    if (kind >= FIRST_KIND) return this.#sink.frame(kind, body);
    if (kind === BEAT) return;
    if (kind === BYE) return this.#bye();
    this.destroy({
      code: 'protocol',
      text: `The other side has sent a frame of kind ${kind}, which there is none of.`,
    });
  }

  #greet(kind: number, body: Buffer): void {
    if (kind !== HELLO || body.length < 2) {
      return this.destroy({
        code: 'protocol',
        text: 'The other side speaks something else, or is no gateway or server.',
      });
    }
    const [least, most] = [body[0]!, body[1]!];
    const ours = this.#versions;
    if (Math.min(most, ours.most) < Math.max(least, ours.least)) {
      const text = `The other side speaks versions ${least} to ${most}, we ${ours.least} to ${ours.most}: one of the two has to be upgraded.`;
      return this.destroy({ code: 'version', text });
    }
    this.#reader.maxBytes = MOST_FRAME_BYTES;
    this.#sink = this.parts.take(this);
  }

  #bye(): void {
    this.#isOpen = false;
    this.#over({ code: 'ended', text: 'The other side has ended the link.' });
    this.socket.end();
  }

  #over(end: LinkEnd): void {
    if (this.#isOver) return;
    // What we have ended ourselves is over when the connection is.
    const told: LinkEnd = this.#isOpen || end.code !== 'cut' ? end : { code: 'ended', text: 'We have ended the link.' };
    this.#isOver = true;
    this.#isOpen = false;
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#sink) this.#sink.gone(told);
    else this.parts.failed(told);
  }
}

/** Begins a link over a connection whose other end was believed: `take` is called when it has said what it speaks. */
export function beginLink(socket: tls.TLSSocket, parts: TlsLinkParts): Link {
  return new TlsLink(socket, parts);
}
