import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program in another process, read line by line. What it says on stderr is kept for the message of a failed wait. */
export class LineProcess {
  readonly lines: string[] = [];
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #complaints = '';
  #isOver = false;
  #waiting: (() => void)[] = [];

  constructor(
    private readonly command: string,
    args: readonly string[],
    options: SpawnOptions = {},
  ) {
    this.#child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.lines.push(line);
      this.#wake();
    });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-8000);
      this.#wake();
    });
    // A program that has ended takes no more input: whoever waits for its answer is told why.
    this.#child.stdin!.on('error', () => undefined);
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        this.#isOver = true;
        this.#wake();
        resolve({ code, signal });
      });
    });
  }

  get complaints(): string {
    return this.#complaints;
  }

  /** The first line that fits, also one that came before. Rejects when the program ends first, or after `waitMs`. */
  line(fits: (line: string) => boolean, waitMs = 30_000): Promise<string> {
    return this.#until(() => this.lines.find(fits), waitMs);
  }

  /** Resolves once what it says on stderr fits. Rejects as `line` does. */
  async complaint(fits: (text: string) => boolean, waitMs = 30_000): Promise<void> {
    await this.#until(() => (fits(this.#complaints) ? '' : undefined), waitMs);
  }

  async #until(find: () => string | undefined, waitMs: number): Promise<string> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const left = deadline - performance.now();
      if (this.#isOver || left <= 0) {
        const why = this.#isOver ? 'ended' : 'was silent';
        throw new Error(`${this.command} ${why}.\n${this.lines.slice(-20).join('\n')}\n${this.#complaints}`);
      }
      await this.#next(left);
    }
  }

  write(text: string): void {
    this.#child.stdin!.write(text);
  }

  /** Nothing more will be written. */
  endInput(): void {
    this.#child.stdin!.end();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** For clean-up: resolves once it is over, which is at once when it is over already. */
  async stop(): Promise<Ended> {
    if (!this.#isOver) this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 15_000);
    const ended = await this.ended;
    clearTimeout(late);
    return ended;
  }

  #next(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }
}

/** Runs a program to its end; `input` is its whole standard input. */
export async function run(
  command: string,
  args: readonly string[],
  options: SpawnOptions & { input?: string } = {},
): Promise<{ code: number | null; text: string; complaints: string }> {
  const { input = '', ...rest } = options;
  const program = new LineProcess(command, args, rest);
  program.write(input);
  program.endInput();
  const { code } = await program.ended;
  return { code, text: program.lines.join('\n'), complaints: program.complaints };
}
