import { foldText } from './fold.js';
import { placeOf, type Term } from './terms.js';

/** From one character of a text up to another, in UTF-16 code units, the end excluded. */
export type Range = readonly [start: number, end: number];

/** What is folded together: white space, a syllable of Hangul that was written in parts, a character with its marks. */
const PIECES = /\s+|[\u1100-\u115f][\u1160-\u11a7]*[\u11a8-\u11ff]*|\P{M}[\p{M}\uff9e\uff9f]*|\p{M}+/gu;
/** Of a longer text the rest is not marked. */
const LONGEST = 32_768;
const MOST_RANGES = 100;

/** Where the terms stand in a text as it was sent: in order, none in another. */
export function rangesOf(text: string, terms: readonly Term[]): readonly Range[] {
  if (terms.length === 0) return [];
  const { folded, pieces } = foldedWithPlaces(text.slice(0, LONGEST));
  const found = terms.flatMap((term) => placesOf(term, folded));
  const inText = found.map(([start, end]): Range => [pieces[start]![0], pieces[end - 1]![1]]);
  return merged(inText.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])).slice(0, MOST_RANGES);
}

function placesOf(term: Term, folded: string): Range[] {
  const found: Range[] = [];
  for (let at = placeOf(term, folded, 0); at >= 0 && found.length < MOST_RANGES;) {
    const end = at + term.contains.length;
    found.push([at, end]);
    at = placeOf(term, folded, end);
  }
  return found;
}

/** Of each folded character the piece of text it comes from. */
function foldedWithPlaces(text: string): { folded: string; pieces: readonly Range[] } {
  let folded = '';
  const pieces: Range[] = [];
  for (const { 0: piece, index } of text.matchAll(PIECES)) {
    const part = foldText(piece);
    folded += part;
    for (let i = 0; i < part.length; i++) pieces.push([index, index + piece.length]);
  }
  return { folded, pieces };
}

function merged(ranges: readonly Range[]): Range[] {
  const whole: [number, number][] = [];
  for (const [start, end] of ranges) {
    const last = whole.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else whole.push([start, end]);
  }
  return whole;
}
