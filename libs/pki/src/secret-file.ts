import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '@interoffice/telemetry';
import { writeFileAtomic } from './atomic-file.js';
import { exists } from './authority.js';

const SECRET_BYTES = 32;

/**
 * The server's own secret in this file: 256 random bits, made at the first call, mode 0600. Rejects with SECRET_INVALID
 * when the file holds something else; it is never replaced, since what was derived from it would change.
 */
export async function ensureSecret(path: string): Promise<Buffer> {
  if (!(await exists(path))) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileAtomic(path, `${randomBytes(SECRET_BYTES).toString('hex')}\n`);
  }
  const text = (await readFile(path, 'utf8')).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new Failure('SECRET_INVALID', `${path} should hold 64 hexadecimal digits; restore it from the backup`);
  }
  return Buffer.from(text, 'hex');
}
