/** A text that no XML document can hold (XML 1.0 §2.2): refused before a byte of it leaves. */
export class UnserializableText extends Error {
  readonly code = 'UNSERIALIZABLE_TEXT';

  constructor(what: string) {
    super(`${what} cannot be written as XML`);
    this.name = 'UnserializableText';
  }
}

// With the u flag a pair of surrogates counts as one character, so that only a lone one is in the refused range.
const ILLEGAL = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const IN_TEXT = /[&<>\r]/g;
const IN_ATTRIBUTE = /[&<>"'\t\n\r]/g;
const PLAIN = /^[ !#-%(-;=?-~\n]*$/;

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

const refer = (character: string): string => REFERENCES[character] ?? character;

/** True when every character of the text may stand in an XML 1.0 document. */
export function isLegalText(text: string): boolean {
  return PLAIN.test(text) || !ILLEGAL.test(text);
}

function demandLegal(text: string): void {
  const found = ILLEGAL.exec(text);
  if (!found) return;
  const point = found[0].codePointAt(0) ?? 0;
  throw new UnserializableText(`U+${point.toString(16).toUpperCase().padStart(4, '0')}`);
}

/** The text as element content; parses back to exactly the same text. Throws `UnserializableText`. */
export function escapeText(text: string): string {
  if (PLAIN.test(text)) return text;
  demandLegal(text);
  return text.replace(IN_TEXT, refer);
}

/** The text as the value of an attribute in either kind of quotes, tabs and line ends kept (XML 1.0 §3.3.3). Throws `UnserializableText`. */
export function escapeAttribute(text: string): string {
  if (PLAIN.test(text) && !text.includes('\n')) return text;
  demandLegal(text);
  return text.replace(IN_ATTRIBUTE, refer);
}
