import { describe, expect, it } from 'vitest';
import { fold } from './fold.js';
import { addGrams, finds, termsOf } from './grams.js';

function isFound(text: string, search: string): boolean {
  const folded = fold(text);
  const grams = new Set<number>();
  addGrams(folded, grams);
  return termsOf(search).every((term) => term.grams.every((gram) => grams.has(gram)) && finds(term, folded));
}

describe('text search', () => {
  it('compares without case, accents and forms', () => {
    expect(fold('Ärger ﬁnden STRAẞE Ｆｕｌｌ é')).toBe('arger finden strasse full e');
    expect(fold('PLAIN text')).toBe('plain text');
    expect(fold('が')).toBe('が');
  });

  it('finds parts of words, across signs but not across spaces', () => {
    for (const search of ['quart', 'uarter', '1,234.56', 'b-7', 'folder', 'folder quart']) {
      expect([search, isFound('Quarterly: folder B-7 over 1,234.56', search)]).toEqual([search, true]);
    }
    expect(isFound('the rapist', 'therapist')).toBe(false);
    expect(isFound('quarter', 'quartz')).toBe(false);
  });

  it('finds one and two letters at the start of a word only', () => {
    expect(isFound('It is (ok)', 'ok')).toBe(true);
    expect(isFound('It is (ok)', 'o')).toBe(true);
    expect(isFound('book', 'ok')).toBe(false);
    expect(isFound('book oker', 'ok')).toBe(true);
    expect(isFound('a1', '1')).toBe(false);
  });

  it('finds every character of scripts without spaces, every sign and every emoji', () => {
    for (const search of ['会', '会議', '議は東', 'r会', '😀', '%', ':)']) {
      expect([search, isFound('R会議は東京で😀 100% :)', search)]).toEqual([search, true]);
    }
    expect(isFound('会議は東京で', '会東')).toBe(false);
  });

  it('finds everything when nothing is looked for', () => {
    expect(termsOf(' \n ')).toEqual([]);
  });
});
