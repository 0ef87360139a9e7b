// `npm run check`: format, lint, types, dead code, architecture, generated pages fresh. Prints each step and its seconds.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name) => path.join(root, 'node_modules/.bin', name);

const steps = [
  ['types', bin('tsc'), ['-b']],
  ['format', bin('oxfmt'), ['--check']],
  ['lint', bin('oxlint'), ['--deny-warnings']],
  ['dead code', bin('knip'), ['--no-config-hints']],
  ['architecture', process.execPath, [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'test/architecture']],
  ['generated pages', process.execPath, [path.join(root, 'scripts/generate.mjs'), '--check']],
];

let failed = 0;
for (const [name, command, args] of steps) {
  const started = performance.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? 'ok  ' : 'FAIL'} ${String(name)} (${seconds} s)\n`);
  if (status !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
