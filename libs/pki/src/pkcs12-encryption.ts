// How the parts of a PKCS #12 file are encrypted: by PBES2 (RFC 8018 §6.2), or by the older schemes of RFC 7292 §C.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import forge from 'node-forge';
import { Failure } from '@interoffice/telemetry';
import {
  integer,
  isInteger,
  isOctets,
  malformed,
  type Node,
  nothing,
  numberOf,
  octets,
  octetsOf,
  oid,
  oidOf,
  partsOf,
  sequence,
} from './pkcs12-asn1.js';
import type { FileKeys } from './pkcs12-key.js';
import { AES_256_CBC, CIPHERS, HMAC_SHA256, HMACS, PBE_3DES, PBE_RC2_40, PBES2, PBKDF2 } from './pkcs12-oids.js';

/** .NET refuses files with more than 300,000 for one key; three are derived, which takes less than a second here. */
export const ITERATIONS = 100_000;
export const SALT_BYTES = 16;

/** Decrypts what `algorithm` (AlgorithmIdentifier) describes. Rejects with PKCS12_UNSUPPORTED, _COSTLY or _INVALID. */
export async function decrypt(algorithm: Node | undefined, encrypted: Buffer, keys: FileKeys): Promise<Buffer> {
  const [scheme, parameters] = partsOf(algorithm, 2);
  const name = oidOf(scheme);
  if (name === PBES2) return decryptPbes2(parameters, encrypted, keys);
  if (name === PBE_3DES || name === PBE_RC2_40) return decryptOld(name, parameters, { encrypted, keys });
  throw unsupported(name);
}

async function decryptPbes2(parameters: Node | undefined, encrypted: Buffer, keys: FileKeys): Promise<Buffer> {
  const [derivation, encryption] = partsOf(parameters, 2);
  const [cipherId, iv] = partsOf(encryption, 2);
  const cipher = CIPHERS[oidOf(cipherId)];
  if (!cipher) throw unsupported(oidOf(cipherId));
  const key = await keys.stretch({ ...derivationOf(derivation), bytes: cipher.keyBytes });
  return finished(() => {
    const decipher = createDecipheriv(cipher.name, key, octetsOf(iv));
    return Buffer.concat([decipher.update(encrypted), decipher.final()]);
  });
}

/** PBKDF2-params: salt, iterations, perhaps the length of the key, perhaps the HMAC. RFC 8018 §A.2 */
function derivationOf(derivation: Node | undefined): { salt: Buffer; iterations: number; hash: string } {
  const [id, parameters] = partsOf(derivation, 2);
  if (oidOf(id) !== PBKDF2) throw unsupported(oidOf(id));
  const [salt, iterations, ...rest] = partsOf(parameters, 2);
  if (!isOctets(salt)) throw unsupported(PBKDF2);
  const hmac = rest.find((part) => !isInteger(part));
  const hmacId = hmac && oidOf(partsOf(hmac, 1)[0]);
  const hash = hmacId === undefined ? 'sha1' : HMACS[hmacId];
  if (hash === undefined) throw unsupported(hmacId!);
  return { salt: octetsOf(salt), iterations: numberOf(iterations), hash };
}

async function decryptOld(
  name: string,
  parameters: Node | undefined,
  { encrypted, keys }: { encrypted: Buffer; keys: FileKeys },
): Promise<Buffer> {
  const [salt, count] = partsOf(parameters, 2);
  const wish = { salt: octetsOf(salt), iterations: numberOf(count), hash: 'sha1' } as const;
  const keyBytes = name === PBE_3DES ? 24 : 5;
  const [key, iv] = await keys.derive([
    { ...wish, purpose: 'key', bytes: keyBytes },
    { ...wish, purpose: 'iv', bytes: 8 },
  ]);
  return finished(() => {
    if (name === PBE_RC2_40) return decryptRc2(key!, iv!, encrypted);
    const decipher = createDecipheriv('des-ede3-cbc', key!, iv!);
    return Buffer.concat([decipher.update(encrypted), decipher.final()]);
  });
}

/** OpenSSL 3 has it in its legacy provider only, which Node does not load. */
function decryptRc2(key: Buffer, iv: Buffer, encrypted: Buffer): Buffer {
  const cipher = forge.rc2.createDecryptionCipher(key.toString('latin1'), 40);
  cipher.start(iv.toString('latin1'));
  cipher.update(forge.util.createBuffer(encrypted.toString('latin1')));
  if (!cipher.finish()) throw malformed();
  return Buffer.from(cipher.output.getBytes(), 'latin1');
}

/** The MAC has shown that the passphrase is right: what cannot be decrypted is damaged. */
function finished(work: () => Buffer): Buffer {
  try {
    return work();
  } catch (cause) {
    throw malformed(cause);
  }
}

function unsupported(id: string): Failure {
  return new Failure(
    'PKCS12_UNSUPPORTED',
    `The file is encrypted in a way that is not supported (${id}). Export it again with AES-256 and SHA-256, or with 3DES.`,
  );
}

/** What is encrypted, and the AlgorithmIdentifier that says how. */
export interface Encrypted {
  readonly algorithm: Node;
  readonly encrypted: Buffer;
}

/** Encrypts with AES-256-CBC and PBKDF2 with SHA-256. */
export async function encrypt(plain: Buffer, keys: FileKeys, iterations: number): Promise<Encrypted> {
  const [salt, iv] = [randomBytes(SALT_BYTES), randomBytes(16)];
  const key = await keys.stretch({ salt, iterations, bytes: 32, hash: 'sha256' });
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  const hmac = sequence(oid(HMAC_SHA256), nothing());
  const derivation = sequence(oid(PBKDF2), sequence(octets(salt), integer(iterations), hmac));
  const algorithm = sequence(oid(PBES2), sequence(derivation, sequence(oid(AES_256_CBC), octets(iv))));
  return { algorithm, encrypted };
}
