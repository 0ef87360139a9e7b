import { existsSync } from 'node:fs';
import path from 'node:path';
import { ensureAuthority } from '@interoffice/pki';
import { systemClock } from '@interoffice/telemetry';
import type { LineProcess } from '../line-process.js';
import type { Access } from './access.js';
import { answering } from './answering.js';
import { accessTo } from './domain-controller.js';
import { DOMAIN, STAFF } from './domain-tree.js';
import { LdapTools } from './ldap-tools.js';
import { type LdifLines, readLdif, texts, writeLdif } from './ldif.js';
import { type ControllerName, Samba } from './samba.js';

/** The service by which controllers ask each other for changes ([MS-DRSR] 2.2.3.2). */
const REPLICATION = 'E3514235-4B06-11D1-AB04-00C04FC2DCD2';
const CONTROLLERS = `CN=Sites,CN=Configuration,${DOMAIN}`;

/** Another controller of the domain, which the first one tells what has changed. It can be stopped and started again. */
export class SecondController {
  #program: LineProcess | undefined;

  private constructor(
    readonly access: Access,
    private readonly first: Samba,
    private readonly second: Samba,
  ) {}

  /** Joins the domain, unless another file of this run has, and starts. It has all that the first one has by then. */
  static async open(firstAccess: Access): Promise<SecondController> {
    const lab = path.dirname(firstAccess.folder);
    const isJoined = existsSync(path.join(lab, 'dc2'));
    const [first, second] = [Samba.in(lab, 'dc1'), Samba.in(lab, 'dc2')];
    if (!isJoined) {
      await second.prepare(await ensureAuthority(lab, systemClock));
      await join(first, second);
      await introduce(firstAccess, [first, second]);
    }
    const controller = new SecondController(accessTo(second), first, second);
    await controller.start();
    await controller.catchUp();
    return controller;
  }

  async start(): Promise<void> {
    this.#program = this.second.start();
    await answering(this, STAFF);
  }

  async stop(): Promise<void> {
    await this.#program?.stop();
  }

  close(): Promise<void> {
    return this.stop();
  }

  /** It has what has been changed at the first one, now and not some seconds later. */
  catchUp(): Promise<void> {
    return this.#replicate(this.second, this.first);
  }

  /** The first one has what has been changed at this one. */
  tellFirst(): Promise<void> {
    return this.#replicate(this.first, this.second);
  }

  async #replicate(to: Samba, from: Samba): Promise<void> {
    const who = ['-U', `Administrator%${to.password}`, '-s', to.settings];
    await to.tool('samba-tool', ['drs', 'replicate', to.name, from.name, DOMAIN, ...who]);
  }
}

async function join(first: Samba, second: Samba): Promise<void> {
  const began = performance.now();
  const who = ['-U', 'Administrator', `--password=${first.password}`];
  const how = [`--server=${first.name}.lab.test`, '--dns-backend=NONE', `--configfile=${second.settings}`];
  await second.tool('samba-tool', ['domain', 'join', 'lab.test', 'DC', ...who, ...how]);
  process.stdout.write(`second controller joined in ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
}

/**
 * Controllers find each other by the GUID of their settings: in DNS, and as the name of a service in Kerberos. Elsewhere
 * a service that runs beside the DNS server of the domain sees to both.
 */
async function introduce(access: Access, [first, second]: readonly [Samba, Samba]): Promise<void> {
  const guids = await settingsOf(second);
  const hosts = [...guids].map(([name, guid]) => [name, `${guid}._msdcs.lab.test`] as const);
  for (const samba of [first, second]) samba.nameHosts(hosts);
  const service: LdifLines = [
    ['dn', `CN=DC1,OU=Domain Controllers,${DOMAIN}`],
    ['changetype', 'modify'],
    ['add', 'servicePrincipalName'],
    ['servicePrincipalName', `${REPLICATION}/${guids.get('dc1')}/lab.test`],
  ];
  await new LdapTools({ ...access, dn: access.admin }).change(writeLdif([service]));
}

/** The GUIDs of the settings of all controllers. */
async function settingsOf(samba: Samba): Promise<ReadonlyMap<ControllerName, string>> {
  const what = ['-b', CONTROLLERS, '(objectClass=nTDSDSA)', 'objectGUID'];
  const found = readLdif(await samba.tool('ldbsearch', ['-H', samba.database, ...what]));
  return new Map(
    found.map((entry) => {
      const [, name = ''] = /^CN=NTDS Settings,CN=(DC\d),/.exec(entry.dn) ?? [];
      return [name.toLowerCase() as ControllerName, texts(entry, 'objectGUID')[0] ?? ''];
    }),
  );
}
