import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldText } from './fold.js';
import { GramSet } from './gram-set.js';
import { addGrams } from './grams.js';
import { finds, termsOf } from './terms.js';

const CHARACTERS = ['a', 'b', 'c', 'é', ' ', 'ß', '1', '.', '-', '\n', '会', '議', 'が', '😀', '\u0301', '\ud800'];
const text = fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 40 });

describe('grams', () => {
  it('of a text include those of every part of it, so that the index never hides what the text has', () => {
    const part = fc.tuple(text, fc.nat(40), fc.integer({ min: 3, max: 12 }));
    const hold = ([whole, start, length]: [string, number, number]): void => {
      const folded = foldText(whole);
      const [grams, long] = [new Set<number>(), new Set<number>()];
      addGrams(folded, { add: (gram) => grams.add(gram), addLong: (gram) => long.add(gram) });
      for (const term of termsOf(folded.slice(start, start + length))) {
        if (!finds(term, folded)) continue;
        for (const gram of term.grams) expect(grams).toContain(gram);
        for (const gram of term.longGrams) expect(long).toContain(gram);
      }
    };
    fc.assert(fc.property(part, hold), { numRuns: 1_000 });
  });

  it('are kept once each, in order, however many there are', () => {
    const members = fc.array(
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).filter((n) => n !== 0),
      {
        maxLength: 20_000,
        size: 'max',
      },
    );
    const hold = (all: number[]): void => {
      const set = new GramSet();
      for (const gram of all) set.add(gram);
      expect([...set.sorted()]).toEqual([...new Set(all)].toSorted((a, b) => a - b));
    };
    fc.assert(fc.property(members, hold), { numRuns: 30 });
  });
});
