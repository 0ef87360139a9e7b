import { createPublicKey, type KeyObject, webcrypto } from 'node:crypto';
import { Failure } from '@interoffice/telemetry';
import { exportKey } from './issue.js';
import {
  type CertificateNames,
  decodeServedNames,
  encodePlainNames,
  encodeServedNames,
  NO_NAMES,
} from './served-names.js';
import { Extension, Pkcs10CertificateRequest, Pkcs10CertificateRequestGenerator } from './x509.js';

const SUBJECT_ALT_NAME = '2.5.29.17';
const LEAST_RSA_BITS = 2048;
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1'];
/** Nobody's request is that long; reading ASN.1 costs time that its sender chooses. */
const MOST_CHARACTERS = 65_536;

/** A request for a certificate, and the key that it is for; PEM. */
export interface MadeRequest {
  readonly request: string;
  /** PKCS #8. It need not leave the machine that made it. */
  readonly key: string;
}

/** The kinds of key that are made; the hash of the request's signature fits them. */
export type KeyType = keyof typeof ALGORITHMS;

const ALGORITHMS = {
  'P-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  'P-384': { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  'RSA-3072': {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 3_072,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
} as const;

/** What kind of request it is. */
export interface RequestForm {
  /** P-256 unless something else is asked for. */
  readonly key?: KeyType;
  /**
   * `xmpp`: in every form that RFC 6120 §13.7.1.2 knows, and a CN for people's eyes. `plain`: nothing but dNSNames and
   * iPAddresses, since an ACME server compares them with its order (RFC 8555 §7.4). `xmpp` unless something else is asked for.
   */
  readonly names?: 'xmpp' | 'plain';
}

/**
 * A new key and a request (PKCS #10, RFC 2986) for a certificate that names what is served: for our own issuing
 * authority, or for somebody else's. Rejects with REQUEST_INVALID when there is nothing to name.
 */
export async function makeRequest(
  names: readonly string[],
  { key = 'P-256', names: forms = 'xmpp' }: RequestForm = {},
): Promise<MadeRequest> {
  const [first] = names;
  if (first === undefined) throw new Failure('REQUEST_INVALID', 'A certificate has to name something.');
  const isPlain = forms === 'plain';
  const keys = await webcrypto.subtle.generateKey(ALGORITHMS[key], true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: isPlain ? [] : [{ CN: [first.slice(0, 64)] }],
    keys,
    signingAlgorithm: ALGORITHMS[key],
    extensions: [new Extension(SUBJECT_ALT_NAME, false, isPlain ? encodePlainNames(names) : encodeServedNames(names))],
  });
  return { request: request.toString('pem'), key: await exportKey(keys.privateKey) };
}

/** What a request asks for. */
export interface CertificateRequest {
  readonly publicKey: KeyObject;
  readonly names: CertificateNames;
}

/**
 * Reads a request, PEM. Rejects with REQUEST_INVALID when it is none, is not signed by the key it is for (whoever sent it
 * does not have that key), or the key is too weak to vouch for.
 */
export async function readRequest(pem: string): Promise<CertificateRequest> {
  const parsed = parse(pem);
  if (!(await parsed.verify())) {
    throw new Failure(
      'REQUEST_INVALID',
      'The request is not signed by the key that it is for; it was changed on its way.',
    );
  }
  const publicKey = createPublicKey({ key: Buffer.from(parsed.publicKey.rawData), format: 'der', type: 'spki' });
  demandStrength(publicKey);
  const wanted = parsed.extensions.find(({ type }) => type === SUBJECT_ALT_NAME);
  return { publicKey, names: wanted ? decodeServedNames(wanted.value) : NO_NAMES };
}

function parse(pem: string): Pkcs10CertificateRequest {
  try {
    if (pem.length > MOST_CHARACTERS) throw new RangeError('too long');
    return new Pkcs10CertificateRequest(pem);
  } catch (cause) {
    throw new Failure('REQUEST_INVALID', 'That is no certificate request in PEM (BEGIN CERTIFICATE REQUEST).', {
      cause,
    });
  }
}

function demandStrength({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): void {
  const isStrong =
    type === 'rsa' ? (details.modulusLength ?? 0) >= LEAST_RSA_BITS : CURVES.includes(details.namedCurve ?? '');
  if (!isStrong)
    throw new Failure(
      'REQUEST_INVALID',
      'The key of the request is too weak: RSA from 2048 bits, P-256, P-384 or P-521.',
    );
}
