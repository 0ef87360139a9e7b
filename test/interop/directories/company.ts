import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ask } from '../../../apps/ctl/src/control-client.js';
import { overTls, TestClient } from '../../support/client.js';
import { RunningAppliance } from '../appliance.js';
import type { Access } from './access.js';
import { STAFF, TEAMS } from './domain-tree.js';
import { LdapTools } from './ldap-tools.js';
import { type LdifLines, writeLdif } from './ldif.js';

export const CHAT_DOMAIN = 'im.example';
/** Who may use the server; through another group. */
export const MAY_CHAT = `CN=May chat,${TEAMS}`;
export const CLERKS = `CN=Clerks,${TEAMS}`;
export const CHIEFS = `CN=Chiefs,${TEAMS}`;
export const RIGHT = 'Right-1.password';
const NORMAL = 512;

/** A company on a domain controller: an appliance, and somebody who looks after people in the directory. */
export class Company {
  readonly #tools: LdapTools;

  private constructor(
    readonly appliance: RunningAppliance,
    readonly access: Access,
  ) {
    this.#tools = new LdapTools({ ...access, dn: access.admin });
  }

  /** `urls`: how the appliance reaches the controller. */
  static async open(access: Access, urls: readonly string[] = [access.url]): Promise<Company> {
    const secret = path.join(access.folder, 'reader-password');
    writeFileSync(secret, access.password, { mode: 0o600 });
    const appliance = await RunningAppliance.configured(
      CHAT_DOMAIN,
      `trust: { ca: ["${access.authority}"] }
directory:
  - name: domain
    kind: active-directory
    url: ${JSON.stringify(urls)}
    bind-dn: "${access.reader}"
    password: { file: ${secret} }
    base: "${STAFF}"
    login-group: "${MAY_CHAT}"
    groups: { base: "${TEAMS}" }
    netbios-name: LAB
    principal-suffixes: [lab.test]
    roles: [{ group: "${CHIEFS}", role: helpdesk, scope: Verona }]
    teams: [{ group: "${MAY_CHAT}", name: Colleagues, most: 50 }]
    rooms: [{ group: "${CHIEFS}", room: chiefs, membership: mandatory }]
`,
    );
    return new Company(appliance, access);
  }

  /** The groups the settings speak of; once for each domain. */
  static async prepare(access: Access): Promise<void> {
    const tools = new LdapTools({ ...access, dn: access.admin });
    const group = (dn: string, name: string, members: readonly string[] = []): LdifLines => [
      ['dn', dn],
      ['changetype', 'add'],
      ['objectClass', 'group'],
      ['sAMAccountName', name],
      ...members.map((member): [string, string] => ['member', member]),
    ];
    const groups = [group(CHIEFS, 'Chiefs'), group(CLERKS, 'Clerks'), group(MAY_CHAT, 'MayChat', [CLERKS])];
    // Another file of this run may have made them.
    const [there] = await tools.search(TEAMS, '(sAMAccountName=MayChat)', ['cn']);
    if (!there) await tools.change(writeLdif(groups));
  }

  dn(login: string): string {
    return `CN=${login},${STAFF}`;
  }

  /** Somebody new, in the group of those who may chat. */
  async hire(login: string, more: LdifLines = []): Promise<void> {
    const person: LdifLines = [
      ['dn', this.dn(login)],
      ['changetype', 'add'],
      ['objectClass', 'user'],
      ['sAMAccountName', login],
      ['userPrincipalName', `${login}.principal@lab.test`],
      ['mail', `${login}.mail@lab.test`],
      ['displayName', `${login} of Verona`],
      ['unicodePwd', Buffer.from(`"${RIGHT}"`, 'utf16le')],
      ['userAccountControl', String(NORMAL)],
      ...more,
    ];
    await this.#tools.change(writeLdif([person]));
    await this.join(login, CLERKS);
  }

  modify(login: string, ...lines: LdifLines): Promise<void> {
    return this.change([['dn', this.dn(login)], ['changetype', 'modify'], ...lines]);
  }

  change(lines: LdifLines): Promise<void> {
    return this.#tools.change(writeLdif([lines]));
  }

  join(login: string, group: string): Promise<void> {
    return this.change([
      ['dn', group],
      ['changetype', 'modify'],
      ['add', 'member'],
      ['member', this.dn(login)],
    ]);
  }

  leave(login: string, group: string): Promise<void> {
    return this.change([
      ['dn', group],
      ['changetype', 'modify'],
      ['delete', 'member'],
      ['member', this.dn(login)],
    ]);
  }

  /** One attribute of somebody, as the controller has it. */
  async attribute(login: string, name: string): Promise<string | undefined> {
    const [entry] = await this.#tools.search(this.dn(login), '(objectClass=*)', [name]);
    return entry?.values.get(name.toLowerCase())?.[0]?.toString();
  }

  /** A stream that nothing has been said on yet. */
  connect(): Promise<TestClient> {
    const { appliance } = this;
    const line = overTls({ port: appliance.port('c2s-tls'), ca: appliance.ca, domain: CHAT_DOMAIN });
    return TestClient.open(CHAT_DOMAIN, line);
  }

  async online(login: string, resource: string, password = RIGHT): Promise<TestClient> {
    return (await this.connect()).login(login, password, { resource });
  }

  /** What a log-in is answered: `success`, or condition and text. */
  async loginAnswer(login: string, password = RIGHT): Promise<string> {
    const client = await this.connect();
    try {
      // Nobody's log-in ends another one of the same person that is still under way.
      await client.login(login, password, { resource: `asked-${randomUUID()}` });
      return 'success';
    } catch (error) {
      const [, condition = '', text = ''] =
        /<failure[^>]*><([a-z-]+)\/>(?:<text[^>]*>([^<]*)<\/text>)?/.exec(String(error)) ?? [];
      return condition === '' ? String(error) : `${condition}: ${text}`;
    } finally {
      client.close();
    }
  }

  ctl(operation: string, input: Readonly<Record<string, unknown>>): Promise<unknown> {
    return ask(this.appliance.dataDir, operation, input);
  }
}
