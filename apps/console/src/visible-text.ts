/**
 * Characters that reorder, hide or fake text: bidirectional controls, zero width, controls, tags, variation selectors.
 * Line feeds and tabs stay.
 */
const DECEPTIVE = /[\p{Cc}\p{Cf}\u{115f}\u{1160}\u{3164}\u{ffa0}\u{2028}\u{2029}]/gu;
/** More marks than this on one letter are a scribble over the lines above and below. */
const MARKS = /(\p{M}{4})\p{M}+/gu;

/** The text with everything that would deceive the eye written out, `⟨U+202E⟩`, so that it reads as it was sent. */
export function visibleText(text: string): string {
  return text.replaceAll(MARKS, '$1…').replaceAll(DECEPTIVE, (character) => {
    if (character === '\n' || character === '\t') return character;
    const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    return `⟨U+${code}⟩`;
  });
}

/** One run of text, found or not. */
export interface Run {
  readonly text: string;
  readonly found: boolean;
}

/** The text in runs, the parts that contain a searched word marked; case does not matter. */
export function foundRuns(text: string, searched: string | undefined): readonly Run[] {
  const words = (searched ?? '').split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return [{ text, found: false }];
  const pattern = new RegExp(`(${words.map((word) => escaped(word)).join('|')})`, 'giu');
  return text
    .split(pattern)
    .map((part, index) => ({ text: part, found: index % 2 === 1 }))
    .filter((run) => run.text !== '');
}

function escaped(word: string): string {
  return word.replaceAll(/[$()*+./?[\\\]^{|}]/g, String.raw`\$&`);
}
