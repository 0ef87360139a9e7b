import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { linesOf } from './lines.js';

const LINES_PER_RUN = 25_000;
const WRITE_CHARACTERS = 256 * 1024;

/**
 * Lines in their order, however many: in memory are so many of them, the others lie in sorted files, which are merged.
 * What is the same line comes once.
 */
export class SortedLines {
  #lines: string[] = [];
  readonly #runs: string[] = [];

  constructor(
    private readonly folder: string,
    private readonly name: string,
    private readonly linesPerRun = LINES_PER_RUN,
  ) {}

  /** Without a line feed in it. */
  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length >= this.linesPerRun) this.#spill();
  }

  *merged(): Generator<string> {
    if (this.#lines.length > 0) this.#spill();
    let latest: string | undefined;
    for (const line of merge(this.#runs.map((run) => linesOf(run)))) {
      if (line !== latest) yield line;
      latest = line;
    }
  }

  remove(): void {
    for (const run of this.#runs.splice(0)) rmSync(run, { force: true });
    this.#lines = [];
  }

  #spill(): void {
    const file = path.join(this.folder, `${this.name}.${this.#runs.length}`);
    const sorted = this.#lines.sort();
    this.#lines = [];
    const fd = openSync(file, 'w');
    let text = '';
    for (const line of sorted) {
      text += `${line}\n`;
      if (text.length < WRITE_CHARACTERS) continue;
      writeSync(fd, text);
      text = '';
    }
    writeSync(fd, text);
    closeSync(fd);
    this.#runs.push(file);
  }
}

interface Head {
  line: string;
  readonly rest: Iterator<string>;
}

/** A heap of the runs' next lines: the least on top. */
function* merge(runs: readonly Iterable<string>[]): Generator<string> {
  const heap: Head[] = [];
  for (const run of runs) {
    const rest = run[Symbol.iterator]();
    const first = rest.next();
    if (first.done !== true) heap.push({ line: first.value, rest });
  }
  heap.sort((a, b) => (a.line < b.line ? -1 : 1));
  while (heap.length > 0) {
    const head = heap[0]!;
    yield head.line;
    const next = head.rest.next();
    if (next.done === true) {
      const last = heap.pop()!;
      if (heap.length > 0) heap[0] = last;
    } else head.line = next.value;
    sink(heap);
  }
}

function sink(heap: Head[]): void {
  for (let at = 0; ;) {
    const left = at * 2 + 1;
    if (left >= heap.length) return;
    const least = left + 1 < heap.length && heap[left + 1]!.line < heap[left]!.line ? left + 1 : left;
    if (heap[at]!.line <= heap[least]!.line) return;
    [heap[at], heap[least]] = [heap[least]!, heap[at]!];
    at = least;
  }
}
