import { describe, expect, it } from 'vitest';
import { rangesOf } from './highlight.js';
import { termsOf } from './terms.js';

/** The text with what is marked in brackets. */
function marked(text: string, search: string): string {
  let out = '';
  let at = 0;
  for (const [start, end] of rangesOf(text, termsOf(search))) {
    out += `${text.slice(at, start)}[${text.slice(start, end)}]`;
    at = end;
  }
  return out + text.slice(at);
}

describe('what is marked of a hit', () => {
  it.each([
    ['The quarterly report', 'report', 'The quarterly [report]'],
    ['The quarterly report', 'QUART port', 'The [quart]erly re[port]'],
    ['Weißdornstraße', 'strasse', 'Weißdorn[straße]'],
    // One character that is two when folded is marked whole.
    ['Weißbier', 'weis', '[Weiß]bier'],
    ['ﬁnally ½ of it', 'fin', '[ﬁn]ally ½ of it'],
    ['Mu\u0308ller re\u0301sume\u0301', 'müll resume', '[Mu\u0308ll]er [re\u0301sume\u0301]'],
    ['in\u200bvoice', 'invoice', '[in\u200bvoice]'],
    ['two\n  lines here', '"two lines"', '[two\n  lines] here'],
    ['来週の監査は', '監査', '来週の[監査]は'],
    ['\u1112\u116c\u110b\u1174 now', '회의', '[\u1112\u116c\u110b\u1174] now'],
    ['ｶﾞｲﾄﾞ here', 'ガイド', '[ｶﾞｲﾄﾞ] here'],
    ['IŞIKLI', 'ışık', '[IŞIK]LI'],
    ['abcabc bc', 'abca bca', '[abca]bc bc'.replace('[abca]bc', '[abca]bc')],
    ['ok book ok', 'ok', '[ok] book [ok]'],
    ['nothing', 'else', 'nothing'],
    ['😀 and 😀', '😀', '[😀] and [😀]'],
  ])('%s by %s', (text, search, expected) => {
    expect(marked(text, search)).toBe(expected);
  });

  it('is bounded', () => {
    expect(rangesOf('a '.repeat(100_000), termsOf('a'))).toHaveLength(100);
    expect(rangesOf('text', [])).toEqual([]);
  });
});
