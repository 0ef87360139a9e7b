const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const REFERENCE = /&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-z]+));/g;

function resolve(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(REFERENCE, (_all, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? '';
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}

const unifyLineEnds = (raw: string): string => (raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw);

/** Scanned character data without elements and CDATA as the text it stands for: XML 1.0 §2.11, §4.1. */
export function decodeCharacters(raw: string): string {
  return resolve(unifyLineEnds(raw));
}

/** A scanned attribute value as the text it stands for: literal white space becomes spaces. XML 1.0 §3.3.3 */
export function decodeAttribute(raw: string): string {
  const lines = unifyLineEnds(raw);
  return resolve(/[\t\n]/.test(lines) ? lines.replace(/[\t\n]/g, ' ') : lines);
}

const CDATA_START = '<![CDATA[';

/**
 * The text directly inside a scanned element: `start` right behind its open tag, `end` at its end tag. CDATA is
 * understood; the text of child elements is left out.
 */
export function decodeText(buf: Buffer, start: number, end: number): string {
  const raw = buf.toString('utf8', start, end);
  if (!raw.includes('<')) return decodeCharacters(raw);
  let text = '';
  let depth = 0;
  for (let at = 0; at < raw.length;) {
    const tag = raw.indexOf('<', at);
    const upTo = tag < 0 ? raw.length : tag;
    if (depth === 0) text += decodeCharacters(raw.slice(at, upTo));
    if (tag < 0) break;
    if (raw.startsWith(CDATA_START, tag)) {
      const close = raw.indexOf(']]>', tag);
      if (depth === 0) text += unifyLineEnds(raw.slice(tag + CDATA_START.length, close));
      at = close + 3;
      continue;
    }
    at = endOfTag(raw, tag);
    if (raw[tag + 1] === '/') depth--;
    else if (raw[at - 2] !== '/') depth++;
  }
  return text;
}

/** The offset behind the `>` that ends the tag at `tag`; a `>` inside a quoted value does not count. */
function endOfTag(raw: string, tag: number): number {
  for (let at = tag + 1; ; at++) {
    const c = raw[at];
    if (c === '>' || c === undefined) return at + 1;
    if (c === '"' || c === "'") at = raw.indexOf(c, at + 1);
  }
}
