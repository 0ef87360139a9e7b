import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { Failure } from '@interoffice/telemetry';
import { orderChain } from './chain.js';
import type { IssuedPair } from './issue.js';
import { malformed } from './pkcs12-asn1.js';
import { openContainer } from './pkcs12-container.js';

const MOST_BYTES = 1_048_576;

/** As `readPkcs12` promises. */
export async function readFrom(bytes: Buffer, passphrase: string): Promise<IssuedPair> {
  if (bytes.length > MOST_BYTES) {
    throw new Failure('PKCS12_TOO_LARGE', 'The file is larger than 1 MiB: nobody needs so many certificates.');
  }
  const { keys, certificates } = await openContainer(bytes, passphrase);
  const key = onlyKey(keys);
  const all = certificates.map(readCertificate);
  if (all.length === 0) {
    throw new Failure('PKCS12_NO_CERTIFICATE', 'The file holds no certificate. Export the key together with it.');
  }
  const leaf = all.find((one) => one.checkPrivateKey(key));
  if (!leaf) {
    throw new Failure('KEY_MISMATCH', 'The key in the file belongs to none of its certificates. Export both together.');
  }
  return {
    key: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
    certificate: orderChain(leaf, all)
      .map((one) => one.toString())
      .join(''),
  };
}

function onlyKey(keys: readonly Buffer[]): KeyObject {
  const [der] = keys;
  if (der === undefined) {
    throw new Failure(
      'PKCS12_NO_KEY',
      'The file holds no private key. Export it with its key; it has to be marked as exportable.',
    );
  }
  // Some programs write the same key once for each certificate.
  if (keys.some((other) => !other.equals(der))) {
    throw new Failure('PKCS12_SEVERAL_KEYS', 'The file holds several keys. Export the one that is meant, alone.');
  }
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw new Failure('PKCS12_UNSUPPORTED', 'The key in the file is of a kind that is not known here.', { cause });
  }
}

function readCertificate(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw malformed(cause);
  }
}
