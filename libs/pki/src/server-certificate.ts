import { join } from 'node:path';
import type { Clock } from '@interoffice/telemetry';
import { writeFileAtomic } from './atomic-file.js';
import { exists, type Authority } from './authority.js';
import { loadKeyPair, type KeyPair } from './key-pair.js';
import { namesMissing } from './missing-names.js';

/** The longest that browsers accept (CA/Browser Forum, until 2026: 398 days). */
const SERVER_DAYS = 397;
const RENEW_BEFORE_MS = 30 * 86_400_000;

/** Who signs, and what time it is. */
export interface ServerCertificateSource {
  readonly authority: Authority;
  readonly clock: Clock;
}

/**
 * The server's key and certificate in `directory` (`server.pem`, `server.key`, mode 0600), signed by the own authority
 * and good for 397 days. Made anew when it is missing, does not name one of `names`, ends within 30 days, or is not
 * from this authority; otherwise left alone. An own file that cannot be read is replaced: nobody pinned it.
 */
export async function ensureServerCertificate(
  directory: string,
  names: readonly string[],
  { authority, clock }: ServerCertificateSource,
): Promise<KeyPair> {
  const files = { certificate: join(directory, 'server.pem'), key: join(directory, 'server.key') };
  const present = await loadIfGood(files, clock);
  if (present && isFresh(present, names, { authority, clock })) return present;
  const made = await authority.issue({ names, nowMs: clock.now(), days: SERVER_DAYS });
  await writeFileAtomic(files.key, made.key);
  await writeFileAtomic(files.certificate, made.certificate + '\n' + authority.certificate);
  return loadKeyPair(files, clock);
}

async function loadIfGood(files: { certificate: string; key: string }, clock: Clock): Promise<KeyPair | undefined> {
  if (!(await exists(files.certificate))) return undefined;
  try {
    return await loadKeyPair(files, clock);
  } catch {
    // Handled by making a new pair: a cut between the two writes leaves a key without its certificate.
    return undefined;
  }
}

function isFresh(pair: KeyPair, names: readonly string[], { authority, clock }: ServerCertificateSource): boolean {
  return (
    pair.facts.notAfter - clock.now() > RENEW_BEFORE_MS &&
    namesMissing(pair.facts.names, names).length === 0 &&
    pair.certificate.includes(authority.certificate.trim())
  );
}
