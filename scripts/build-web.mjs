// Builds the console and gathers the web chat, when their sources are newer than what was built last.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Every file below, with its content, in one hash. */
function fingerprint(folders) {
  const hash = createHash('sha256').update(readFileSync(path.join(root, 'package-lock.json')));
  const walk = (dir) => {
    for (const name of readdirSync(dir).toSorted()) {
      if (/^(node_modules|dist.*)$/.test(name)) continue;
      const file = path.join(dir, name);
      if (statSync(file).isDirectory()) walk(file);
      else hash.update(file.slice(root.length)).update(readFileSync(file));
    }
  };
  folders.forEach((folder) => walk(path.join(root, folder)));
  return hash.digest('hex');
}

async function fresh(name, folders, build) {
  const stamp = path.join(root, 'apps', name, 'dist', '.built');
  const wanted = fingerprint(folders);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  await build();
  writeFileSync(stamp, wanted);
}

await fresh('console', ['apps/console', 'libs/contract'], async () => {
  const { build } = await import('vite');
  await build({ root: path.join(root, 'apps/console'), logLevel: 'warn' });
});
await fresh('chat', ['apps/chat'], async () => {
  const { gather } = await import(pathToFileURL(path.join(root, 'apps/chat/build.mjs')).href);
  await gather();
});
