import { generateKeyPairSync, sign } from 'node:crypto';
import { type Notary, signatureLine, verifierKey } from '../../libs/archive/src/seal/note.js';

/** Signs with a key of its own; `key` is the verifier key. */
export function testNotary(name: string): Notary & { readonly key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const signed = (text: string): string =>
    `${text}\n${signatureLine({ name, publicKey, kind: 'signature' }, sign(null, Buffer.from(text), privateKey))}\n`;
  return { name, key: verifierKey(name, publicKey), sign: (text) => Promise.resolve(signed(text)) };
}
