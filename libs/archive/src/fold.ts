/** Scripts written without spaces: a word is found by its pairs of characters. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー々〆]+/gu;
const NOT_A_WORD = /[^\p{L}\p{N}]+/u;
const ACCENTS = /[\u0300-\u036f]/g;
/** PostgreSQL takes no longer lexemes than 2 kB; nobody searches for a word that long. */
const LONGEST_WORD = 200;

/** Text as search compares it: without case, without accents, compatibility forms as the plain ones, ß as ss. */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(ACCENTS, '').toLowerCase().replaceAll('ß', 'ss').normalize('NFC');
}

/** The words of folded text, each once: words proper, and single characters and pairs of scripts without spaces. */
export function wordsOf(folded: string): Set<string> {
  const words = new Set<string>();
  for (const [run] of folded.matchAll(UNSPACED)) for (const word of pairsOf(run, true)) words.add(word);
  for (const word of folded.replace(UNSPACED, ' ').split(NOT_A_WORD)) {
    if (word !== '') words.add(word.slice(0, LONGEST_WORD));
  }
  return words;
}

/** How one term of a search is looked for. Each part narrows; together with `contains` they are exact. */
export interface TermPlan {
  /** Words that must be there. */
  readonly words: readonly string[];
  /** The start of a word that must be there. */
  readonly prefix: string | undefined;
  /** Text that must be there, within words or across them. */
  readonly contains: string;
}

/** Splits what somebody typed at white space; all terms must be found. */
export function plansOf(text: string): TermPlan[] {
  const terms = fold(text)
    .split(/\s+/u)
    .filter((term) => term !== '');
  return terms.map((contains) => {
    const words = [...contains.matchAll(UNSPACED)].flatMap(([run]) => pairsOf(run, false));
    // Trigrams find nothing shorter than three characters.
    const short = words.length === 0 && Array.from(contains).length < 3 && !NOT_A_WORD.test(contains);
    return { words, prefix: short ? contains : undefined, contains };
  });
}

function pairsOf(run: string, withSingles: boolean): string[] {
  const characters = Array.from(run);
  const pairs = characters.slice(1).map((character, i) => `${characters[i]}${character}`);
  return withSingles || pairs.length === 0 ? [...characters, ...pairs] : pairs;
}
