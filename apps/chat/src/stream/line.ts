import type { Clock } from './clock.js';
import { Unreadable, type Frame, type Parse } from './frame.js';

/** What a socket says. After `closed` it says nothing more. */
interface SocketEvents {
  readonly opened: () => void;
  readonly received: (text: string) => void;
  readonly closed: () => void;
}

export interface Socket {
  send(text: string): void;
  close(): void;
}

/** Begins to connect. Nothing is said before it returns. */
export type Connect = (events: SocketEvents) => Socket;

/** The line is gone, or the other side does not answer. The message says which. */
export class LineLost extends Error {}

interface Reader {
  readonly frame: (frame: Frame) => void;
  readonly lost: () => void;
}

interface LineOptions {
  readonly parse: Parse;
  readonly clock: Clock;
  readonly limitMs: number;
}

/**
 * One WebSocket, once it is open. First read frame by frame, with a limit on the wait for each; then, after `listen`,
 * each frame is handed on as it comes. Once it is lost it stays lost, and the reader is told once.
 */
export class Line {
  readonly #unread: Frame[] = [];
  #reader: Reader | undefined;
  #isLost = false;
  #socket: Socket | undefined;

  private constructor(
    private readonly parse: Parse,
    private readonly clock: Clock,
  ) {}

  /** Resolves when the handshake is answered; rejects with LineLost when it is refused, or not answered in time. */
  static open(connect: Connect, { parse, clock, limitMs }: LineOptions): Promise<Line> {
    const line = new Line(parse, clock);
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        cancel();
        line.drop();
        reject(new LineLost(why));
      };
      const cancel = clock.after(limitMs, () => fail('The server did not answer.'));
      line.#reader = { frame: () => undefined, lost: () => fail('The server could not be reached.') };
      line.#socket = connect({
        opened: () => {
          cancel();
          line.#reader = undefined;
          resolve(line);
        },
        received: (text) => line.#take(text),
        closed: () => line.#lose(),
      });
    });
  }

  send(text: string): void {
    if (!this.#isLost) this.#socket?.send(text);
  }

  /** The next frame; rejects with LineLost when there is none within the limit. Not after `listen`. */
  next(limitMs: number): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const cancel = this.clock.after(limitMs, () => fail('The server did not answer.'));
      const fail = (why: string): void => {
        cancel();
        this.#reader = undefined;
        reject(new LineLost(why));
      };
      this.#read({
        frame: (frame) => {
          cancel();
          this.#reader = undefined;
          resolve(frame);
        },
        lost: () => fail('The connection was closed.'),
      });
    });
  }

  /** From here on every frame goes to `frame`, in order, and the loss of the line to `lost`, at once if it is lost. */
  listen(reader: Reader): void {
    this.#read(reader);
  }

  /** Without a word to anybody: the reader is not told. */
  drop(): void {
    this.#reader = undefined;
    this.#isLost = true;
    this.#socket?.close();
  }

  #read(reader: Reader): void {
    this.#reader = reader;
    while (this.#reader !== undefined && this.#unread.length > 0) this.#reader.frame(this.#unread.shift()!);
    if (this.#isLost) this.#reader?.lost();
  }

  #take(text: string): void {
    if (this.#isLost) return;
    const frame = this.#frame(text);
    if (frame === undefined) this.#lose();
    else if (this.#reader === undefined) this.#unread.push(frame);
    else this.#reader.frame(frame);
  }

  /** `undefined`: what cannot be read cannot be counted, and the line is as good as lost. */
  #frame(text: string): Frame | undefined {
    try {
      return { text, element: this.parse(text) };
    } catch (error) {
      if (error instanceof Unreadable) return undefined;
      throw error;
    }
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#socket?.close();
    this.#reader?.lost();
  }
}
