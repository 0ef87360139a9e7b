import { describe, expect, it } from 'vitest';
import { foldText } from './fold.js';
import { addGrams } from './grams.js';
import { finds, type Term, termsOf } from './terms.js';

function isFound(text: string, search: string): boolean {
  const folded = foldText(text);
  const [grams, long] = [new Set<number>(), new Set<number>()];
  addGrams(folded, { add: (gram) => grams.add(gram), addLong: (gram) => long.add(gram) });
  const isProposed = (term: Term): boolean =>
    term.grams.every((gram) => grams.has(gram)) && term.longGrams.every((gram) => long.has(gram));
  return termsOf(search).every((term) => isProposed(term) && finds(term, folded));
}

describe('text search', () => {
  it('compares without case, accents and forms', () => {
    expect(foldText('Ärger ﬁnden STRAẞE Ｆｕｌｌ é')).toBe('arger finden strasse full e');
    expect(foldText('PLAIN text')).toBe('plain text');
    expect(foldText('が')).toBe('が');
  });

  it('makes one letter of what people type alike, in every language, and none of what is not seen', () => {
    for (const [text, folded] of [
      ['IŞIKLI ışıklı İstanbul', 'isikli isikli istanbul'],
      ['Ёлка, Łódź, Ørsted', 'елка, lodz, orsted'],
      ['ΣΟΦΟΣ σοφός', 'σοφοσ σοφοσ'],
      ['in\u200bvoice con\u00adtract \u202ereversed', 'invoice contract reversed'],
      ['שָׁלוֹם مُحَمَّد', 'שלום محمد'],
      ['two\n  lines\tand \u3000 more', 'two lines and more'],
    ] as const) {
      expect(foldText(text)).toBe(folded);
    }
  });

  it('finds phrases as they stand, in whole words, across lines, beside words', () => {
    const text = 'The quarterly\nreport of Müller & Sons is due; 来週の監査 by AI.';
    for (const search of [
      '"quarterly report"',
      '"report of" quart',
      '“muller & sons”',
      '„is due“',
      '「週の監」',
      '"監査 by"',
      '"AI"',
    ]) {
      expect([search, isFound(text, search)]).toEqual([search, true]);
    }
    for (const search of [
      '"quarterly rep"',
      '"uarterly report"',
      '"report quarterly"',
      '"report of" missing',
      '"the report"',
    ]) {
      expect([search, isFound(text, search)]).toEqual([search, false]);
    }
    expect(termsOf('"open ended')).toEqual(termsOf('open ended'));
    expect(termsOf('"" \u0002\u000e')).toEqual([]);
  });

  it('finds Latin letters among characters without spaces', () => {
    for (const search of ['AI', '"AI"', 'のai', 'ai会'])
      expect([search, isFound('明日のAI会議', search)]).toEqual([search, true]);
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
