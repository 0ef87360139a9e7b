// Gathers the web chat: our page beside Converse.js as released, without maps, and nothing from any other host.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));

/** What the bundle asks for at run time, as found by watching its requests. */
const PARTS = ['converse.min.js', 'converse.min.css', 'emoji.json', 'images', 'sounds', 'webfonts', 'chunkjs'];

/** Fills apps/chat/dist, where `tsc -b` has put the compiled page script. */
export async function gather() {
  const released = path.resolve(here, '../../node_modules/converse.js/dist');
  const dist = path.join(here, 'dist');
  mkdirSync(dist, { recursive: true });
  for (const part of PARTS) {
    const from = path.join(released, part);
    if (!existsSync(from)) throw new Error(`converse.js has no ${part}: has its release changed?`);
    rmSync(path.join(dist, part), { recursive: true, force: true });
    cpSync(from, path.join(dist, part), { recursive: true, filter: (file) => !file.endsWith('.map') });
  }
  for (const entry of readdirSync(path.join(here, 'src'), { withFileTypes: true })) {
    if (entry.isFile() && !entry.name.endsWith('.ts'))
      cpSync(path.join(here, 'src', entry.name), path.join(dist, entry.name));
  }
}
