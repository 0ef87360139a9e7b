// `npm run test:interop`: the built appliance against clients, servers and a browser that others made, as Debian packages
// them. Installs what is missing when it may (as root), and fails with the list of what is missing when it may not.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
/** Servers of others that are older in Debian 12 than what companies run: their major versions. */
const AT_LEAST = { prosody: 13, ejabberd: 24 };

/** Each Debian package and a file that is there when it is installed. */
const PACKAGES = {
  'python3-slixmpp': '/usr/lib/python3/dist-packages/slixmpp/__init__.py',
  'python3-cryptography': '/usr/lib/python3/dist-packages/cryptography/__init__.py',
  'python3-nbxmpp': '/usr/lib/python3/dist-packages/nbxmpp/__init__.py',
  'go-sendxmpp': '/usr/bin/go-sendxmpp',
  profanity: '/usr/bin/profanity',
  tmux: '/usr/bin/tmux',
  chromium: '/usr/bin/chromium',
  'libnss3-tools': '/usr/bin/certutil',
  openssl: '/usr/bin/openssl',
  procps: '/usr/bin/ps',
  softhsm2: '/usr/bin/softhsm2-util',
  libsofthsm2: '/usr/lib/softhsm/libsofthsm2.so',
  opensc: '/usr/bin/pkcs11-tool',
  pebble: '/usr/bin/pebble',
  prosody: '/usr/bin/prosody',
};

/** For test/interop/directories. */
const DIRECTORY_PACKAGES = {
  slapd: '/usr/sbin/slapd',
  'ldap-utils': '/usr/bin/ldapsearch',
  samba: '/usr/bin/smbpasswd',
  'samba-ad-dc': '/usr/sbin/samba',
  'samba-ad-provision': '/usr/share/samba/setup/ad-schema/licence.txt',
  'samba-dsdb-modules': '/usr/share/doc/samba-dsdb-modules/copyright',
  'samba-vfs-modules': '/usr/share/doc/samba-vfs-modules/copyright',
  winbind: '/usr/sbin/winbindd',
  'ldb-tools': '/usr/bin/ldbadd',
  'python3-markdown': '/usr/lib/python3/dist-packages/markdown/__init__.py',
  'python3-dnspython': '/usr/lib/python3/dist-packages/dns/__init__.py',
  attr: '/usr/bin/getfattr',
  iproute2: '/usr/bin/ip',
  'util-linux': '/usr/bin/unshare',
};

/** For test/interop/federation. */
const FEDERATION_PACKAGES = {
  'dnsmasq-base': '/usr/sbin/dnsmasq',
  ejabberd: '/usr/sbin/ejabberdctl',
  mount: '/usr/bin/mount',
};

const isRoot = process.getuid?.() === 0;
/** @type {Record<string, string>} */
const needed = isRoot ? { ...PACKAGES, ...DIRECTORY_PACKAGES, ...FEDERATION_PACKAGES } : PACKAGES;
/**
 * A domain controller has fixed ports and a name: its tests get a network and a host name of their own, and processes,
 * so that no server survives them however they end.
 */
const OWN_MACHINE = ['--net', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc'];
const PREPARED = ['sh', '-c', 'hostname dc1 && ip link set lo up && "$@"', 'sh', process.execPath];
/** Servers find each other by DNS: a name server of the suite's own, on the usual port. */
const OWN_NAMES =
  'ip link set lo up && echo nameserver 127.0.0.1 > /run/resolv.conf && mount --bind /run/resolv.conf /etc/resolv.conf && "$@"';
const WITH_NAMES = ['sh', '-c', `mount -t tmpfs tmpfs /run && ${OWN_NAMES}`, 'sh', process.execPath];

function fail(message) {
  process.stderr.write(`interop: ${message}\n`);
  process.exit(1);
}

function isThere(file) {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function run(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const done = spawnSync(command, args, { stdio: ['ignore', 2, 2], env });
  if (done.status !== 0) fail(`${command} ${args.join(' ')} failed: ${done.error?.message ?? 'see the lines above'}`);
}

function majorOf(version) {
  return Number(/^(?:\d+:)?(\d+)/.exec(version)?.[1] ?? 0);
}

/** The version of a package that apt would install. */
function candidate(name) {
  const { stdout } = spawnSync('apt-cache', ['policy', name], { encoding: 'utf8' });
  return /Candidate: (\S+)/.exec(stdout)?.[1] ?? '';
}

/** Of those that are needed here and have to be new enough: which are not, or are missing. */
function tooOld() {
  return Object.keys(AT_LEAST).filter(
    (name) => name in needed && (!isThere(needed[name]) || installed(name) < AT_LEAST[name]),
  );
}

/** The major version of a package that is installed. */
function installed(name) {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Version}', name], { encoding: 'utf8' });
  return majorOf(stdout);
}

/** Debian 12 has what is new enough in its backports only. */
function withBackports(names) {
  const release = readFileSync('/etc/os-release', 'utf8');
  const isNewEnough = names.every((name) => majorOf(candidate(name)) >= AT_LEAST[name]);
  if (isNewEnough || !release.includes('VERSION_CODENAME=bookworm')) return [];
  const { stdout: sources } = spawnSync('apt-cache', ['policy'], { encoding: 'utf8' });
  if (!sources.includes('n=bookworm-backports')) {
    writeFileSync('/etc/apt/sources.list.d/interop-backports.list', `deb ${mirror()} bookworm-backports main\n`);
    run('apt-get', ['update', '-q']);
  }
  return ['-t', 'bookworm-backports'];
}

/** Where this system has its own packages from, so that a mirror stays the mirror. */
function mirror() {
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Codename: bookworm'], {
    encoding: 'utf8',
  });
  const found = stdout.split('\n').find((line) => line !== '');
  if (found === undefined) fail('apt knows no source of bookworm; install prosody ≥ 13 and ejabberd ≥ 24 by hand');
  return String(found);
}

