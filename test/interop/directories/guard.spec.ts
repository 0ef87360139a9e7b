import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ask } from '../../../apps/ctl/src/control-client.js';
import { overTls, TestClient } from '../../support/client.js';
import { ApiClient } from '../api-client.js';
import { RunningAppliance } from '../appliance.js';
import { LdapTools } from './ldap-tools.js';
import { type LdifLines, writeLdif } from './ldif.js';
import { SUFFIX } from './slapd-tree.js';

const DOMAIN = 'firm.example';
const BASE = `ou=firm,${SUFFIX}`;
const STAFF = 12;
const RIGHT = 'Right-1.password';
const ROOT = 'local correct horse';
/** More than two looks at who is online. */
const LONG_ENOUGH_MS = 35_000;

interface Shown {
  readonly people: number;
  readonly refused: number;
  readonly held?: {
    readonly id: string;
    readonly why: string;
    readonly refused: { readonly count: number; readonly first: readonly { readonly jid: string }[] };
  };
}

const access = inject('slapd');
const login = (index: number): string => `clerk${index}`;
const dn = (index: number): string => `uid=${login(index)},${BASE}`;
let tools: LdapTools;
let appliance: RunningAppliance;
let root: ApiClient;
let online: TestClient[];

beforeAll(async () => {
  tools = new LdapTools({ ...access, dn: access.admin });
  await tools.change(writeLdif([folder(), ...staff()]));
  const secret = path.join(access.folder, 'guard-reader');
  writeFileSync(secret, access.password, { mode: 0o600 });
  appliance = await RunningAppliance.configured(
    DOMAIN,
    `trust: { ca: ["${access.authority}"] }
directory:
  - { name: firm, url: ["${access.url}"], bind-dn: "${access.reader}", password: { file: ${secret} }, base: "${BASE}" }
`,
  );
  await ask(appliance.dataDir, 'user.add', { jid: `root@${DOMAIN}`, password: ROOT, role: 'admin' });
  root = await ApiClient.logIn(appliance, `root@${DOMAIN}`, ROOT);
  online = await Promise.all([0, 1, 2].map((index) => connected(index)));
});
afterAll(async () => {
  for (const client of online ?? []) client.close();
  await appliance?.remove();
});

function folder(): LdifLines {
  return [
    ['dn', BASE],
    ['changetype', 'add'],
    ['objectClass', 'organizationalUnit'],
    ['ou', 'firm'],
  ];
}

function staff(): LdifLines[] {
  return Array.from({ length: STAFF }, (_, index) => [
    ['dn', dn(index)],
    ['changetype', 'add'],
    ['objectClass', 'inetOrgPerson'],
    ['uid', login(index)],
    ['cn', `Clerk ${index}`],
    ['sn', String(index)],
    ['displayName', `Clerk ${index} of the firm`],
    ['userPassword', RIGHT],
  ]);
}

async function connected(index: number): Promise<TestClient> {
  const line = overTls({ port: appliance.port('c2s-tls'), ca: appliance.ca, domain: DOMAIN });
  return (await TestClient.open(DOMAIN, line)).login(login(index), RIGHT, { resource: 'desk' });
}

const shown = () => root.get<Shown>('directories/firm');
async function synced(): Promise<void> {
  await root.post('directories/firm/sync', { kind: 'full' });
}

describe('a directory that is suddenly empty', () => {
  it('shuts out nobody, raises the alarm, and shows what would have happened', async () => {
    expect(await shown()).toMatchObject({ people: STAFF, refused: 0 });
    await tools.change(
      writeLdif(
        staff().map((_, index) => [
          ['dn', dn(index)],
          ['changetype', 'delete'],
        ]),
      ),
    );
    await synced();
    await expect.poll(async () => (await shown()).held?.refused.count, { timeout: 30_000 }).toBe(STAFF);
    await pause(LONG_ENOUGH_MS);

    expect(online.map(({ isClosed }) => isClosed)).toEqual([false, false, false]);
    const { refused, held } = await shown();
    expect(refused).toBe(0);
    expect(held?.why).toContain('Nobody at all was found');
    expect(held?.refused.first.map(({ jid }) => jid)).toContain(`clerk7@${DOMAIN}`);
    const { parts } = await root.get<{ parts: { name: string; state: string; detail: string }[] }>('status');
    expect(parts.find(({ name }) => name === 'sync of firm')).toMatchObject({
      state: 'failing',
      detail: expect.stringContaining('12 people'),
    });
  });

  it('shuts them out when an administrator says so', async () => {
    const listed = await appliance.ctl(['directory', 'list']);
    expect(listed.text).toContain('stopped: Nobody at all was found');
    const { held } = await shown();
    await root.post(`directories/firm/held/${held!.id}`, { decision: 'apply' });
    await expect.poll(async () => (await shown()).refused, { timeout: 30_000 }).toBe(STAFF);
    await expect.poll(() => online.map(({ isClosed }) => isClosed), { timeout: 10_000 }).toEqual([true, true, true]);
    expect((await shown()).held).toBeUndefined();
  });
});
