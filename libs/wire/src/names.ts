/**
 * The letters beyond ASCII that a name may have. XML 1.0 has two sets: the 4th edition's list, which expat and others
 * still go by, and the 5th's wide ranges. What only one kind of parser takes would end the receiver's stream, so these
 * are scripts whole in both: Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, Devanagari, Thai, Georgian, kana,
 * bopomofo, Han, Hangul. SAFETY
 */
const LETTERS = [
  '\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{131}\\u{134}-\\u{13E}\\u{141}-\\u{148}\\u{14A}-\\u{17E}\\u{180}-\\u{1C3}',
  '\\u{388}-\\u{38A}\\u{38E}-\\u{3A1}\\u{3A3}-\\u{3CE}',
  '\\u{401}-\\u{40C}\\u{40E}-\\u{44F}\\u{451}-\\u{45C}\\u{45E}-\\u{481}',
  '\\u{531}-\\u{556}\\u{561}-\\u{586}\\u{5D0}-\\u{5EA}\\u{621}-\\u{63A}\\u{641}-\\u{64A}\\u{671}-\\u{6B7}',
  '\\u{905}-\\u{939}\\u{E01}-\\u{E2E}\\u{10A0}-\\u{10C5}\\u{10D0}-\\u{10F6}',
  '\\u{3041}-\\u{3094}\\u{30A1}-\\u{30FA}\\u{3105}-\\u{312C}\\u{4E00}-\\u{9FA5}\\u{AC00}-\\u{D7A3}',
].join('');

const NC_NAME = new RegExp(`^[A-Z_a-z${LETTERS}][A-Z_a-z${LETTERS}.0-9\\u{B7}-]*$`, 'u');
const ASCII_NC_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** True for a name without a colon (Namespaces in XML 1.0 §3) that every XML parser in use takes for one. */
export function isNcName(name: string): boolean {
  return ASCII_NC_NAME.test(name) || NC_NAME.test(name);
}
