import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ensureSecret } from './secret-file.js';

it('a secret is made once, kept, readable by nobody else, and never replaced when it is damaged', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'secret-'));
  const path = join(dir, 'keys', 'secret');
  const first = await ensureSecret(path);
  expect(first).toHaveLength(32);
  expect(await ensureSecret(path)).toEqual(first);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await writeFile(path, 'damaged');
  await expect(ensureSecret(path)).rejects.toMatchObject({ code: 'SECRET_INVALID' });
  await rm(dir, { recursive: true });
});
