/** The two string types inside the otherName forms of a subjectAltName, by their ASN.1 tag (X.690 §8). */
export type DerStringTag = 'utf8' | 'ia5';

const TAG: Record<DerStringTag, number> = { utf8: 0x0c, ia5: 0x16 };

/** Encodes a string of at most 65,535 bytes in DER. */
export function encodeDerString(tag: DerStringTag, text: string): ArrayBuffer {
  const content = new TextEncoder().encode(text);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Uint8Array.from([TAG[tag], ...length, ...content]).buffer;
}

/** Decodes a DER string; undefined for another type, a length that does not fit, broken UTF-8 or a control character. */
export function decodeDerString(tag: DerStringTag, der: ArrayBuffer): string | undefined {
  const bytes = new Uint8Array(der);
  const first = bytes[1] ?? 0x80;
  const header = first < 0x80 ? 2 : first === 0x81 ? 3 : 4;
  const size = first < 0x80 ? first : first === 0x81 ? bytes[2] : ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
  if (bytes[0] !== TAG[tag] || first > 0x82 || first === 0x80 || size !== bytes.length - header) return undefined;
  const content = bytes.subarray(header);
  // A NUL or another control inside a name is an attack on whoever compares it as a C string (CVE-2021-44533).
  if (content.some((byte) => byte < 0x20 || byte === 0x7f || (tag === 'ia5' && byte > 0x7f))) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}
