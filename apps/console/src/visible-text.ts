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

/** The text in runs, those between the places marked; each in what can be seen of it. */
export function markedRuns(
  text: string,
  places: readonly (readonly [start: number, end: number])[] = [],
): readonly Run[] {
  const runs: Run[] = [];
  let at = 0;
  for (const [start, end] of places) {
    runs.push({ text: text.slice(at, start), found: false }, { text: text.slice(start, end), found: true });
    at = end;
  }
  runs.push({ text: text.slice(at), found: false });
  return runs.filter((run) => run.text !== '').map((run) => ({ ...run, text: visibleText(run.text) }));
}
