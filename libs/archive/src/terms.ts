import { foldText } from './fold.js';
import { isOfWord, isUnspaced, longGramsOf, shortGrams, trigramsOf } from './grams.js';

/** How one term of a search is looked for: `grams` are in the index if it is there; `finds` is exact. */
export interface Term {
  /** Each is there wherever the term is; empty for what no gram stands for. */
  readonly grams: readonly number[];
  /** The same of five characters, as bits of a block's signature. */
  readonly longGrams: readonly number[];
  /** Folded text that must be there, within words or across them. */
  readonly contains: string;
  /** Only at the start of a word: one or two letters alone are in everything. */
  readonly atWordStart: boolean;
  /** Only at the end of a word: of what stood in quotation marks. */
  readonly atWordEnd: boolean;
}

/** What stood in quotation marks of any language, or one word. */
const TERMS = /["“”„‟«»「『](?<phrase>[^"“”„‟«»」』]*)["“”„‟«»」』]|(?<word>[^\s"“”„‟«»「『]+)/gu;
// oxlint-disable-next-line no-control-regex -- no text holds them; the index has its own use of them
const CONTROLS = /[\0-\x08\x0b\x0c\x0e-\x1f]/g;

/**
 * The terms of what somebody typed; all must be found. Words may be parts of words; what stands in quotation marks is found
 * as it stands, in whole words. A quotation mark without its other is none.
 */
export function termsOf(text: string): Term[] {
  const found = [...text.replaceAll(CONTROLS, '').matchAll(TERMS)];
  return found
    .map(({ groups }) => (groups!['phrase'] === undefined ? termOf(groups!['word']!) : phraseOf(groups!['phrase'])))
    .filter((term) => term.contains !== '');
}

/** Whether folded text has the term. */
export function finds(term: Term, folded: string): boolean {
  return placeOf(term, folded, 0) >= 0;
}

/** Where folded text has the term next, from `from` on; −1: nowhere. */
export function placeOf({ contains, atWordStart, atWordEnd }: Term, folded: string, from: number): number {
  for (let at = folded.indexOf(contains, from); at >= 0; at = folded.indexOf(contains, at + 1)) {
    const end = at + contains.length;
    if (atWordStart && at > 0 && isOfWord(folded, at - 1) && isOfWord(folded, at)) continue;
    if (atWordEnd && end < folded.length && isOfWord(folded, end) && isOfWord(folded, end - 1)) continue;
    return at;
  }
  return -1;
}

function termOf(word: string): Term {
  const contains = foldText(word).trim();
  const anywhere = { contains, atWordStart: false, atWordEnd: false };
  if (contains.length > 2) return { ...anywhere, ...gramsOf(contains.split(' ').filter((part) => part.length > 2)) };
  const found = gramsOf([contains]);
  return { ...anywhere, ...found, atWordStart: found.grams.length > 0 && !isUnspaced(contains) };
}

function phraseOf(phrase: string): Term {
  const contains = foldText(phrase).trim();
  return { contains, ...gramsOf(contains.split(' ')), atWordStart: true, atWordEnd: true };
}

/** Of whole words. A single character may come apart into two words when it is folded. */
function gramsOf(words: readonly string[]): Pick<Term, 'grams' | 'longGrams'> {
  const grams = words.flatMap((word) => (word.length > 2 ? trigramsOf(word) : shortGrams(word)));
  return { grams: [...new Set(grams)], longGrams: words.flatMap(longGramsOf) };
}
