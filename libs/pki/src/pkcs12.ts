import type { IssuedPair } from './issue.js';

// node-forge takes a tenth of a second to load; most processes never need it.

/**
 * Reads a PKCS #12 file (RFC 7292): its key (PKCS #8), and its certificate with those above it in order, the leaf first,
 * PEM. RSA and elliptic curves; AES, 3DES and 40-bit RC2; whatever else lies in it is left out. Who signed it is not
 * asked here. Rejects with PKCS12_TOO_LARGE (above 1 MiB), PKCS12_INVALID, PKCS12_PASSPHRASE, PKCS12_UNPROTECTED,
 * PKCS12_UNSUPPORTED, PKCS12_COSTLY, PKCS12_NO_KEY, PKCS12_SEVERAL_KEYS, PKCS12_NO_CERTIFICATE or KEY_MISMATCH.
 */
export async function readPkcs12(bytes: Buffer, passphrase: string): Promise<IssuedPair> {
  const { readFrom } = await import('./pkcs12-read.js');
  return readFrom(bytes, passphrase);
}

/**
 * A PKCS #12 file (RFC 7292) with the key, the certificate and those that follow it: AES-256-CBC with PBKDF2 and
 * SHA-256 for key and certificates, a MAC of SHA-256 over all. OpenSSL from 1.1 reads it, and Windows from 10 (1709) or
 * Server 2019. Rejects with PKCS12_PASSPHRASE when there is none, CERTIFICATE_INVALID, KEY_INVALID or KEY_MISMATCH.
 */
export async function writePkcs12(pair: IssuedPair, passphrase: string): Promise<Buffer> {
  const { write } = await import('./pkcs12-write.js');
  return write(pair, passphrase);
}
