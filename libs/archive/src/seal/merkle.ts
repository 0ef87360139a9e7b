import { hash } from 'node:crypto';

/** Bytes of a hash. */
export const HASH_BYTES = 32;
const LEAF_PREFIX = Buffer.of(0);
const NODE_PREFIX = Buffer.of(1);

/** Roots of subtrees: what covers the leaves from `start` up to `end`, not included. */
export type Subtree = (start: number, end: number) => Buffer;

/** RFC 9162 §2.1.1: the hash of an entry as a leaf. */
export function leafHash(entry: Buffer): Buffer {
  return hash('sha256', Buffer.concat([LEAF_PREFIX, entry]), 'buffer');
}

/** RFC 9162 §2.1.1: the hash over two subtrees. */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  return hash('sha256', Buffer.concat([NODE_PREFIX, left, right]), 'buffer');
}

/** MTH of no leaves. RFC 9162 §2.1.1 */
export const EMPTY_ROOT = hash('sha256', Buffer.alloc(0), 'buffer');

/** The largest power of two below `count`; `count` is at least 2. */
export function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/** The tree as far as it is needed to add leaves: the roots of its complete subtrees, the largest first. */
export class CompactRange {
  size = 0;
  readonly #peaks: Buffer[] = [];

  /** Adds the hash of a leaf; calls `completed` for every subtree of `2 ** level` leaves that it completes. */
  add(leaf: Buffer, completed?: (level: number, root: Buffer) => void): void {
    let root = leaf;
    let level = 0;
    for (let rest = this.size; rest % 2 === 1; rest = (rest - 1) / 2) {
      root = nodeHash(this.#peaks.pop()!, root);
      level++;
      completed?.(level, root);
    }
    this.#peaks.push(root);
    this.size++;
  }

  /** Adds the root of a complete subtree of `count` (a power of two) leaves; the size must be a multiple of it. */
  addComplete(root: Buffer, count: number): void {
    let peak = root;
    for (let rest = this.size / count; rest % 2 === 1; rest = (rest - 1) / 2) peak = nodeHash(this.#peaks.pop()!, peak);
    this.#peaks.push(peak);
    this.size += count;
  }

  get root(): Buffer {
    if (this.#peaks.length === 0) return EMPTY_ROOT;
    return this.#peaks.reduceRight((right, left) => nodeHash(left, right));
  }
}

/** RFC 9162 §2.1.4.1: shows that the first `from` leaves are the beginning of the first `size`. */
export function consistencyProof(from: number, size: number, subtree: Subtree): Buffer[] {
  if (from === 0 || from === size) return [];
  const walk = (start: number, end: number, isWhole: boolean): Buffer[] => {
    if (from === end) return isWhole ? [] : [subtree(start, end)];
    const middle = start + splitOf(end - start);
    return from <= middle
      ? [...walk(start, middle, isWhole), subtree(middle, end)]
      : [...walk(middle, end, false), subtree(start, middle)];
  };
  return walk(0, size, true);
}

/** What one side claims of a log. */
export interface TreeHead {
  readonly size: number;
  readonly root: Buffer;
}

/** RFC 9162 §2.1.4.2: whether the proof shows that `old` is the beginning of `fresh`. */
export function isConsistent(old: TreeHead, fresh: TreeHead, proof: readonly Buffer[]): boolean {
  if (old.size > fresh.size) return false;
  if (old.size === fresh.size) return proof.length === 0 && old.root.equals(fresh.root);
  if (old.size === 0) return proof.length === 0;
  const path = [...proof];
  // A whole subtree is its own first hash.
  if (Number.isInteger(Math.log2(old.size))) path.unshift(old.root);
  const first = path.shift();
  if (!first) return false;
  let [fn, sn] = [old.size - 1, fresh.size - 1];
  while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  let [fr, sr] = [first, first];
  for (const node of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      [fr, sr] = [nodeHash(node, fr), nodeHash(node, sr)];
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else sr = nodeHash(sr, node);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && fr.equals(old.root) && sr.equals(fresh.root);
}

/**
 * The hashes that, with the leaves at `positions`, give the root of the first `size`: of every largest subtree without
 * such a leaf its root, from left to right. docs/compliance/bundle.md
 */
export async function* proofOf(
  positions: AsyncIterable<number> | Iterable<number>,
  size: number,
  subtree: Subtree,
): AsyncGenerator<Buffer> {
  let done = 0;
  for await (const position of positions) {
    yield* between(done, position, size, subtree);
    done = position + 1;
  }
  yield* between(done, size, size, subtree);
}

/** The largest subtrees of a tree of `size` that cover `start` up to `end`: one after the other. */
function* between(start: number, end: number, size: number, subtree: Subtree): Generator<Buffer> {
  for (const [from, to] of coverOf(start, end, size)) yield subtree(from, to);
}

/** As a tree of `size` leaves is divided (RFC 9162 §2.1.1): the fewest subtrees that cover exactly this stretch. */
export function coverOf(start: number, end: number, size: number): [start: number, end: number][] {
  const covers: [number, number][] = [];
  const walk = (from: number, to: number): void => {
    if (to <= start || from >= end) return;
    if (from >= start && to <= end) return void covers.push([from, to]);
    const middle = from + splitOf(to - from);
    walk(from, middle);
    walk(middle, to);
  };
  if (start < end) walk(0, size);
  return covers;
}

/** A tree of which some leaves are known, and the hashes beside them: gives its root. The other side of `proofOf`. */
export class PartialTree {
  readonly #peaks: { readonly count: number; readonly root: Buffer }[] = [];
  #done = 0;
  #isShort = false;

  constructor(
    private readonly size: number,
    private readonly proof: Iterator<Buffer>,
  ) {}

  /** Leaves come in ascending order; false for one that does not, or lies outside. */
  add(position: number, leaf: Buffer): boolean {
    if (position < this.#done || position >= this.size) return false;
    this.#fill(position);
    this.#push(1, leaf);
    this.#done = position + 1;
    return true;
  }

  /** The root; undefined when there were too few hashes or too many. */
  end(): Buffer | undefined {
    this.#fill(this.size);
    const isLeft = this.proof.next().done !== true;
    if (this.#isShort || isLeft || this.size === 0) return undefined;
    return this.#peaks.map(({ root }) => root).reduceRight((right, left) => nodeHash(left, right));
  }

  /** From where it is to `end`: the largest subtrees there are, as `coverOf` has them. */
  #fill(end: number): void {
    for (let at = this.#done; at < end;) {
      const count = largestAt(at, end, this.size);
      const { value } = this.proof.next() as { value?: Buffer };
      if (!value) this.#isShort = true;
      this.#push(count, value ?? EMPTY_ROOT);
      at += count;
    }
    this.#done = end;
  }

  #push(count: number, root: Buffer): void {
    let peak = { count, root };
    // Only complete subtrees have a sibling of their own size.
    for (let last = this.#peaks.at(-1); last?.count === peak.count; last = this.#peaks.at(-1)) {
      this.#peaks.pop();
      peak = { count: last.count * 2, root: nodeHash(last.root, peak.root) };
    }
    this.#peaks.push(peak);
  }
}

/** Leaves of the largest subtree that begins at `start` and ends by `end`. */
function largestAt(start: number, end: number, size: number): number {
  let aligned = 1;
  while (start % (aligned * 2) === 0 && aligned < size) aligned *= 2;
  // At the right edge of the tree there are subtrees of any size.
  if (end === size && size - start <= aligned) return size - start;
  while (aligned > end - start) aligned /= 2;
  return aligned;
}
