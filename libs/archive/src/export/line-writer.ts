import type { ExportedMessage } from './message.js';
import { type Frame, Parts, type PartsState } from './parts.js';
import type { Target, Writer } from './writer.js';

/** A format of which each message is an entry of its own. */
export interface LineFormat {
  readonly extension: string;
  readonly frame: Frame;
  entry(message: ExportedMessage): Buffer;
}

export class LineWriter implements Writer {
  readonly order = 'recorded';
  readonly waiting = 0;
  readonly #parts: Parts;

  constructor(
    private readonly format: LineFormat,
    target: Target,
  ) {
    this.#parts = new Parts({ ...target, extension: format.extension, frame: () => format.frame });
  }

  write(message: ExportedMessage): Promise<void> {
    this.#parts.write(this.format.entry(message));
    return DONE;
  }

  safe(): PartsState {
    return this.#parts.safe();
  }

  async close(): Promise<void> {
    this.#parts.close();
  }
}

const DONE = Promise.resolve();
