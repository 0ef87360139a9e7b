import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, Failure } from '@interoffice/telemetry';
import { writeFileAtomic } from './atomic-file.js';
import { issueAuthority, issueServerCertificate, type IssuedPair } from './issue.js';
import { loadKeyPair, type KeyPair } from './key-pair.js';

const AUTHORITY_DAYS = 3653;
const SUBJECT = 'Interoffice local authority';

/** The appliance's own certificate authority. Its key never leaves this object except to the file it came from. */
export class Authority {
  readonly #pair: IssuedPair;

  /** `certificatePath` is what people import into their trust store; `facts` say until when it is good. */
  constructor(pair: KeyPair) {
    this.#pair = pair;
    this.certificatePath = pair.files.certificate;
    this.certificate = pair.certificate;
    this.facts = pair.facts;
  }

  readonly certificatePath: string;
  /** PEM. */
  readonly certificate: string;
  readonly facts: KeyPair['facts'];

  /** A new key and certificate for a TLS server with these names; nothing is written anywhere. */
  issue(request: { names: readonly string[]; nowMs: number; days: number }): Promise<IssuedPair> {
    return issueServerCertificate(this.#pair, request);
  }
}

/**
 * The authority in `directory` (`ca.pem`, `ca.key`, mode 0600), made there at the first call and good for ten years.
 * An authority that is there but broken or half missing is never replaced, since clients trust the old one: the call
 * fails and names the file.
 */
export async function ensureAuthority(directory: string, clock: Clock): Promise<Authority> {
  const files = { certificate: join(directory, 'ca.pem'), key: join(directory, 'ca.key') };
  const [hasCertificate, hasKey] = await Promise.all([exists(files.certificate), exists(files.key)]);
  if (hasCertificate && !hasKey) {
    throw new Failure('KEY_UNREADABLE', `${files.key} is missing beside ca.pem; restore it from the backup`);
  }
  if (!hasCertificate) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const made = await issueAuthority({ subject: SUBJECT, nowMs: clock.now(), days: AUTHORITY_DAYS });
    // The key goes first: after a cut between the two writes there is no certificate, and the pair is made anew.
    await writeFileAtomic(files.key, made.key);
    await writeFileAtomic(files.certificate, made.certificate);
  }
  return new Authority(await loadKeyPair(files, clock));
}

/** True when something is at this path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
