import type { SpawnOptions } from 'node:child_process';
import { LineProcess } from './line-process.js';

/** Something the program said: one JSON object on a line. */
export interface Said {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** A program in another process that takes orders and tells what happens, one JSON object per line each way. */
export class ToldProcess {
  readonly #program: LineProcess;
  #orders = 0;

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.#program = new LineProcess(command, args, options);
  }

  /** The first thing of this kind that it said and that fits, also earlier. */
  heard(event: string, fits: (said: Said) => boolean = () => true, waitMs?: number): Promise<Said> {
    return this.#first((said) => said.event === event && fits(said), waitMs);
  }

  /** Everything of this kind that it said so far. */
  all(event: string): Said[] {
    return this.#program.lines.map((line) => JSON.parse(line) as Said).filter((said) => said.event === event);
  }

  tell(order: object): void {
    this.#program.write(`${JSON.stringify(order)}\n`);
  }

  /** Tells it to do something, and waits for what came of it: `done` or `refused`. */
  async ask(order: object): Promise<Said> {
    const n = ++this.#orders;
    this.tell({ ...order, n });
    return this.#first((said) => said['n'] === n);
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }

  async #first(fits: (said: Said) => boolean, waitMs?: number): Promise<Said> {
    const parse = (line: string): Said => JSON.parse(line) as Said;
    return parse(await this.#program.line((line) => fits(parse(line)), waitMs));
  }
}
