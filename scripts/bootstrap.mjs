// The way in: `npm start`, `npm test`, `npm run check | test:interop | test:campaigns | bench | campaign | build | generate`.
// Needs nothing but Node >= 20 and npm. Installs what package-lock.json names when that has changed, builds what is
// stale, and runs the rest with the pinned Node of node_modules/.bin whatever Node the host has.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const bin = path.join(root, 'node_modules', '.bin');
const stamp = path.join(root, 'node_modules', '.interoffice-stamp');
const [command = 'help', ...rest] = process.argv.slice(2);

function fail(message) {
  process.stderr.write(`interoffice: ${message}\n`);
  process.exit(1);
}

function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write('Installing dependencies (first start, or package-lock.json has changed) …\n');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=dev', '--include=optional', '--loglevel=error'];
  const done = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (done.status !== 0) fail('npm ci failed: see the lines above. Is the npm registry within reach?');
  writeFileSync(stamp, wanted);
}

/** The pinned Node, or the host's with a word of warning where the pinned one cannot run. */
function pinnedNode() {
  const pinned = path.join(bin, 'node');
  const probe = spawnSync(pinned, ['-v'], { encoding: 'utf8' });
  if (probe.status === 0) return pinned;
  process.stderr.write(
    `The pinned Node does not run here (${probe.error?.message ?? probe.stderr}); using ${process.version}.\n`,
  );
  return process.execPath;
}

// Read by malloc before Node runs a line: what it frees at the end of its heap goes back to the system, and large blocks do
// (docs/operations/performance.md).
const environment = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '65536', ...process.env };
// Whole collections begin once there is as much to collect, in MiB (docs/decisions/0041).
const HEAP = '--initial-heap-size=160';
environment.PATH = `${bin}${path.delimiter}${process.env.PATH ?? ''}`;

function sync(node, file, args) {
  const run = spawnSync(node, [file, ...args], { cwd: root, stdio: 'inherit', env: environment });
  if (run.status !== 0) process.exit(run.status ?? 1);
}

/** Runs in the foreground, passes signals on and ends with the child's exit code. */
function become(node, args) {
  const child = spawn(node, args, { cwd: root, stdio: 'inherit', env: environment });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

const tool = (name, file) => path.join(root, 'node_modules', name, file);
const tsc = tool('typescript', 'bin/tsc');
const vitest = tool('vitest', 'vitest.mjs');

function build(node) {
  sync(node, tsc, ['-b']);
  sync(node, path.join(root, 'scripts/build-web.mjs'), []);
}

const commands = {
  start(node) {
    build(node);
    become(node, [HEAP, path.join(root, 'apps/ctl/dist/main.js'), 'up', '--demo', ...rest]);
  },
  test(node) {
    // The tests of whole processes run what is built.
    sync(node, tsc, ['-b']);
    become(node, [vitest, 'run', '--coverage', ...rest]);
  },
  interop(node) {
    build(node);
    become(node, [path.join(root, 'scripts/interop.mjs'), ...rest]);
  },
  images(node) {
    build(node);
    become(node, [path.join(root, 'scripts/test-images.mjs'), ...rest]);
  },
  check(node) {
    become(node, [path.join(root, 'scripts/check.mjs'), ...rest]);
  },
  bench(node) {
    build(node);
    become(node, [path.join(root, 'test/load/bench.mjs'), ...rest]);
  },
  campaign(node) {
    build(node);
    become(node, [path.join(root, 'scripts/campaign.mjs'), ...rest]);
  },
  campaigns(node) {
    sync(node, tsc, ['-b']);
    become(node, [vitest, 'run', '--config', path.join(root, 'test/campaigns/vitest.config.ts'), ...rest]);
  },
  build(node) {
    build(node);
  },
  generate(node) {
    build(node);
    become(node, [path.join(root, 'scripts/generate.mjs'), ...rest]);
  },
};

const chosen = commands[command];
if (!chosen) fail(`usage: node scripts/bootstrap.mjs ${Object.keys(commands).join(' | ')}`);
install();
chosen(pinnedNode());
