// The parts that a PKCS #12 file is put together from. RFC 7292 §4
import { createHmac, randomBytes } from 'node:crypto';
import { derOf, integer, type Node, nothing, octets, oid, sequence, set, tagged, taggedOctets } from './pkcs12-asn1.js';
import { type Encrypted, SALT_BYTES } from './pkcs12-encryption.js';
import type { FileKeys } from './pkcs12-key.js';
import { CERTIFICATE_BAG, DATA, ENCRYPTED_DATA, SHA256, SHROUDED_KEY_BAG, X509_CERTIFICATE } from './pkcs12-oids.js';

const VERSION = 3;

/** SafeBag */
export function bag(type: string, value: Node, attributes: readonly Node[] = []): Node {
  const parts = [oid(type), tagged(value)];
  return sequence(...parts, ...(attributes.length === 0 ? [] : [set(...attributes)]));
}

/** CertBag; the certificate's bytes stay as they are. */
export function certificateBag(der: Buffer, attributes: readonly Node[] = []): Node {
  return bag(CERTIFICATE_BAG, sequence(oid(X509_CERTIFICATE), tagged(octets(der))), attributes);
}

/** PKCS8ShroudedKeyBag */
export function keyBag({ algorithm, encrypted }: Encrypted, attributes: readonly Node[] = []): Node {
  return bag(SHROUDED_KEY_BAG, sequence(algorithm, octets(encrypted)), attributes);
}

/** ContentInfo that anybody can read. */
export function plainInfo(content: Buffer): Node {
  return sequence(oid(DATA), tagged(octets(content)));
}

/** ContentInfo that is encrypted. RFC 5652 §8 */
export function encryptedInfo({ algorithm, encrypted }: Encrypted): Node {
  const content = sequence(oid(DATA), algorithm, taggedOctets(encrypted));
  return sequence(oid(ENCRYPTED_DATA), tagged(sequence(integer(0), content)));
}

/** The whole file, with a MAC of SHA-256. */
export async function seal(infos: readonly Node[], keys: FileKeys, iterations: number): Promise<Buffer> {
  const safes = derOf(sequence(...infos));
  const salt = randomBytes(SALT_BYTES);
  const [key] = await keys.derive([{ purpose: 'mac', salt, iterations, bytes: 32, hash: 'sha256' }]);
  const digest = createHmac('sha256', key!).update(safes).digest();
  const mac = sequence(sequence(sequence(oid(SHA256), nothing()), octets(digest)), octets(salt), integer(iterations));
  return derOf(sequence(integer(VERSION), plainInfo(safes), mac));
}
