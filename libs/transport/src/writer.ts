import type { Writable } from 'node:stream';

/** Called when the bytes have left, perhaps before `write` returns; with an error when nobody can say what became of them. */
export type Done = (error?: Error | null) => void;

/** Where a connection's bytes go. */
export interface Writer {
  /** Bytes taken that the system has not taken yet. */
  readonly pendingBytes: number;
  write(bytes: Buffer, done: Done): void;
  /** Closes our side once everything has left. */
  end(): void;
}

/** By Node's stream. Its owner hears of `drain` from the stream itself. */
export class StreamWriter implements Writer {
  constructor(private readonly stream: Writable) {}

  get pendingBytes(): number {
    return this.stream.writableLength;
  }

  write(bytes: Buffer, done: Done): void {
    if (this.stream.writable) this.stream.write(bytes, done);
  }

  end(): void {
    this.stream.end();
  }
}
