import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linesOf, placedLines } from './lines.js';
import { SortedLines } from './sorted-lines.js';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(tmpdir(), 'interoffice-lines-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const line = fc.string({ unit: fc.constantFrom('a', 'b', 'ä', '語', '🌹', '\t', ' '), maxLength: 6 });

describe('lines that do not fit into memory', () => {
  it('come in their order, each once, however many files they take', () => {
    const run = fc.property(fc.array(line, { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (lines, perRun) => {
      const sorted = new SortedLines(folder, 'some', perRun);
      for (const one of lines) sorted.add(one);
      expect([...sorted.merged()]).toEqual([...new Set(lines)].sort());
      sorted.remove();
      expect(readdirSync(folder)).toEqual([]);
    });
    fc.assert(run, { numRuns: 100 });
  });

  it('are read with their places, also those longer than what is read at once', () => {
    const lines = ['short', '', '語'.repeat(50_000), 'ä', 'x'.repeat(200_000)];
    const file = path.join(folder, 'file');
    writeFileSync(file, `${lines.join('\n')}\n`);
    const placed = [...placedLines(file)];
    expect(placed.map(({ text }) => text)).toEqual(lines);
    for (const { text, offset, length } of placed) {
      expect(length).toBe(Buffer.byteLength(text));
      expect([...linesOf(file, offset)][0]).toBe(text);
    }
    rmSync(file);
  });
});
