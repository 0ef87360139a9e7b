import { constants, createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { Failure } from '@interoffice/telemetry';

/** PEM texts; the certificate may be followed by its chain. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly certificate: string;
}

/** Mozilla intermediate 6.0: six ECDHE suites for TLS 1.2; the three of TLS 1.3 are always on. */
const CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
].join(':');
const PREFERRED_GROUPS = 'X25519MLKEM768:X25519:prime256v1:secp384r1';
const GROUPS = 'X25519:prime256v1:secp384r1';

/** a second handshake inside TLS 1.2 costs us more than the peer, and no XMPP client needs one. */
const SECURE_OPTIONS = constants.SSL_OP_NO_RENEGOTIATION;

/** What every TLS server of ours has in common, whatever it serves. H-05 */
export const TLS_SETTINGS = {
  minVersion: 'TLSv1.2',
  ciphers: CIPHERS,
  honorCipherOrder: false,
  secureOptions: SECURE_OPTIONS,
} as const;

/** Our side of TLS. `replace` changes the certificate for handshakes to come; connections that are up stay. */
export class TlsContext {
  #secure: tls.SecureContext;
  #pair: KeyAndCertificate;

  /** Throws CERTIFICATE_UNUSABLE when key and certificate do not belong together or cannot be read. */
  constructor(pair: KeyAndCertificate) {
    this.#secure = make(pair);
    this.#pair = pair;
  }

  get secure(): tls.SecureContext {
    return this.#secure;
  }

  get pair(): KeyAndCertificate {
    return this.#pair;
  }

  /** Throws CERTIFICATE_UNUSABLE and keeps the old pair when the new one does not work. */
  replace(pair: KeyAndCertificate): void {
    this.#secure = make(pair);
    this.#pair = pair;
  }
}

function make({ key, certificate }: KeyAndCertificate): tls.SecureContext {
  try {
    if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) {
      throw new Error('the key does not belong to the certificate');
    }
    // Nobody is trusted here: peers are judged where their domain is known (libs/pki). With authorities, and when it has
    // found the peer's chain good, Node would show only the first certificate of it.
    return withGroups({ ...TLS_SETTINGS, key, cert: certificate, ca: [] });
  } catch (cause) {
    throw new Failure(
      'CERTIFICATE_UNUSABLE',
      `The server certificate cannot be used: ${(cause as Error).message}. Check the two files it was read from.`,
      { cause },
    );
  }
}

/** The hybrid group where this OpenSSL has it. */
function withGroups(base: tls.SecureContextOptions): tls.SecureContext {
  try {
    return tls.createSecureContext({ ...base, ecdhCurve: PREFERRED_GROUPS });
  } catch {
    // An older OpenSSL knows only the classical groups.
    return tls.createSecureContext({ ...base, ecdhCurve: GROUPS });
  }
}

/** The channel binding of a certificate: hashed as it was signed, but never by MD5 or SHA-1. RFC 5929 §4.1 */
export function endPointOf(certificate: X509Certificate): Buffer {
  const { raw, signatureAlgorithm = '' } = certificate as X509Certificate & { signatureAlgorithm?: string };
  const bits = /sha-?(384|512)/i.exec(signatureAlgorithm)?.[1];
  return createHash(bits === undefined ? 'sha256' : `sha${bits}`)
    .update(raw)
    .digest();
}
