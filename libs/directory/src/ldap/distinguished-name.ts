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
