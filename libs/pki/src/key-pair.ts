import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Clock, Failure } from '@interoffice/telemetry';
import { readCertificates } from './chain.js';
import { certificateFacts, type CertificateFacts } from './facts.js';

/** Where a key, its certificate and the certificates above it lie. */
export interface KeyPairFiles {
  /** PEM: the certificate first; the ones above it may follow in the same file. */
  readonly certificate: string;
  /** PEM, not encrypted; may be the same file as the certificate. */
  readonly key: string;
  /** PEM of the certificates above, when they have a file of their own. */
  readonly chain?: string;
}

/** A key and certificate that fit together: ready for `tls.createSecureContext`. */
export interface KeyPair {
  readonly files: KeyPairFiles;
  readonly key: string;
  /** The certificate and, behind it, its chain, in the order TLS sends them. */
  readonly certificate: string;
  readonly facts: CertificateFacts;
}

/**
 * Loads and checks a key, its certificate and chain. Fails with a sentence naming the file and the fault:
 * CERTIFICATE_UNREADABLE, CERTIFICATE_INVALID, KEY_UNREADABLE, KEY_INVALID, KEY_MISMATCH, CHAIN_BROKEN,
 * CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET_VALID.
 */
export async function loadKeyPair(files: KeyPairFiles, clock: Clock): Promise<KeyPair> {
  const text = await readText(files.certificate, 'CERTIFICATE_UNREADABLE');
  const own = readCertificates(text, files.certificate);
  const above = files.chain === undefined ? [] : await loadCertificates(files.chain);
  // One file with both is read once: a second look might find the pair that has just replaced it.
  const key = readKey(files.key === files.certificate ? text : await readText(files.key, 'KEY_UNREADABLE'), files.key);
  const [leaf, ...chain] = [...own, ...above];
  if (!leaf!.checkPrivateKey(key)) {
    throw new Failure('KEY_MISMATCH', `${files.key} is not the private key of the certificate in ${files.certificate}`);
  }
  checkChain([leaf!, ...chain], files.chain ?? files.certificate);
  const facts = certificateFacts(leaf!.raw);
  checkValidity(facts, files.certificate, clock);
  return {
    files,
    key: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
    certificate: [leaf!, ...chain].map((certificate) => certificate.toString()).join(''),
    facts,
  };
}

/** Reads the authorities of a trust store: every PEM certificate of every file, in order. Fails like `loadKeyPair`. */
export async function loadTrust(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map(loadCertificates));
  return found.flat().map((certificate) => certificate.toString());
}

async function loadCertificates(path: string): Promise<X509Certificate[]> {
  return readCertificates(await readText(path, 'CERTIFICATE_UNREADABLE'), path);
}

function readKey(text: string, path: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    const why = text.includes('ENCRYPTED')
      ? 'is encrypted: write it without a pass phrase, mode 0400'
      : 'holds no PEM private key';
    throw new Failure('KEY_INVALID', `${path} ${why}`, { cause });
  }
}

async function readText(path: string, code: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Failure(code, `${path} cannot be read`, { cause });
  }
}

function checkChain(chain: readonly X509Certificate[], path: string): void {
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1];
    if (issuer && !(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey))) {
      throw new Failure(
        'CHAIN_BROKEN',
        `${path}: certificate ${index + 2} of the chain did not sign certificate ${index + 1}; ` +
          'put them in order, the server first and its issuer next',
      );
    }
  }
}

function checkValidity(facts: CertificateFacts, path: string, clock: Clock): void {
  const now = clock.now();
  if (now >= facts.notAfter) {
    throw new Failure('CERTIFICATE_EXPIRED', `${path} expired on ${day(facts.notAfter)}; install a new one`);
  }
  if (now < facts.notBefore) {
    throw new Failure(
      'CERTIFICATE_NOT_YET_VALID',
      `${path} is valid from ${day(facts.notBefore)} on; check this machine's clock`,
    );
  }
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
