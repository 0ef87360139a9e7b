const SPECIAL = new Set(['"', '+', ',', ';', '<', '>', '\\', '#', '=']);

/** An attribute value as it may stand in a DN (RFC 4514 §2.4): specials, edge spaces and NUL escaped. */
export function escapeDnValue(value: string): string {
  const characters = Array.from(value);
  const escaped = characters.map((character, index) => {
    if (character === '\0') return '\\00';
    const isEdgeSpace = character === ' ' && (index === 0 || index === characters.length - 1);
    return isEdgeSpace || SPECIAL.has(character) ? `\\${character}` : character;
  });
  return escaped.join('');
}

/**
 * A DN in one spelling, for comparing: lower case, no spaces around separators, escapes resolved, the parts of a
 * multi-valued RDN in order, specials as `\hh`. Servers spell one DN in many ways (RFC 4514 §2.4). Text that is no DN
 * comes back in lower case.
 */
export function normalDn(dn: string): string {
  return split(dn, ',')
    .map((rdn) => split(rdn, '+').map(normalPair).sort().join('+'))
    .join(',');
}

function normalPair(pair: string): string {
  const at = pair.indexOf('=');
  if (at < 0) return pair.trim().toLowerCase();
  const value = normalValue(pair.slice(at + 1));
  return `${pair.slice(0, at).trim().toLowerCase()}=${value}`;
}

const PIECE = /\\([0-9a-f]{2})|\\?([^])/giu;

/**
 * Escapes resolved, folded as caseIgnoreMatch does (RFC 4518), and specials written as hex again, so that no value can
 * look like a separator.
 */
function normalValue(raw: string): string {
  const bytes = Array.from(raw.matchAll(PIECE), ([, hex, plain]) =>
    hex === undefined ? Buffer.from(plain!) : Buffer.from(hex, 'hex'),
  );
  const text = Buffer.concat(bytes).toString('utf8').normalize('NFC').toLowerCase().replaceAll(/ +/g, ' ').trim();
  return text.replaceAll(/[",+;<>\\#=\0]/g, (one) => `\\${one.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function split(text: string, separator: ',' | '+'): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === separator) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}
