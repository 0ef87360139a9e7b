import { createHash, type X509Certificate } from 'node:crypto';
import { Failure } from '@interoffice/telemetry';
import { readCertificates } from './chain.js';
import { readKey } from './checked-pair.js';
import type { IssuedPair } from './issue.js';
import { derOf, type Node, octets, oid, sequence, set } from './pkcs12-asn1.js';
import { encrypt, ITERATIONS } from './pkcs12-encryption.js';
import { FileKeys } from './pkcs12-key.js';
import { LOCAL_KEY_ID } from './pkcs12-oids.js';
import { certificateBag, encryptedInfo, keyBag, plainInfo, seal } from './pkcs12-parts.js';

/** As `writePkcs12` promises. */
export async function write(pair: IssuedPair, passphrase: string): Promise<Buffer> {
  if (passphrase === '') throw new Failure('PKCS12_PASSPHRASE', 'A file with a private key needs a passphrase.');
  const { key, certificates } = readPair(pair);
  const keys = new FileKeys(passphrase);
  const id = localKeyId(certificates[0]!);
  const certificateBags = certificates.map(({ raw }, index) => certificateBag(raw, index === 0 ? [id] : []));
  const sealed = await encrypt(derOf(sequence(...certificateBags)), keys, ITERATIONS);
  const shrouded = await encrypt(key, keys, ITERATIONS);
  const keySafe = derOf(sequence(keyBag(shrouded, [id])));
  return seal([encryptedInfo(sealed), plainInfo(keySafe)], keys, ITERATIONS);
}

function readPair({ key, certificate }: IssuedPair): { key: Buffer; certificates: X509Certificate[] } {
  const certificates = readCertificates(certificate, 'The pair');
  const privateKey = readKey(key);
  if (!certificates[0]!.checkPrivateKey(privateKey)) {
    throw new Failure('KEY_MISMATCH', 'The key does not belong to the first certificate.');
  }
  return { key: privateKey.export({ format: 'der', type: 'pkcs8' }), certificates };
}

/** What ties the key to its certificate: Windows finds it by this. RFC 7292 §4.2 */
function localKeyId(leaf: X509Certificate): Node {
  return sequence(oid(LOCAL_KEY_ID), set(octets(createHash('sha1').update(leaf.raw).digest())));
}
