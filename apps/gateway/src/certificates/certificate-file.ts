import { type IssuedPair, readPkcs12 } from '@interoffice/pki';
import { Failure } from '@interoffice/telemetry';

/** Nobody's certificate file is larger. */
export const MOST_FILE_BYTES = 1_048_576;

/** The certificate and its chain in a file that an authority has sent, PEM or PKCS #12. Rejects like `readPairFile`. */
export async function readAnswerFile(bytes: Buffer, passphrase: string | undefined): Promise<string> {
  return isPem(bytes) ? bytes.toString('latin1') : (await readContainer(bytes, passphrase)).certificate;
}

/**
 * Key and certificates in a file, PEM or PKCS #12. Rejects with FILE_TOO_LARGE, KEY_MISSING, PKCS12_PASSPHRASE or as
 * `readPkcs12` does; whether they are good is not asked here.
 */
export async function readPairFile(bytes: Buffer, passphrase: string | undefined): Promise<IssuedPair> {
  if (!isPem(bytes)) return readContainer(bytes, passphrase);
  const text = bytes.toString('latin1');
  if (text.includes('BEGIN ENCRYPTED PRIVATE KEY') || !text.includes('PRIVATE KEY-----')) {
    throw new Failure(
      'KEY_MISSING',
      'The file holds no PEM private key without a pass phrase. For a certificate alone use "answer" with its request.',
    );
  }
  return { key: text, certificate: text };
}

function isPem(bytes: Buffer): boolean {
  if (bytes.length > MOST_FILE_BYTES) throw new Failure('FILE_TOO_LARGE', 'The file is larger than 1 MiB.');
  return bytes.includes('-----BEGIN ');
}

async function readContainer(bytes: Buffer, passphrase: string | undefined): Promise<IssuedPair> {
  // DER of a sequence, as every PKCS #12 file begins.
  if (bytes[0] !== 0x30) {
    throw new Failure('CERTIFICATE_INVALID', 'The file is neither PEM (BEGIN CERTIFICATE) nor PKCS #12.');
  }
  if (passphrase === undefined) {
    throw new Failure('PKCS12_PASSPHRASE', 'The file is PKCS #12: give its pass phrase with --passphrase-file.');
  }
  return readPkcs12(bytes, passphrase);
}
