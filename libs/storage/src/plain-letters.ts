/** Letters that are written with a stroke or as one, which Unicode does not take apart. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
};
const UNSPLIT = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');

/** Lower-case text with these letters as people without them on their keyboard type them; what is stored for search is. */
export function plainLetters(text: string): string {
  return text.replace(UNSPLIT, (letter) => LETTERS[letter]!);
}
