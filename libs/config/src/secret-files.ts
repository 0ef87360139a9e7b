import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isGroup, isList, type Located } from './located.js';
import type { Problems } from './problems.js';

/**
 * Puts the content of the file in the place of every `{ file: … }`, without its last line break. Paths are relative to
 * `directory`. A file that cannot be read is a problem at the line that names it.
 */
export function resolveSecretFiles(at: Located, directory: string, problems: Problems): Located {
  if (isList(at.content)) {
    return { ...at, content: at.content.map((item) => resolveSecretFiles(item, directory, problems)) };
  }
  if (!isGroup(at.content)) return at;
  const file = at.content.size === 1 ? at.content.get('file')?.value : undefined;
  if (typeof file?.content === 'string') return readSecret(file, resolve(directory, file.content), problems);
  const entries = [...at.content].map(([key, entry]) => {
    return [key, { ...entry, value: resolveSecretFiles(entry.value, directory, problems) }] as const;
  });
  return { ...at, content: new Map(entries) };
}

function readSecret(at: Located, path: string, problems: Problems): Located {
  try {
    return { origin: at.origin, content: readFileSync(path, 'utf8').replace(/\r?\n$/, '') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    problems.note(
      at.origin,
      `${path} cannot be read (${code}); it should hold the value and be readable for this user`,
    );
    return { origin: at.origin, content: '' };
  }
}
