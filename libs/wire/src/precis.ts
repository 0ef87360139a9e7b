import { isBidiSound } from './bidi.js';

/**
 * The two PRECIS profiles of XMPP addresses and passwords (RFC 8264, RFC 8265), by the Unicode tables of the JavaScript
 * engine. Differences from the letter of RFC 8264: the joiner rules know the viramas but not the joining types, so
 * that a ZERO WIDTH NON-JOINER between Arabic letters is refused (stricter), and directions come from scripts.
 */
const LETTER_DIGIT = /^[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]$/u;
const FREE_FORM_MORE = /^[\p{Lt}\p{Nl}\p{No}\p{Me}\p{Zs}\p{Sm}\p{Sc}\p{Sk}\p{So}\p{P}]$/u;
const DISALLOWED_EVERYWHERE =
  /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u{1100}-\u{11FF}\u{A960}-\u{A97C}\u{D7B0}-\u{D7FB}\u{0640}\u{07FA}\u{302E}\u{302F}\u{3031}-\u{3035}\u{303B}]/u;
const PVALID_EXCEPTIONS = new Set(['\u{DF}', '\u{3C2}', '\u{6FD}', '\u{6FE}', '\u{F0B}', '\u{3007}']);
const PRINTABLE_ASCII = /^[\u0021-\u007E]*$/;
const PRINTABLE_ASCII_OR_SPACE = /^[\u0020-\u007E]*$/;
const WIDE_OR_NARROW = /[\u{3000}\u{FF01}-\u{FFEE}]/u;
const NON_ASCII_SPACE = /(?!\u0020)\p{Zs}/gu;
const JOINER = /[\u200C\u200D]/;
const VIRAMA =
  /[\u{94D}\u{9CD}\u{A4D}\u{ACD}\u{B4D}\u{BCD}\u{C4D}\u{CCD}\u{D3B}\u{D3C}\u{D4D}\u{DCA}\u{E3A}\u{EBA}\u{F84}\u{1039}\u{103A}\u{1714}\u{1734}\u{17D2}\u{1A60}\u{1B44}\u{1BAA}\u{1BAB}\u{1BF2}\u{1BF3}\u{2D7F}\u{A806}\u{A8C4}\u{A953}\u{A9C0}\u{AAF6}\u{ABED}\u{11046}\u{1107F}\u{110B9}\u{11133}\u{111C0}\u{11235}\u{112EA}\u{1134D}\u{11442}\u{114C2}\u{115BF}\u{1163F}\u{116B6}\u{1172B}\u{11839}]$/u;

/** The code points that are right only beside certain others: RFC 5892 appendix A, in the order of its sections. */
function obeysContextRules(text: string): boolean {
  const points = Array.from(text);
  for (const [at, point] of points.entries()) {
    const before = points[at - 1] ?? '';
    const after = points[at + 1] ?? '';
    if (JOINER.test(point) && !VIRAMA.test(before)) return false;
    if (point === '\u{B7}' && !(before === 'l' && after === 'l')) return false;
    if (point === '\u{375}' && !/\p{Script=Greek}/u.test(after)) return false;
    if ((point === '\u{5F3}' || point === '\u{5F4}') && !/\p{Script=Hebrew}/u.test(before)) return false;
  }
  if (text.includes('\u{30FB}') && !/[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(text)) return false;
  return !(/[\u{660}-\u{669}]/u.test(text) && /[\u{6F0}-\u{6F9}]/u.test(text));
}

const CONTEXTUAL = /^[\u{B7}\u{375}\u{5F3}\u{5F4}\u{30FB}\u{660}-\u{669}\u{6F0}-\u{6F9}\u200C\u200D]$/u;

function isAllowed(point: string, freeForm: boolean): boolean {
  if (PVALID_EXCEPTIONS.has(point) || CONTEXTUAL.test(point)) return true;
  if (DISALLOWED_EVERYWHERE.test(point)) return false;
  if (PRINTABLE_ASCII.test(point)) return true;
  if (point.normalize('NFKC') !== point) return freeForm;
  return LETTER_DIGIT.test(point) || (freeForm && FREE_FORM_MORE.test(point));
}

function consistsOf(text: string, freeForm: boolean): boolean {
  for (const point of text) if (!isAllowed(point, freeForm)) return false;
  return obeysContextRules(text);
}

const mapWidth = (text: string): string =>
  WIDE_OR_NARROW.test(text) ? text.replace(/[\u{3000}\u{FF01}-\u{FFEE}]/gu, (wide) => wide.normalize('NFKC')) : text;

/** UsernameCaseMapped (RFC 8265 §3.3): the one form in which equal user names are equal. Undefined when refused or empty. */
export function usernameCaseMapped(text: string): string | undefined {
  if (text === '') return undefined;
  if (PRINTABLE_ASCII.test(text)) return text.toLowerCase();
  const narrow = mapWidth(text);
  if (!consistsOf(narrow, false)) return undefined;
  const mapped = narrow.toLowerCase().normalize('NFC');
  if (!consistsOf(mapped, false) || !isBidiSound(mapped)) return undefined;
  // Idempotent or refused: a result that would map again could give one person two addresses. RFC 8264 §7
  return mapped.toLowerCase().normalize('NFC') === mapped ? mapped : undefined;
}

/** OpaqueString (RFC 8265 §4.2): spaces unified, composed, otherwise untouched. Undefined when refused or empty. */
export function opaqueString(text: string): string | undefined {
  if (text === '') return undefined;
  if (PRINTABLE_ASCII_OR_SPACE.test(text)) return text;
  const mapped = text.replace(NON_ASCII_SPACE, ' ').normalize('NFC');
  for (const point of mapped) if (point !== ' ' && !isAllowed(point, true)) return undefined;
  return obeysContextRules(mapped) ? mapped : undefined;
}

/**
 * The form of a password that is hashed, compared or sent to a directory (RFC 8265 §4). Undefined for the empty
 * password and for one with characters no password may have: both must fail before any look-up.
 */
export function preparePassword(text: string): string | undefined {
  return opaqueString(text);
}
