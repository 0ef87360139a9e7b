// What is in a PKCS #12 file, before anybody asks whether it fits together. RFC 7292
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Failure } from '@interoffice/telemetry';
import { derOf, malformed, type Node, numberOf, octetsOf, oidOf, parse, partsOf } from './pkcs12-asn1.js';
import { decrypt } from './pkcs12-encryption.js';
import { FileKeys } from './pkcs12-key.js';
import {
  CERTIFICATE_BAG,
  DATA,
  ENCRYPTED_DATA,
  KEY_BAG,
  MAC_HASHES,
  SAFE_CONTENTS_BAG,
  SHROUDED_KEY_BAG,
  X509_CERTIFICATE,
} from './pkcs12-oids.js';

const VERSION = 3;
/** Nobody keeps more in one file; each may cost a derived key. */
const MOST_BAGS = 100;

/** DER: PrivateKeyInfo (PKCS #8) of each key, and each certificate, in the order of the file. */
export interface ContainerContents {
  readonly keys: Buffer[];
  readonly certificates: Buffer[];
}

/** Opens a file. Rejects with PKCS12_INVALID, _UNPROTECTED, _PASSPHRASE, _UNSUPPORTED or _COSTLY. */
export async function openContainer(bytes: Buffer, passphrase: string): Promise<ContainerContents> {
  const [version, authSafe, mac] = partsOf(parse(bytes), 2);
  if (numberOf(version) !== VERSION) throw malformed();
  const [type, content] = partsOf(authSafe, 2);
  if (oidOf(type) !== DATA) throw unsupported('It is protected by a public key instead of a passphrase.');
  const safes = octetsOf(partsOf(content, 1)[0]);
  const keys = new FileKeys(passphrase);
  await demandMac(mac, safes, keys);
  const found: ContainerContents & { bags: number } = { keys: [], certificates: [], bags: 0 };
  for (const safe of partsOf(parse(safes))) await readBags(await contentOf(safe, keys), keys, found);
  return { keys: found.keys, certificates: found.certificates };
}

async function demandMac(macData: Node | undefined, safes: Buffer, keys: FileKeys): Promise<void> {
  if (macData === undefined) {
    throw new Failure(
      'PKCS12_UNPROTECTED',
      'Nothing in the file shows that it is complete and unchanged (it has no MAC). Export it with one.',
    );
  }
  const [digestInfo, salt, count] = partsOf(macData, 2);
  const [algorithm, digest] = partsOf(digestInfo, 2);
  const id = oidOf(partsOf(algorithm, 1)[0]);
  const hash = MAC_HASHES[id];
  if (!hash) throw unsupported(`Its MAC (${id}) is not known here. Export it with a MAC of SHA-256.`);
  const iterations = count === undefined ? 1 : numberOf(count);
  const wish = { purpose: 'mac', salt: octetsOf(salt), iterations, bytes: hash.bytes, hash: hash.name } as const;
  const [key] = await keys.derive([wish]);
  const made = createHmac(hash.name, key!).update(safes).digest();
  const given = octetsOf(digest);
  if (given.length === made.length && timingSafeEqual(given, made)) return;
  throw new Failure('PKCS12_PASSPHRASE', 'The passphrase is not the one of this file, or the file was changed.');
}

/** The SafeContents of one ContentInfo, decrypted. */
async function contentOf(info: Node, keys: FileKeys): Promise<Buffer> {
  const [type, content] = partsOf(info, 2);
  const [inner] = partsOf(content, 1);
  const id = oidOf(type);
  if (id === DATA) return octetsOf(inner);
  if (id !== ENCRYPTED_DATA) throw unsupported('A part of it is encrypted for a public key instead of a passphrase.');
  const [, algorithm, encrypted] = partsOf(partsOf(inner, 2)[1], 3);
  return decrypt(algorithm, octetsOf(encrypted), keys);
}

async function readBags(
  contents: Buffer | Node,
  keys: FileKeys,
  found: ContainerContents & { bags: number },
): Promise<void> {
  for (const bag of partsOf(Buffer.isBuffer(contents) ? parse(contents) : contents)) {
    if (++found.bags > MOST_BAGS) throw unsupported(`It holds more than ${MOST_BAGS} keys and certificates.`);
    const [type, tagged] = partsOf(bag, 2);
    const value = partsOf(tagged, 1)[0]!;
    const id = oidOf(type);
    if (id === SAFE_CONTENTS_BAG) await readBags(value, keys, found);
    if (id === KEY_BAG) found.keys.push(derOf(value));
    if (id === SHROUDED_KEY_BAG) found.keys.push(await unshroud(value, keys));
    if (id === CERTIFICATE_BAG) found.certificates.push(...certificateOf(value));
  }
}

/** EncryptedPrivateKeyInfo → PrivateKeyInfo. RFC 5208 §6 */
function unshroud(value: Node, keys: FileKeys): Promise<Buffer> {
  const [algorithm, encrypted] = partsOf(value, 2);
  return decrypt(algorithm, octetsOf(encrypted), keys);
}

/** The bytes as they were signed, never parsed and written again. Certificates of other kinds are passed over. */
function certificateOf(value: Node): Buffer[] {
  const [kind, tagged] = partsOf(value, 2);
  return oidOf(kind) === X509_CERTIFICATE ? [octetsOf(partsOf(tagged, 1)[0])] : [];
}

function unsupported(why: string): Failure {
  return new Failure('PKCS12_UNSUPPORTED', `The file is of a kind that is not supported. ${why}`);
}
