import { FrameReader } from './frame-reader.js';
import { FrameWriter } from './frame-writer.js';
import { checkFrame, type Link, type LinkEnd, type LinkSink, MOST_FRAME_BYTES, type TakeLink } from './link.js';

/**
 * A link within one process, for the appliance, whose gateway is in it: what is sent arrives a turn later, as a copy, as
 * over a network. Returns when both ends are up.
 */
export function memoryLink(one: TakeLink, other: TakeLink): void {
  const [near, far] = [new MemoryEnd(), new MemoryEnd()];
  near.join(far);
  far.join(near);
  near.sink = one(near);
  far.sink = other(far);
}

class MemoryEnd implements Link {
  sink!: LinkSink;
  /** Nobody falls behind: each turn's frames are taken in the next. */
  readonly isChoked = false;
  #isOpen = true;
  #isOver = false;
  #other!: MemoryEnd;
  #isLeaving = false;
  readonly #writer = new FrameWriter();
  readonly #reader = new FrameReader(MOST_FRAME_BYTES, (kind, body) => this.sink.frame(kind, body));

  join(other: MemoryEnd): void {
    this.#other = other;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(kind: number, body: Buffer, start = 0, end = body.length): void {
    checkFrame(kind, end - start);
    if (!this.#isOpen) return;
    this.#writer.add(kind, body, start, end);
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    setImmediate(() => this.#leave());
  }

  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    // Behind what was sent in this turn.
    setImmediate(() => {
      this.#leave();
      this.#other.over({ code: 'ended', text: 'The other side has ended the link.' });
      this.over({ code: 'ended', text: 'We have ended the link.' });
    });
  }

  destroy(end: LinkEnd): void {
    if (this.#isOver) return;
    this.over(end);
    setImmediate(() => this.#other.over({ code: 'cut', text: 'The other side has broken the link.' }));
  }

  over(end: LinkEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isOpen = false;
    this.#writer.take();
    this.sink.gone(end);
  }

  #leave(): void {
    this.#isLeaving = false;
    if (this.#writer.length > 0) this.#other.#take(this.#writer.take());
  }

  #take(bytes: Buffer): void {
    if (this.#isOver) return;
    try {
      this.#reader.push(bytes);
    } catch (error) {
      this.destroy({ code: 'failed', text: `What came over the link could not be taken: ${(error as Error).message}` });
    }
  }
}
