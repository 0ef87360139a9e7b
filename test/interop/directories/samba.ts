import path from 'node:path';
import type { Authority } from '@interoffice/pki';
import { LineProcess, run } from '../line-process.js';
import { OwnFolder } from './own-folder.js';

/** Filling the full size takes half a minute on a machine with nothing else to do. */
const TOOL_WITHIN_MS = 300_000;
const FOLDERS = ['etc', 'private', 'state', 'cache', 'lock', 'run', 'log', 'ncalrpc'];

/** Each has an address of its own: a domain controller takes ports that are the same everywhere. */
export const ADDRESSES = { dc1: '127.0.0.11', dc2: '127.0.0.12' } as const;
export type ControllerName = keyof typeof ADDRESSES;
const PASSWORD = 'Adm1n.of-the-lab';
/** Controllers find each other by names that no DNS of the machine knows: each sees a table of hosts of its own. */
const WITH_HOSTS = 'mount --bind "$1" /etc/hosts && shift && exec "$@"';

/** The folder of a domain controller, and Samba's programs with its settings. */
export class Samba {
  readonly address: string;
  /** Of the administrator. */
  readonly password = PASSWORD;

  private constructor(
    readonly name: ControllerName,
    readonly folder: OwnFolder,
  ) {
    this.address = ADDRESSES[name];
  }

  /** In a folder of that name within `lab`. */
  static in(lab: string, name: ControllerName): Samba {
    return new Samba(name, new OwnFolder(path.join(lab, name), FOLDERS));
  }

  get url(): string {
    return `ldaps://${this.address}:636`;
  }

  get database(): string {
    return `${this.folder.path}/private/sam.ldb`;
  }

  get settings(): string {
    return `${this.folder.path}/etc/smb.conf`;
  }

  /** Settings, certificate and address, before there is a domain. */
  async prepare(authority: Authority): Promise<void> {
    const { folder, address, name } = this;
    await folder.certify(authority, [`${name}.lab.test`, address]);
    folder.write('etc/smb.conf', settings(this));
    folder.write('krb5.conf', KERBEROS);
    this.nameHosts();
    await ip('address', 'replace', `${address}/8`, 'dev', 'lo');
  }

  /** Names of the controllers beside those by which everybody knows them. A running controller knows them from now on. */
  nameHosts(more: readonly (readonly [controller: ControllerName, name: string])[] = []): void {
    const usual = Object.keys(ADDRESSES).map((name) => [name as ControllerName, `${name}.lab.test ${name}`] as const);
    const lines = [...usual, ...more].map(([controller, name]) => `${ADDRESSES[controller]} ${name}\n`);
    this.folder.write('hosts', `127.0.0.1 localhost\n${lines.join('')}`);
  }

  /** What the tool printed; rejects when it fails. */
  async tool(program: string, args: readonly string[]): Promise<string> {
    const options = { env: this.#environment(), timeout: TOOL_WITHIN_MS };
    const { code, text, complaints } = await run('unshare', this.#withHosts(program, args), options);
    if (code !== 0) throw new Error(`${program} ${args.slice(0, 2).join(' ')}: ${text}\n${complaints}`);
    return text;
  }

  /**
   * A process for each service: a controller that tells another one of changes asks itself for a ticket first, and in one
   * process for all of them nobody would answer it. They end with the first.
   */
  start(): LineProcess {
    const args = ['-F', '-M', 'prefork', '-s', this.settings, '--debug-stdout'];
    return new LineProcess('unshare', this.#withHosts('/usr/sbin/samba', args), { env: this.#environment() });
  }

  #withHosts(program: string, args: readonly string[]): readonly string[] {
    return ['--mount', 'sh', '-c', WITH_HOSTS, 'sh', `${this.folder.path}/hosts`, program, ...args];
  }

  /** Nothing is to survive a power cut. */
  #environment() {
    return { ...process.env, KRB5_CONFIG: `${this.folder.path}/krb5.conf`, TDB_NO_FSYNC: '1' };
  }
}

/** Routes and addresses of this network of our own. */
export async function ip(...args: readonly string[]): Promise<string> {
  const { code, text, complaints } = await run('ip', args);
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${complaints}`);
  return text;
}

const KERBEROS = `[libdefaults]
  default_realm = LAB.TEST
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
[realms]
  LAB.TEST = {
    kdc = ${ADDRESSES.dc1}:88
    kdc = ${ADDRESSES.dc2}:88
  }
[domain_realm]
  .lab.test = LAB.TEST
`;

function settings({ name, address, folder: { path: folder } }: Samba): string {
  return `[global]
  private dir = ${folder}/private
  state directory = ${folder}/state
  cache directory = ${folder}/cache
  lock directory = ${folder}/lock
  pid directory = ${folder}/run
  ncalrpc dir = ${folder}/ncalrpc
  ntp signd socket directory = ${folder}/ntp_signd
  winbindd socket directory = ${folder}/winbindd
  binddns dir = ${folder}/bind-dns
  log file = ${folder}/log/log.%m
  netbios name = ${name.toUpperCase()}
  realm = LAB.TEST
  workgroup = LAB
  server role = active directory domain controller
  interfaces = ${address}
  bind interfaces only = yes
  tls enabled = yes
  tls keyfile = ${folder}/key.pem
  tls certfile = ${folder}/certificate.pem
  tls cafile = ${folder}/ca.pem
  ldap server require strong auth = allow_sasl_over_tls
  vfs objects = dfs_samba4 acl_xattr xattr_tdb
  xattr_tdb:file = ${folder}/state/xattr.tdb
  prefork children = 1
  server services = ldap, cldap, kdc, drepl, rpc
  log level = 1
[sysvol]
  path = ${folder}/state/sysvol
  read only = No
[netlogon]
  path = ${folder}/state/sysvol/lab.test/scripts
  read only = No
`;
}
