import { describe, expect, it } from 'vitest';
import { listParameters } from './list-parameters.js';
import { markedRuns, visibleText } from './visible-text.js';

// W-10
describe('words of others in the console', () => {
  it.each([
    ['invoice\u202Efdp.exe', 'invoice⟨U+202E⟩fdp.exe'],
    ['pay\u200Bpal', 'pay⟨U+200B⟩pal'],
    ['a\u0000b\u001b[31m', 'a⟨U+0000⟩b⟨U+001B⟩[31m'],
    ['two\nlines\tand a tab', 'two\nlines\tand a tab'],
    [`z${'\u0300'.repeat(50)}`, `z${'\u0300'.repeat(4)}…`],
    ['こんにちは Grüße', 'こんにちは Grüße'],
  ])('show what would deceive the eye: %j', (text, shown) => expect(visibleText(text)).toBe(shown));

  it('have the words that were found marked where they stand, and nothing as markup', () => {
    const text = 'The Merger \u200b(a+b) <b>now</b>';
    expect(
      markedRuns(text, [
        [4, 10],
        [12, 17],
      ]),
    ).toEqual([
      { text: 'The ', found: false },
      { text: 'Merger', found: true },
      { text: ' ⟨U+200B⟩', found: false },
      { text: '(a+b)', found: true },
      { text: ' <b>now</b>', found: false },
    ]);
    expect(markedRuns('plain')).toEqual([{ text: 'plain', found: false }]);
  });
});

describe('lists', () => {
  it('are asked for in the one convention of the API', () => {
    const params = {
      pagination: { page: 3, perPage: 25 },
      sort: { field: 'name', order: 'DESC' as const },
      filter: { text: 'b' },
    };
    expect(listParameters(params)).toEqual({ text: 'b', sort: '-name', range: '50-74' });
  });
});
