const ESCAPES: Readonly<Record<string, string>> = {
  ' ': '\\20',
  '"': '\\22',
  '&': '\\26',
  "'": '\\27',
  '/': '\\2f',
  ':': '\\3a',
  '<': '\\3c',
  '>': '\\3e',
  '@': '\\40',
};
const NEEDS_ESCAPE = /[ "&'/:<>@]|\\(?=20|22|26|27|2f|3a|3c|3e|40|5c)/g;
const ESCAPED = /\\(?:20|22|26|27|2f|3a|3c|3e|40|5c)/g;

/** A name of another system (a mail address, a login with spaces) as a local part. XEP-0106 §4.2 */
export function escapeNode(name: string): string {
  return name.replace(NEEDS_ESCAPE, (found) => ESCAPES[found] ?? '\\5c');
}

/** The other system's name behind an escaped local part; undoes `escapeNode` exactly. XEP-0106 §4.3 */
export function unescapeNode(local: string): string {
  return local.replace(ESCAPED, (found) => String.fromCharCode(Number.parseInt(found.slice(1), 16)));
}
