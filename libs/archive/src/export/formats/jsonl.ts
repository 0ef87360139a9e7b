import type { LineFormat } from '../line-writer.js';

const NOTHING = Buffer.alloc(0);

/** One message a line. https://jsonlines.org */
export const jsonl: LineFormat = {
  extension: 'jsonl',
  frame: { head: NOTHING, tail: NOTHING },
  entry: (message) => Buffer.from(`${JSON.stringify(message)}\n`),
};
