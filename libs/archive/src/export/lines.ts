import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/** A line with its place in the file, in bytes; the line feed is not counted. */
export interface PlacedLine {
  readonly text: string;
  readonly offset: number;
  readonly length: number;
}

/** The lines of a file, one after the other; in memory is one chunk, or one line where that is longer. */
export function* placedLines(file: string, from = 0): Generator<PlacedLine> {
  const fd = openSync(file, 'r');
  try {
    let chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    let filled = 0;
    for (let offset = from; ;) {
      if (filled === chunk.length) chunk = Buffer.concat([chunk], chunk.length * 2);
      const read = readSync(fd, chunk, filled, chunk.length - filled, offset + filled);
      if (read === 0) return;
      filled += read;
      const bytes = chunk.subarray(0, filled);
      let start = 0;
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
        yield { text: bytes.toString('utf8', start, end), offset: offset + start, length: end - start };
        start = end + 1;
      }
      chunk.copyWithin(0, start, filled);
      filled -= start;
      offset += start;
    }
  } finally {
    closeSync(fd);
  }
}

export function* linesOf(file: string, from = 0): Generator<string> {
  for (const { text } of placedLines(file, from)) yield text;
}
