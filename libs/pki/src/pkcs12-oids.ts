// Object identifiers of PKCS #12 (RFC 7292) and of what is inside.
export const DATA = '1.2.840.113549.1.7.1';
export const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
export const KEY_BAG = '1.2.840.113549.1.12.10.1.1';
export const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2';
export const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3';
export const SAFE_CONTENTS_BAG = '1.2.840.113549.1.12.10.1.6';
export const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';
export const LOCAL_KEY_ID = '1.2.840.113549.1.9.21';
export const PBES2 = '1.2.840.113549.1.5.13';
export const PBKDF2 = '1.2.840.113549.1.5.12';
export const PBE_3DES = '1.2.840.113549.1.12.1.3';
export const PBE_RC2_40 = '1.2.840.113549.1.12.1.6';
export const HMAC_SHA256 = '1.2.840.113549.2.9';
export const AES_256_CBC = '2.16.840.1.101.3.4.1.42';
export const SHA256 = '2.16.840.1.101.3.4.2.1';

/** HMACs that PBKDF2 may use. RFC 8018 §B.1 */
export const HMACS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  [HMAC_SHA256]: 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};

/** Ciphers of PBES2, by OpenSSL's name, and the length of their key in bytes. */
export const CIPHERS: Readonly<Record<string, { readonly name: string; readonly keyBytes: number }>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24 },
  [AES_256_CBC]: { name: 'aes-256-cbc', keyBytes: 32 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24 },
};

/** Hashes of the MAC over the whole file, and their length in bytes. */
export const MAC_HASHES: Readonly<Record<string, { readonly name: MacHash; readonly bytes: number }>> = {
  '1.3.14.3.2.26': { name: 'sha1', bytes: 20 },
  [SHA256]: { name: 'sha256', bytes: 32 },
  '2.16.840.1.101.3.4.2.2': { name: 'sha384', bytes: 48 },
  '2.16.840.1.101.3.4.2.3': { name: 'sha512', bytes: 64 },
};

export type MacHash = 'sha1' | 'sha256' | 'sha384' | 'sha512';