function install() {
  const old = tooOld();
  const missing = Object.keys(needed).filter((name) => !(name in AT_LEAST) && !isThere(needed[name]));
  if (missing.length + old.length === 0) return;
  if (!isRoot || !isThere('/usr/bin/apt-get')) {
    const least = old.map((name) => `${name} (≥ ${AT_LEAST[name]})`);
    fail(`these Debian packages are missing: ${[...missing, ...least].join(' ')}. Install them, or run this as root.`);
  }
  process.stderr.write(`Installing ${[...missing, ...old].join(' ')} …\n`);
  run('apt-get', ['update', '-q']);
  withoutServices(() => {
    const plainly = ['install', '-qy', '--no-install-recommends'];
    if (missing.length > 0) run('apt-get', [...plainly, ...missing]);
    if (old.length > 0) run('apt-get', [...plainly, ...withBackports(old), ...old]);
  });
  const still = Object.keys(needed).filter((name) => !isThere(needed[name]));
  if (still.length > 0) fail(`apt-get installed these packages, yet their files are missing: ${still.join(' ')}`);
}

/** Debian starts servers when it installs them; the tests start their own, with their own settings. */
function withoutServices(work) {
  const policy = '/usr/sbin/policy-rc.d';
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    work();
  } finally {
    if (isOurs) rmSync(policy);
  }
}

function seconds(since) {
  return ((performance.now() - since) / 1000).toFixed(1);
}

function named(args) {
  return spawnSync('unshare', [...OWN_MACHINE, ...WITH_NAMES, ...args], { cwd: root, stdio: 'inherit', env });
}

/** Those that wait run beside the others; what they say comes when both are done. */
async function bothFederations() {
  const folder = mkdtempSync(path.join(tmpdir(), 'interop-'));
  const said = path.join(folder, 'waiting');
  const file = openSync(said, 'w');
  const own = [...OWN_MACHINE, ...WITH_NAMES, ...federation, ...WAITING];
  const waiting = spawn('unshare', own, { cwd: root, stdio: ['ignore', file, file], env });
  const ended = once(waiting, 'exit');
  const others = named([...federation, ...WAITING.flatMap((name) => ['--exclude', `**/${name}.spec.ts`])]);
  const [status] = await ended;
  process.stdout.write(readFileSync(said));
  rmSync(folder, { recursive: true });
  return [others, { status }];
}

const began = performance.now();
install();
process.stderr.write(`interop: packages there after ${seconds(began)} s\n`);
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
// --pictures: the pictures in docs/images are taken anew.
const given = process.argv.slice(2).filter((argument) => argument !== '--pictures');
const env = { ...process.env, INTEROP_PICTURES: given.length < process.argv.length - 2 ? '1' : '0' };
// Names of files given: the suite that has none of them is content.
const choice = given.length > 0 ? ['--passWithNoTests', ...given] : [];
const clients = [vitest, 'run', '--config', 'test/interop/vitest.config.ts', ...choice];
const directories = [vitest, 'run', '--config', 'test/interop/directories/vitest.config.ts', ...choice];
const federation = [vitest, 'run', '--config', 'test/interop/federation/vitest.config.ts', ...choice];
/** Tests that wait for broken lines for minutes and need little of the machine: beside the others, in a network of their own. */
const WAITING = ['broken-line', 'hub', 'several-gateways', 'bidi-offices'];
const suites = [spawnSync(process.execPath, clients, { cwd: root, stdio: 'inherit', env })];
if (isRoot) {
  suites.push(
    spawnSync('unshare', [...OWN_MACHINE, ...PREPARED, ...directories], { cwd: root, stdio: 'inherit', env }),
  );
  suites.push(...(given.length > 0 ? [named(federation)] : await bothFederations()));
} else
  process.stderr.write(
    'interop: directories and federation left out: their networks and servers are made by root only\n',
  );
process.stdout.write(`interop: ${seconds(began)} s in all\n`);
process.exit(suites.every(({ status }) => status === 0) ? 0 : 1);
