/** What text is drawn with: the width of a piece, and in which font. */
export interface Measure {
  /** Which of the fonts has it. */
  fontOf(character: string): number;
  widthOf(text: string, font: number): number;
  /** It turns what is read from the right round by itself. */
  isShaping(font: number): boolean;
}

/** A piece of a line in one font. */
export interface Piece {
  readonly text: string;
  readonly font: number;
  /** From the beginning of the line. */
  readonly x: number;
}

type Direction = 'left' | 'right' | 'either';

interface Word {
  readonly pieces: readonly { readonly text: string; readonly font: number; readonly width: number }[];
  readonly width: number;
  readonly direction: Direction;
  /** A blank comes before it, unless it begins a line. */
  readonly isApart: boolean;
}

/** Between these a line may end without a blank: scripts written without. */
const DENSE = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\u{20000}-\u{3ffff}]/u;
const RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;
const LEFT = /[\p{L}\p{N}]/u;
/** No word is longer: what has no blanks for so long is cut. */
const MOST_CHARACTERS = 40;

/**
 * Text in lines of at most so much width. Words stand in the order in which they are read: those of scripts from right to
 * left, and a line that begins with one, from the right (word by word, in the spirit of UAX #9).
 */
export function linesOfText(text: string, measure: Measure, width: number): readonly (readonly Piece[])[] {
  return text.split('\n').flatMap((paragraph) => {
    const words = wordsOf(paragraph, measure);
    const isRight = words.find(({ direction }) => direction !== 'either')?.direction === 'right';
    return broken(words, measure, width).map((line) => placed(line, measure, { width, isRight }));
  });
}

function wordsOf(paragraph: string, measure: Measure): Word[] {
  const words: Word[] = [];
  for (const between of paragraph.split(/[ \t]+/)) {
    let isApart = words.length > 0;
    for (const part of partsOf(between)) {
      words.push(wordOf(part, isApart, measure));
      isApart = false;
    }
  }
  return words;
}

/** Where a line may end within what no blank divides. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (const character of text) {
    if (DENSE.test(character) || part.length >= MOST_CHARACTERS) {
      if (part !== '') parts.push(part);
      part = '';
    }
    part += character;
  }
  return part === '' && parts.length > 0 ? parts : [...parts, part];
}

function wordOf(text: string, isApart: boolean, measure: Measure): Word {
  const pieces: { text: string; font: number; width: number }[] = [];
  let piece = '';
  let font = 0;
  const end = (): void => {
    const isTurned = RIGHT.test(piece) && !measure.isShaping(font);
    const shown = isTurned ? [...segments(piece)].toReversed().join('') : piece;
    if (piece !== '') pieces.push({ text: shown, font, width: measure.widthOf(piece, font) });
    piece = '';
  };
  for (const character of text) {
    const wanted = measure.fontOf(character);
    if (wanted !== font) end();
    font = wanted;
    piece += character;
  }
  end();
  const direction = RIGHT.test(text) ? 'right' : LEFT.test(text) ? 'left' : 'either';
  if (direction === 'right') pieces.reverse();
  return { pieces, width: pieces.reduce((sum, one) => sum + one.width, 0), direction, isApart };
}

/** Characters with the marks that stand on them. */
function* segments(text: string): Generator<string> {
  for (const { segment } of SEGMENTS.segment(text)) yield segment;
}
const SEGMENTS = new Intl.Segmenter('und', { granularity: 'grapheme' });

function broken(words: readonly Word[], measure: Measure, width: number): Word[][] {
  const blank = measure.widthOf(' ', 0);
  const lines: Word[][] = [[]];
  let used = 0;
  for (const word of words) {
    const before = word.isApart && used > 0 ? blank : 0;
    if (used > 0 && used + before + word.width > width) {
      lines.push([word]);
      used = word.width;
      continue;
    }
    lines.at(-1)!.push(word);
    used += before + word.width;
  }
  return lines;
}

function placed(
  line: readonly Word[],
  measure: Measure,
  { width, isRight }: { width: number; isRight: boolean },
): Piece[] {
  const blank = measure.widthOf(' ', 0);
  const pieces: Piece[] = [];
  let x = 0;
  let before: Word | undefined;
  for (const word of inOrder(line, isRight)) {
    if (before && isBlankBetween(line, before, word)) x += blank;
    before = word;
    for (const { text, font, width: wide } of word.pieces) {
      pieces.push({ text, font, x });
      x += wide;
    }
  }
  return isRight ? pieces.map((piece) => ({ ...piece, x: piece.x + Math.max(0, width - x) })) : pieces;
}

/** Neighbours in the line as it is seen: the later of them as it is read says so; at a turn of direction there is one. */
function isBlankBetween(line: readonly Word[], left: Word, right: Word): boolean {
  const [a, b] = [line.indexOf(left), line.indexOf(right)];
  return Math.abs(a - b) !== 1 || line[Math.max(a, b)]!.isApart;
}

/** As they stand from left to right. */
function inOrder(line: readonly Word[], isRight: boolean): Word[] {
  const base = isRight ? 'right' : 'left';
  const runs: { direction: Direction; words: Word[] }[] = [];
  for (const word of line) {
    const direction = word.direction === 'either' ? (runs.at(-1)?.direction ?? base) : word.direction;
    if (runs.at(-1)?.direction === direction) runs.at(-1)!.words.push(word);
    else runs.push({ direction, words: [word] });
  }
  const ordered = isRight ? runs.toReversed() : runs;
  return ordered.flatMap(({ direction, words }) => (direction === 'right' ? words.toReversed() : words));
}
