// `npm run campaign -- NAME [args]`: the long proofs of test/campaigns, with the pinned Node. Without NAME: which there are.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../test/campaigns');
const USAGE = 'usage: npm run campaign -- NAME [--small] [--help]\n';

/** Campaigns by name, with their first line; one that begins with `For campaigns:` is none. */
function campaigns() {
  const found = new Map();
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.mjs')) continue;
    const [, line = ''] = /^\/\/ (.*)\n/.exec(readFileSync(path.join(folder, file), 'utf8')) ?? [];
    if (!line.startsWith('For campaigns:')) found.set(path.basename(file, '.mjs'), line);
  }
  return found;
}

const [name, ...rest] = process.argv.slice(2);
const known = campaigns();
if (name === undefined || name === '--help') {
  const lines = [...known].map(([campaign, line]) => `  ${campaign.padEnd(10)} ${line}\n`);
  process.stdout.write(`${USAGE}\n${lines.join('')}`);
} else if (!known.has(name)) {
  process.stderr.write(`There is no campaign "${name}". There are: ${[...known.keys()].join(', ')}.\n${USAGE}`);
  process.exitCode = 2;
} else {
  const child = spawn(process.execPath, [path.join(folder, `${name}.mjs`), ...rest], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => (process.exitCode = signal ? 1 : (code ?? 1)));
}
