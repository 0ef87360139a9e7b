import type { Authority } from '@interoffice/pki';
import type { LineProcess } from '../line-process.js';
import type { Access } from './access.js';
import { answering } from './answering.js';
import { DOMAIN, domainTree, memberLines, STAFF } from './domain-tree.js';
import { writeLdif, type LdifLines } from './ldif.js';
import { Samba } from './samba.js';
import type { DirectorySize } from './size.js';

/**
 * Samba as an Active Directory domain controller, with a company in it. It takes the ports 389, 636 and others of its
 * address, so it runs in a network of its own.
 */
export class DomainController {
  private constructor(
    readonly access: Access,
    private readonly program: LineProcess,
  ) {}

  /** In a folder within `lab`. */
  static async open(lab: string, authority: Authority, size: DirectorySize): Promise<DomainController> {
    const samba = Samba.in(lab, 'dc1');
    await samba.prepare(authority);
    await provision(samba, size);
    const controller = new DomainController(accessTo(samba), samba.start());
    await answering(controller, STAFF);
    return controller;
  }

  async close(): Promise<void> {
    await this.program.stop();
  }
}

export function accessTo({ url, password, folder: { path: folder } }: Samba): Access {
  const users = `CN=Users,${DOMAIN}`;
  const [reader, admin] = [`CN=svc-reader,${users}`, `CN=Administrator,${users}`];
  return { url, authority: `${folder}/ca.pem`, reader, admin, password, folder };
}

/** An empty domain, and then everything in it. */
async function provision(samba: Samba, size: DirectorySize): Promise<void> {
  const { settings, password } = samba;
  const names = ['--realm=LAB.TEST', '--domain=LAB', `--host-name=${samba.name}`, `--host-ip=${samba.address}`];
  const kind = ['--use-rfc2307', '--server-role=dc', '--dns-backend=NONE', `--adminpass=${password}`];
  await samba.tool('samba-tool', ['domain', 'provision', `--configfile=${settings}`, ...names, ...kind]);
  const rules = ['--account-lockout-threshold=3', '--account-lockout-duration=30', '--reset-account-lockout-after=30'];
  const passwords = ['domain', 'passwordsettings', 'set', '--complexity=off', ...rules];
  await samba.tool('samba-tool', [...passwords, '-s', settings]);
  await bulk(samba, 'ldbadd', [service(password), ...domainTree(size, password)]);
  await bulk(samba, 'ldbmodify', memberLines(size.domainPeople));
}

/** The account that may read, and no more than everybody in the domain may. */
function service(password: string): LdifLines {
  return [
    ['dn', `CN=svc-reader,CN=Users,${DOMAIN}`],
    ['objectClass', 'user'],
    ['sAMAccountName', 'svc-reader'],
    ['userAccountControl', String(0x10200)],
    ['unicodePwd', Buffer.from(`"${password}"`, 'utf16le')],
  ];
}

async function bulk(samba: Samba, program: string, entries: readonly LdifLines[]): Promise<void> {
  const { folder, database, settings } = samba;
  folder.write(`${program}.ldif`, writeLdif(entries));
  await samba.tool(program, ['-H', database, `--configfile=${settings}`, `${folder.path}/${program}.ldif`]);
}
