import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CompactRange,
  consistencyProof,
  coverOf,
  EMPTY_ROOT,
  isConsistent,
  leafHash,
  nodeHash,
  PartialTree,
  proofOf,
  splitOf,
} from './merkle.js';

/** RFC 9162 §2.1.1, word by word. */
function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leaves[0]!;
  const split = splitOf(leaves.length);
  return nodeHash(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

const leavesOf = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, i) => leafHash(Buffer.from([i >> 8, i])));
const hex = (bytes: Buffer): string => bytes.toString('hex');

describe('the Merkle tree', () => {
  it('has the roots of the test vectors of RFC 6962', () => {
    const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
    const range = new CompactRange();
    const roots = inputs.map((input) => {
      range.add(leafHash(Buffer.from(input, 'hex')));
      return hex(range.root);
    });
    expect(hex(EMPTY_ROOT)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(roots[0]).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
    expect(roots[1]).toBe('fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125');
    expect(roots[6]).toBe('ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c');
    expect(roots[7]).toBe('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328');
  });

  it('grows leaf by leaf to the same root as over all leaves at once', () => {
    const range = new CompactRange();
    const leaves = leavesOf(600);
    for (const [i, leaf] of leaves.entries()) {
      range.add(leaf);
      if (i % 37 === 0 || i > 590) expect(hex(range.root)).toBe(hex(rootOf(leaves.slice(0, i + 1))));
    }
  });

  it('shows that an old tree is the beginning of a new one, and of no other', () => {
    const leaves = leavesOf(300);
    const subtree = (start: number, end: number): Buffer => rootOf(leaves.slice(start, end));
    const sizes = fc.tuple(fc.integer({ min: 1, max: 299 }), fc.integer({ min: 1, max: 300 }));
    fc.assert(
      fc.property(sizes, ([a, b]) => {
        const [from, size] = a <= b ? [a, b] : [b, a];
        const old = { size: from, root: subtree(0, from) };
        const fresh = { size, root: subtree(0, size) };
        const proof = consistencyProof(from, size, subtree);
        expect(isConsistent(old, fresh, proof)).toBe(true);
        if (from === size) return;
        const other = { size: from, root: leafHash(old.root) };
        expect(isConsistent(other, fresh, proof)).toBe(false);
        expect(isConsistent(old, { size, root: other.root }, proof)).toBe(false);
        expect(isConsistent(old, fresh, proof.slice(1))).toBe(false);
        expect(isConsistent(old, fresh, [...proof, fresh.root])).toBe(false);
      }),
    );
  });

  it('is divided so that chosen leaves and the hashes beside them give the root', async () => {
    const leaves = leavesOf(200);
    const subtree = (start: number, end: number): Buffer => rootOf(leaves.slice(start, end));
    const chosen = fc.tuple(fc.integer({ min: 1, max: 200 }), fc.uniqueArray(fc.integer({ min: 0, max: 199 })));
    await fc.assert(
      fc.asyncProperty(chosen, async ([size, some]) => {
        const positions = some.filter((one) => one < size).sort((a, b) => a - b);
        const proof: Buffer[] = [];
        for await (const node of proofOf(positions, size, subtree)) proof.push(node);
        const tree = new PartialTree(size, proof.slice().values());
        for (const position of positions) expect(tree.add(position, leaves[position]!)).toBe(true);
        expect(hex(tree.end()!)).toBe(hex(subtree(0, size)));
        const walk = (start: number, end: number): Buffer => {
          if (!positions.some((one) => one >= start && one < end)) return proof.shift()!;
          if (end - start === 1) return leaves[start]!;
          const middle = start + splitOf(end - start);
          const left = walk(start, middle);
          return nodeHash(left, walk(middle, end));
        };
        expect(hex(walk(0, size))).toBe(hex(subtree(0, size)));
        expect(proof).toEqual([]);
      }),
    );
  });

  it('takes no leaf out of order or from outside, and neither too few nor too many hashes', () => {
    const [a, b] = leavesOf(2) as [Buffer, Buffer];
    const root = nodeHash(a, b);
    const tree = (...proof: Buffer[]): PartialTree => new PartialTree(2, proof.values());
    const good = tree(b);
    expect([good.add(0, a), good.add(0, a), good.add(2, a)]).toEqual([true, false, false]);
    expect(good.end()).toEqual(root);
    expect(tree(root).end()).toEqual(root);
    const short = tree();
    short.add(0, a);
    const long = tree(b, b);
    long.add(0, a);
    expect([short.end(), long.end()]).toEqual([undefined, undefined]);
  });

  it('covers a stretch with the fewest subtrees', () => {
    expect(coverOf(0, 8, 8)).toEqual([[0, 8]]);
    expect(coverOf(1, 7, 7)).toEqual([
      [1, 2],
      [2, 4],
      [4, 7],
    ]);
    expect(coverOf(3, 3, 7)).toEqual([]);
  });
});
