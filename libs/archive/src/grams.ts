import { fold } from './fold.js';

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

/** How one term of a search is looked for: `grams` are in the index if it is there; `finds` is exact. */
export interface Term {
  /** Each is there wherever the term is; empty for what no gram stands for. */
  readonly grams: readonly number[];
  /** Text that must be there, within words or across them. */
  readonly contains: string;
  /** Only at the start of a word: one or two letters alone are in everything. */
  readonly atWordStart: boolean;
}

/**
 * Adds the grams of folded text, as 32-bit numbers: every three successive characters, the first one and two of each
 * word, and of scripts without spaces every character and pair. None spans white space: terms have none.
 */
export function addGrams(folded: string, to: { add(gram: number): unknown }): void {
  kinds ??= kindsOfCharacters();
  let before = 0;
  let last = 0;
  let beforeKind = SPACE;
  let lastKind = SPACE;
  for (let i = 0; i < folded.length; i++) {
    const character = folded.charCodeAt(i);
    const kind = kinds[character]!;
    if (kind === LETTER) {
      if (lastKind < LETTER) to.add(gram(WORD_START, 0, character));
      else if (lastKind === LETTER && beforeKind < LETTER) to.add(gram(WORD_START, last, character));
    } else if (kind === DENSE) to.add(gram(SINGLE, 0, character));
    if ((kind === DENSE && lastKind !== SPACE) || (lastKind === DENSE && kind !== SPACE)) {
      to.add(gram(PAIR, last, character));
    }
    if (kind !== SPACE && lastKind !== SPACE && beforeKind !== SPACE) to.add(gram(before, last, character));
    before = last;
    beforeKind = lastKind;
    last = character;
    lastKind = kind;
  }
}

/** The terms of what somebody typed: split at white space; all must be found. */
export function termsOf(text: string): Term[] {
  return fold(text)
    .split(/\s+/u)
    .filter((term) => term !== '')
    .map(termOf);
}

/** Whether folded text has the term. */
export function finds(term: Term, folded: string): boolean {
  for (let at = folded.indexOf(term.contains); at >= 0; at = folded.indexOf(term.contains, at + 1)) {
    if (!term.atWordStart || at === 0 || kindOf(folded.charCodeAt(at - 1)) < LETTER) return true;
  }
  return false;
}

function termOf(contains: string): Term {
  if (contains.length > 2) return { grams: trigramsOf(contains), contains, atWordStart: false };
  const before = contains.length === 2 ? contains.charCodeAt(0) : 0;
  const last = contains.charCodeAt(contains.length - 1);
  const ofKind = contains.length === 2 ? [kindOf(before), kindOf(last)] : [kindOf(last)];
  if (ofKind.includes(DENSE)) {
    return { grams: [gram(before === 0 ? SINGLE : PAIR, before, last)], contains, atWordStart: false };
  }
  if (ofKind.includes(SIGN)) return { grams: [], contains, atWordStart: false };
  return { grams: [gram(WORD_START, before, last)], contains, atWordStart: true };
}

function trigramsOf(term: string): number[] {
  const grams = new Set<number>();
  for (let i = 2; i < term.length; i++) {
    grams.add(gram(term.charCodeAt(i - 2), term.charCodeAt(i - 1), term.charCodeAt(i)));
  }
  return [...grams];
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
