import { describe, expect, it } from 'vitest';
import { linesOfText, type Measure } from './text-lines.js';

/** Every character is as wide as every other; what is not Latin is in another font, which turns nothing round. */
const EVEN: Measure = {
  fontOf: (character) => (character < '\u0250' ? 0 : 1),
  widthOf: (text) => text.length,
  isShaping: () => false,
};

/** Each line as it is seen, from left to right. */
function seen(text: string, width: number): string[] {
  return linesOfText(text, EVEN, width).map((line) => {
    let shown = '';
    for (const piece of line) shown = `${shown.padEnd(piece.x)}${piece.text}`;
    return shown;
  });
}

describe('text in lines', () => {
  it.each([
    ['breaks between words', 'one two three', 8, ['one two', 'three']],
    ['keeps the lines there are', 'one\n\ntwo', 8, ['one', '', 'two']],
    ['breaks anywhere in scripts without blanks', '明日の会議 ok', 4, ['明日の会', '議 ok']],
    ['cuts what has no end', 'x'.repeat(90), 40, ['x'.repeat(40), 'x'.repeat(40), 'x'.repeat(10)]],
    ['begins a line from the right where its words do', 'שלום עולם', 12, ['   םלוע םולש']],
    ['turns words from the right round within others', 'see שלום עולם now', 20, ['see םלוע םולש now']],
    ['keeps words from the left within those from the right', 'שלום the end עולם', 17, ['םלוע the end םולש']],
  ])('%s', (_, text, width, lines) => {
    expect(seen(text, width)).toEqual(lines);
  });

  it('names the font of each piece', () => {
    expect(linesOfText('ab語', EVEN, 9)).toEqual([
      [
        { text: 'ab', font: 0, x: 0 },
        { text: '語', font: 1, x: 2 },
      ],
    ]);
  });
});
