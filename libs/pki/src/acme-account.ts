import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '@interoffice/telemetry';
import { writeFileAtomic } from './atomic-file.js';
import { exists } from './authority.js';

/**
 * The key of an account with an ACME server in this file, PEM, on P-256; made at the first call, mode 0600. Rejects with
 * ACME_ACCOUNT_KEY_INVALID when the file holds something else; it is never replaced, since the account hangs on it.
 */
export async function ensureAccountKey(path: string): Promise<string> {
  if (!(await exists(path))) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFileAtomic(path, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  }
  const pem = await readFile(path, 'utf8');
  try {
    createPrivateKey(pem);
    return pem;
  } catch (cause) {
    throw new Failure(
      'ACME_ACCOUNT_KEY_INVALID',
      `${path} should hold the key of the ACME account, PEM; restore it from the backup`,
      { cause },
    );
  }
}
