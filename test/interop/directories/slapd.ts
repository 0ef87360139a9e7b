import type { Authority } from '@interoffice/pki';
import { LineProcess, run } from '../line-process.js';
import type { Access } from './access.js';
import { answering } from './answering.js';
import { writeLdif } from './ldif.js';
import { OwnFolder } from './own-folder.js';
import type { DirectorySize } from './size.js';
import { CAPPED, NARROW, READER, slapdTree, SUFFIX } from './slapd-tree.js';

const ROOT_DN = `cn=admin,${SUFFIX}`;
const PORT = 6360;
const URL = `ldaps://127.0.0.1:${PORT}`;
const PASSWORD = 'reader of the lab';
const LOADED_WITHIN_MS = 60_000;
const SCHEMAS = ['core', 'cosine', 'inetorgperson', 'nis'];
const MODULES = ['back_mdb', 'refint', 'ppolicy'];

/** OpenLDAP's slapd with a company in it, on loopback. */
export class Slapd {
  private constructor(
    readonly access: Access,
    private readonly program: LineProcess,
  ) {}

  /** The path of the folder is to be short: it becomes part of the names of sockets. */
  static async open(path: string, authority: Authority, size: DirectorySize): Promise<Slapd> {
    const folder = new OwnFolder(path, ['db']);
    await folder.certify(authority);
    folder.write('slapd.conf', settings(path));
    folder.write('tree.ldif', writeLdif(slapdTree(size, PASSWORD)));
    const loaded = await run('/usr/sbin/slapadd', ['-q', '-f', `${path}/slapd.conf`, '-l', `${path}/tree.ldif`], {
      timeout: LOADED_WITHIN_MS,
    });
    if (loaded.code !== 0) throw new Error(`slapadd: ${loaded.complaints}`);
    const program = new LineProcess('/usr/sbin/slapd', ['-f', `${path}/slapd.conf`, '-h', URL, '-d', '0']);
    const access = { url: URL, authority: `${path}/ca.pem`, reader: READER, admin: ROOT_DN, password: PASSWORD };
    const slapd = new Slapd({ ...access, folder: path }, program);
    await answering(slapd, SUFFIX);
    return slapd;
  }

  async close(): Promise<void> {
    await this.program.stop();
  }
}

/** The narrow account may ask for pages of 100 only; the capped one gets no more than 300 entries in all its pages. */
function settings(folder: string): string {
  return `${SCHEMAS.map((name) => `include /etc/ldap/schema/${name}.schema`).join('\n')}
pidfile ${folder}/slapd.pid
argsfile ${folder}/slapd.args
modulepath /usr/lib/ldap
${MODULES.map((name) => `moduleload ${name}`).join('\n')}
sizelimit size.soft=500 size.hard=1000 size.pr=500 size.prtotal=unlimited
TLSCACertificateFile ${folder}/ca.pem
TLSCertificateFile ${folder}/certificate.pem
TLSCertificateKeyFile ${folder}/key.pem
TLSProtocolMin 3.3
database mdb
suffix "${SUFFIX}"
rootdn "${ROOT_DN}"
rootpw "${PASSWORD}"
directory ${folder}/db
maxsize 1073741824
dbnosync
index objectClass,uid,mail,member,uniqueMember,memberUid,gidNumber,entryUUID,entryCSN,modifyTimestamp eq
index cn,sn,displayName pres,eq,sub
limits dn.exact="${READER}" size.soft=unlimited size.hard=unlimited size.pr=1000 size.prtotal=unlimited
limits dn.exact="${NARROW}" size.soft=unlimited size.hard=unlimited size.pr=100 size.prtotal=unlimited
limits dn.exact="${CAPPED}" size.soft=unlimited size.hard=unlimited size.pr=100 size.prtotal=300
overlay ppolicy
overlay refint
refint_attributes member uniqueMember
refint_nothing "${ROOT_DN}"
access to attrs=userPassword by anonymous auth by self write by * none
access to * by dn.children="ou=svc,${SUFFIX}" read by self read by anonymous auth by * none
`;
}
