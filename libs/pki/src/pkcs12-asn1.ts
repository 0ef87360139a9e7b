// The ASN.1 of PKCS #12, read and written by node-forge's `asn1`, which also takes the BER that old programs write.
import forge from 'node-forge';
import { Failure } from '@interoffice/telemetry';

const { asn1 } = forge;
export type Node = forge.asn1.Asn1;

/** Reads one value. Throws PKCS12_INVALID when the bytes are none, or more than one. */
export function parse(bytes: Buffer): Node {
  try {
    return asn1.fromDer(bytes.toString('latin1'), true);
  } catch (cause) {
    throw malformed(cause);
  }
}

/** The parts of a constructed value. Throws PKCS12_INVALID when it has none, or fewer than `least`. */
export function partsOf(node: Node | undefined, least = 0): readonly Node[] {
  const isOne = isUniversal(node, asn1.Type.SEQUENCE) || isUniversal(node, asn1.Type.SET) || isTagged(node);
  if (!isOne || !Array.isArray(node?.value) || node.value.length < least) throw malformed();
  return node.value;
}

/** The bytes of an OCTET STRING, also one in pieces, or one under the tag [0]. */
export function octetsOf(node: Node | undefined): Buffer {
  if (node === undefined || !(isOctets(node) || isTagged(node))) throw malformed();
  if (!Array.isArray(node.value)) return Buffer.from(node.value, 'latin1');
  return Buffer.concat(node.value.map(octetsOf));
}

export function oidOf(node: Node | undefined): string {
  if (!isUniversal(node, asn1.Type.OID) || typeof node?.value !== 'string') throw malformed();
  try {
    return asn1.derToOid(node.value);
  } catch (cause) {
    throw malformed(cause);
  }
}

/** A positive INTEGER of up to 31 bits. */
export function numberOf(node: Node | undefined): number {
  if (!isInteger(node) || typeof node?.value !== 'string') throw malformed();
  const bytes = Buffer.from(node.value, 'latin1');
  // One that does not fit is larger than anything allowed here; what it exactly is does not matter.
  const value = bytes.length > 5 ? Number.MAX_SAFE_INTEGER : Number.parseInt(bytes.toString('hex') || '0', 16);
  if (value < 1) throw malformed();
  return value;
}

export function isOctets(node: Node | undefined): boolean {
  return isUniversal(node, asn1.Type.OCTETSTRING);
}

export function isInteger(node: Node | undefined): boolean {
  return isUniversal(node, asn1.Type.INTEGER);
}

function isUniversal(node: Node | undefined, type: forge.asn1.Type): boolean {
  return node?.tagClass === asn1.Class.UNIVERSAL && node.type === type;
}

function isTagged(node: Node | undefined): boolean {
  return node?.tagClass === asn1.Class.CONTEXT_SPECIFIC && node.type === asn1.Type.NONE;
}

export function derOf(node: Node): Buffer {
  return Buffer.from(asn1.toDer(node).getBytes(), 'latin1');
}

export function malformed(cause?: unknown): Failure {
  return new Failure(
    'PKCS12_INVALID',
    'That is no PKCS #12 file (.p12, .pfx), or it is damaged. Export it again, with key and certificate.',
    { cause },
  );
}

export function sequence(...parts: Node[]): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, parts);
}

export function set(...parts: Node[]): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SET, true, parts);
}

export function octets(bytes: Buffer): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OCTETSTRING, false, bytes.toString('latin1'));
}

export function oid(text: string): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OID, false, asn1.oidToDer(text).getBytes());
}

export function integer(value: number): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.INTEGER, false, asn1.integerToDer(value).getBytes());
}

export function nothing(): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.NULL, false, '');
}

/** `[0] EXPLICIT` */
export function tagged(inner: Node): Node {
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0, true, [inner]);
}

/** `[0] IMPLICIT OCTET STRING` */
export function taggedOctets(bytes: Buffer): Node {
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0, false, bytes.toString('latin1'));
}
