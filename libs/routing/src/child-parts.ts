import type { Scanner } from '@interoffice/wire';

const BODY = Buffer.from('body');
const THREAD = Buffer.from('thread');
const ORIGIN_ID = Buffer.from('origin-id');
const ID_ATTRIBUTE = Buffer.from('id=');

/** Where the texts that the journal keeps beside the stanza begin and end; −1 when absent. One per process, reused. */
export class ChildParts {
  bodyStart = -1;
  bodyEnd = -1;
  threadStart = -1;
  threadEnd = -1;
  originIdStart = -1;
  originIdEnd = -1;

  /** Looks once through the child index; compares bytes, makes nothing. */
  find(bytes: Buffer, scan: Scanner): void {
    this.bodyStart = this.bodyEnd = this.threadStart = this.threadEnd = this.originIdStart = this.originIdEnd = -1;
    for (let i = 0; i < scan.children; i++) {
      const start = scan.childNameStart(i);
      const length = scan.childNameEnd(i) - start;
      if (length === 4 && this.bodyStart < 0 && scan.childNsStart(i) < 0 && isAt(bytes, start, BODY)) {
        this.bodyStart = innerStart(scan, i);
        this.bodyEnd = innerEnd(scan, i);
      } else if (length === 6 && this.threadStart < 0 && scan.childNsStart(i) < 0 && isAt(bytes, start, THREAD)) {
        this.threadStart = innerStart(scan, i);
        this.threadEnd = innerEnd(scan, i);
      } else if (length === 9 && this.originIdStart < 0 && isAt(bytes, start, ORIGIN_ID)) {
        this.#originId(bytes, scan.childNameEnd(i), scan.childTagEnd(i));
      }
    }
  }

  /** The `id` attribute of `<origin-id/>`. XEP-0359 §3. One with references in it counts as absent. */
  #originId(bytes: Buffer, from: number, to: number): void {
    for (let at = from; at + 4 < to; at++) {
      if (!isAt(bytes, at, ID_ATTRIBUTE) || bytes[at - 1]! > 32) continue;
      const quote = bytes[at + 3]!;
      if (quote !== 39 && quote !== 34) return;
      let end = at + 4;
      while (end < to && bytes[end] !== quote) if (bytes[end++] === 38) return;
      this.originIdStart = at + 4;
      this.originIdEnd = end;
      return;
    }
  }
}

/** First byte of a child's content; for `<a/>`, where its content ends. */
export function innerStart(scan: Scanner, i: number): number {
  return Math.min(scan.childTagEnd(i) + 1, scan.childEndTag(i));
}

/** The byte behind a child's content. */
export function innerEnd(scan: Scanner, i: number): number {
  return scan.childEndTag(i);
}

/** True when `bytes[start, end)` is this word and nothing else. */
export function isSame(word: Buffer, bytes: Buffer, start: number, end: number): boolean {
  return word.length === end - start && isAt(bytes, start, word);
}

function isAt(bytes: Buffer, at: number, word: Buffer): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}

/** Copies a range: a loop for the short pieces that most are, where a call into the engine costs more than it saves. */
export function put(source: Buffer, start: number, end: number, target: Buffer, offset: number): number {
  if (end - start > 64) return offset + source.copy(target, offset, start, end);
  for (let i = start; i < end; i++) target[offset++] = source[i]!;
  return offset;
}
