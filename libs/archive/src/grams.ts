/** What a character is to search. */
const SPACE = 0;
const SIGN = 1;
const LETTER = 2;
/** Of a script written without spaces, or half of a character beyond 16 bits (an emoji): worth finding by itself. */
const DENSE = 3;
const DENSE_FROM = 0x2e80;

/** Firsts of grams that are shorter than three characters; text holds no such control characters. */
const WORD_START = 1;
const SINGLE = 2;
const PAIR = 3;

let kinds: Uint8Array | undefined;

/** Five successive characters are told apart as one of so many: the bits of a block's signature (decision 0063). */
export const LONG_GRAMS = 65_536;

/** Where grams are put. */
interface Grams {
  add(gram: number): unknown;
  /** Below `LONG_GRAMS`. */
  addLong(gram: number): unknown;
}

/**
 * Adds the grams of folded text, as 32-bit numbers: every three successive characters, the first one and two of each word,
 * and of scripts without spaces every character and pair; and the long ones, of five. None spans white space.
 */
export function addGrams(folded: string, to: Grams): void {
  kinds ??= kindsOfCharacters();
  let before = 0;
  let last = 0;
  let beforeKind = SPACE;
  let lastKind = SPACE;
  let open = 0;
  let openBefore = 0;
  for (let i = 0; i < folded.length; i++) {
    const character = folded.charCodeAt(i);
    const kind = kinds[character]!;
    if (kind === LETTER) {
      if (lastKind !== LETTER) to.add(gram(WORD_START, 0, character));
      else if (beforeKind !== LETTER) to.add(gram(WORD_START, last, character));
    } else if (kind === DENSE) to.add(gram(SINGLE, 0, character));
    if ((kind === DENSE && lastKind !== SPACE) || (lastKind === DENSE && kind !== SPACE)) {
      to.add(gram(PAIR, last, character));
    }
    const whole = kind !== SPACE && lastKind !== SPACE && beforeKind !== SPACE ? gram(before, last, character) : 0;
    if (whole !== 0) {
      to.add(whole);
      if (openBefore !== 0) to.addLong(longGram(openBefore, last, character));
    }
    openBefore = open;
    open = whole;
    before = last;
    beforeKind = lastKind;
    last = character;
    lastKind = kind;
  }
}

/** Grams of one or two characters: those of a word that begins so; none where signs are among them. */
export function shortGrams(term: string): readonly number[] {
  const before = term.length === 2 ? term.charCodeAt(0) : 0;
  const last = term.charCodeAt(term.length - 1);
  if (isUnspaced(term)) return [gram(before === 0 ? SINGLE : PAIR, before, last)];
  if (term === '' || kindOf(last) === SIGN || (before !== 0 && kindOf(before) === SIGN)) return [];
  return [gram(WORD_START, before, last)];
}

/** Whether a character is of a script written without spaces, or half of one beyond 16 bits. */
export function isUnspaced(term: string): boolean {
  for (let i = 0; i < term.length; i++) if (kindOf(term.charCodeAt(i)) === DENSE) return true;
  return false;
}

/** A letter or digit of a script that has words. */
export function isOfWord(folded: string, at: number): boolean {
  return kindOf(folded.charCodeAt(at)) === LETTER;
}

/** Every three successive characters, once. */
export function trigramsOf(term: string): readonly number[] {
  const grams = new Set<number>();
  for (let i = 2; i < term.length; i++) grams.add(trigram(term, i));
  return [...grams];
}

/** Every five, once. */
export function longGramsOf(term: string): readonly number[] {
  const grams = new Set<number>();
  for (let i = 4; i < term.length; i++) {
    grams.add(longGram(trigram(term, i - 2), term.charCodeAt(i - 1), term.charCodeAt(i)));
  }
  return [...grams];
}

function trigram(text: string, at: number): number {
  return gram(text.charCodeAt(at - 2), text.charCodeAt(at - 1), text.charCodeAt(at));
}

/** Of three characters as their gram, and two more. */
function longGram(three: number, fourth: number, fifth: number): number {
  const four = Math.imul(three ^ Math.imul(fourth, 0x9e37_79b1), 0x85eb_ca6b);
  return Math.imul(four ^ (four >>> 15) ^ Math.imul(fifth, 0xc2b2_ae35), 0x9e37_79b1) >>> 16;
}

/** Never 0. Two grams may have one number: what the index proposes is always compared with the text. */
function gram(a: number, b: number, c: number): number {
  return Math.imul(Math.imul(a, 0x9e37_79b1) ^ b, 0x85eb_ca6b) ^ Math.imul(c, 0xc2b2_ae35) || 1;
}

function kindOf(character: number): number {
  kinds ??= kindsOfCharacters();
  return kinds[character]!;
}

/** A table, since asking a regular expression for each character of each message would be most of the work. */
function kindsOfCharacters(): Uint8Array {
  return Uint8Array.from({ length: 0x1_0000 }, (_, code) => {
    const character = String.fromCharCode(code);
    if (/\s/u.test(character)) return SPACE;
    if (code >= DENSE_FROM) return DENSE;
    return /[\p{L}\p{N}]/u.test(character) ? LETTER : SIGN;
  });
}
