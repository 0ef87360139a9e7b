import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 256 * 1024;
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
    let rest = Buffer.alloc(0);
    let offset = from;
    let at = from;
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const read = readSync(fd, chunk, 0, CHUNK_BYTES, at);
      at += read;
      if (read === 0) return;
      const bytes = rest.length === 0 ? chunk.subarray(0, read) : Buffer.concat([rest, chunk.subarray(0, read)]);
      let start = 0;
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
        yield { text: bytes.toString('utf8', start, end), offset: offset + start, length: end - start };
        start = end + 1;
      }
      rest = bytes.subarray(start);
      offset += start;
    }
  } finally {
    closeSync(fd);
  }
}

export function* linesOf(file: string, from = 0): Generator<string> {
  for (const { text } of placedLines(file, from)) yield text;
}
