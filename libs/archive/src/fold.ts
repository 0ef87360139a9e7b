import { plainLetters } from '@interoffice/storage';

const ACCENTS = /[\u0300-\u036f]/g;
/** Vowel points and accents of Hebrew, vowel signs of Arabic and its stretching line: written or left out at will. */
const POINTS = /[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670]/g;
/** Soft hyphens, zero width and direction: not seen, so no way to hide a word. */
const UNSEEN = /\p{Cf}/gu;
/** More than one space, or another white space than it. */
const SPACES = /[^\S ]\s*| \s+/g;
// oxlint-disable-next-line no-control-regex -- the whole of ASCII is meant
const ASCII = /^[\0-\x7f]*$/;

/** Text as names are compared: without case, without accents, compatibility forms as the plain ones, ß as ss. */
export function fold(text: string): string {
  // Most text, and nothing of the below changes it.
  if (ASCII.test(text)) return text.toLowerCase();
  return text.normalize('NFKD').replace(ACCENTS, '').toLowerCase().replaceAll('ß', 'ss').normalize('NFC');
}

/**
 * Text as search compares it: as `fold`, and what languages hold apart that people type alike is one letter: ı and i, ł and
 * l, ς and σ. One folding for every language: what is found must not depend on the language somebody wrote in (decision 0063).
 */
export function foldText(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase().replace(SPACES, ' ');
  const seen = text.normalize('NFKD').replace(ACCENTS, '').replace(POINTS, '').replace(UNSEEN, '');
  return plainLetters(seen.toLowerCase()).replaceAll('ς', 'σ').normalize('NFC').replace(SPACES, ' ');
}
