import type { ExportedMessage } from './message.js';
import { type Frame, Parts, type PartsState } from './parts.js';
import type { Writer } from './writer.js';

/** A format of which each message is an entry of its own. */
export interface LineFormat {
  readonly extension: string;
  readonly frame: Frame;
  entry(message: ExportedMessage): Buffer;
}

export class LineWriter implements Writer {
  readonly order = 'recorded';
  readonly #parts: Parts;

  constructor(
    private readonly format: LineFormat,
    { folder, splitBytes, from }: { folder: string; splitBytes: number; from: unknown },
  ) {
    this.#parts = new Parts(folder, format.extension, format.frame, splitBytes, from as PartsState | undefined);
  }

  write(message: ExportedMessage): Promise<boolean> {
    this.#parts.write(this.format.entry(message));
    return CLEAN;
  }

  safe(): PartsState {
    return this.#parts.safe();
  }

  async close(): Promise<void> {
    this.#parts.close();
  }
}

const CLEAN = Promise.resolve(true);
