// `npm run test:images`: builds the image from a minimal Debian, runs it, and renders the chart. Needs root on Debian or
// Ubuntu with apt, and the right to mount. About 75 s the first time (a base system is fetched), 45 s after that.
// INTEROFFICE_TEST_CACHE names the folder for the base system and the built image (default: in the temporary folder).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const cache = process.env.INTEROFFICE_TEST_CACHE ?? path.join(tmpdir(), 'interoffice-images');
const SUITE = 'bookworm';
const [base, image] = ['localhost/interoffice-base', 'localhost/interoffice-test'];
const store = ['--storage-driver', 'vfs', '--root', path.join(cache, 'storage'), '--runroot', path.join(cache, 'run')];

function fail(message) {
  process.stderr.write(`test:images: ${message}\n`);
  process.exit(1);
}

/** Runs a program, its output on our stderr; what it prints is returned when `quiet`. Ends everything when it fails. */
function run(program, args, { quiet = false, env = {} } = {}) {
  const done = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: ['ignore', quiet ? 'pipe' : 2, 2],
  });
  if (done.status !== 0)
    fail(`${program} ${args.slice(0, 3).join(' ')} … failed (${done.error?.message ?? done.status})`);
  return (done.stdout ?? '').trim();
}

const buildah = (...args) => run('buildah', [...store, ...args], { quiet: true });
const has = (program) => spawnSync('which', [program], { stdio: 'ignore' }).status === 0;

function step(name, work) {
  const began = performance.now();
  const result = work();
  process.stderr.write(`test:images: ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)\n`);
  return result;
}

function installTools() {
  const libraries = ['Masterminds/sprig', 'yaml.v3'].every((name) =>
    ['github.com', 'gopkg.in'].some((host) => existsSync(`/usr/share/gocode/src/${host}/${name}`)),
  );
  if (libraries && ['buildah', 'debootstrap', 'go'].every(has)) return;
  const packages = [
    'buildah',
    'debootstrap',
    'golang-go',
    'golang-github-masterminds-sprig-dev',
    'golang-gopkg-yaml.v3-dev',
  ];
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/** A base of our own, so that the test needs no registry of images. */
function makeBase() {
  const tar = path.join(cache, `${SUITE}.tar`);
  if (!existsSync(tar)) {
    const system = path.join(cache, SUITE);
    rmSync(system, { recursive: true, force: true });
    run('debootstrap', ['--variant=minbase', SUITE, system]);
    run('tar', ['-C', system, '-cf', `${tar}.new`, '.']);
    renameSync(`${tar}.new`, tar);
    rmSync(system, { recursive: true });
  }
  if (spawnSync('buildah', [...store, 'inspect', '--type', 'image', base], { stdio: 'ignore' }).status === 0) return;
  const container = buildah('from', 'scratch');
  buildah('add', container, tar, '/');
  buildah('commit', '--quiet', container, base);
  buildah('rm', container);
}

function buildImage() {
  const context = path.join(cache, 'context');
  run(process.execPath, [path.join(root, 'deploy/stage.mjs'), context]);
  const options = [
    '--isolation',
    'chroot',
    '--format',
    'docker',
    '--target',
    'appliance',
    '--build-arg',
    `BASE=${base}`,
  ];
  run('buildah', [...store, 'bud', ...options, '-t', image, '-f', path.join(root, 'deploy/Containerfile'), context]);
}

function buildRenderer() {
  const program = path.join(cache, 'render');
  const env = { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOCACHE: path.join(cache, 'go'), GOFLAGS: '' };
  run('go', ['build', '-o', program, path.join(root, 'test/images/render.go')], { env });
  return program;
}

if (process.getuid?.() !== 0 || !has('apt-get'))
  fail('needs root on Debian or Ubuntu: it mounts, and changes the user.');
mkdirSync(cache, { recursive: true });
step('tools', installTools);
// A run that was broken off leaves its working containers, and what they use can then not be pruned. The store is ours.
buildah('rm', '--all');
step('base system', makeBase);
step('image', buildImage);
const render = step('chart renderer', buildRenderer);

const config = path.join(cache, 'config.json');
writeFileSync(config, JSON.stringify(JSON.parse(buildah('inspect', '--type', 'image', image)).Docker.config));
const container = buildah('from', image);
const mount = buildah('mount', container);
const bytes = Number(run('du', ['-sb', mount], { quiet: true }).split('\t')[0]);
process.stderr.write(
  `test:images: the image holds ${(bytes / 1e6).toFixed(0)} MB, its base ${(statSync(path.join(cache, `${SUITE}.tar`)).size / 1e6).toFixed(0)} MB\n`,
);
const tests = spawnSync(
  process.execPath,
  [
    path.join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--config',
    'test/images/vitest.config.ts',
    '--root',
    root,
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      INTEROFFICE_TEST_IMAGE_ROOT: mount,
      INTEROFFICE_TEST_IMAGE_CONFIG: config,
      INTEROFFICE_TEST_RENDER: render,
    },
  },
);
buildah('umount', container);
buildah('rm', container);
// Images of earlier runs; a vfs store keeps each whole.
buildah('rmi', '--prune');
process.exit(tests.status ?? 1);
