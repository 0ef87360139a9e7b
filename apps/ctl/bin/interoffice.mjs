#!/usr/bin/env node
// `npx interoffice …`: hands over to the built command with the pinned Node, whatever Node the host has.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const app = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const main = path.join(app, 'dist/main.js');
if (!existsSync(main)) {
  process.stderr.write('interoffice: not built yet; run "npm start", "npm test" or "npm run build" once.\n');
  process.exit(1);
}
const pinned = path.resolve(app, '../../node_modules/.bin/node');
const node = existsSync(pinned) ? pinned : process.execPath;
const environment = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '65536', ...process.env };
// Whole collections begin once there is as much to collect (docs/decisions/0041).
const child = spawn(node, ['--initial-heap-size=160', main, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: environment,
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
