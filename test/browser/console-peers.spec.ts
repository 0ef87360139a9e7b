import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { xml } from '@interoffice/wire';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, RunningAppliance } from '../interop/appliance.js';
import { CLIENT_AUTH, SERVER_AUTH, testRoot } from '../support/certificates.js';
import { overTcp, TestClient } from '../support/client.js';
import { barriers } from './accessibility.js';
import { Chromium, type Watched } from './browser.js';
import { ConsolePage } from './console-page.js';
import { picture } from './picture.js';

const DOMAIN = 'office.localhost';
const PEER = 'partner.example';
/** One that shows a certificate of an authority nobody here has heard of. */
const STRANGE = 'strange.example';
const PASSWORD = 'correct horse battery';

/** An office of ours that is reached through the partner. */
const FAR = 'far.example';

/**
 * Lines of YAML: a partner whose server is at a port of this machine where nobody listens, and a strange one. At that port
 * is no second gateway either.
 */
const federation = (listen: number, closed: number, strange: number): string => `directory: local
listen: { s2s: "127.0.0.1:${listen}", s2s-tls: false }
offices: [{ name: Main, domains: [${DOMAIN}], gateways: [local, "127.0.0.1:${closed}"] }]
federation:
  callable: [127.0.0.1]
  rules:
    - name: partners
      effect: allow
      peers: [${PEER}, ${STRANGE}, ${FAR}]
      classes: [chat, presence, iq]
      reason: We build the bridge together.
      owner: it@${DOMAIN}
    - name: no-calls
      effect: deny
      peers: ["*"]
      classes: [call]
      reason: Calls are not recorded.
      owner: it@${DOMAIN}
  peers:
    - { domain: ${FAR}, office: true, via: ${PEER} }
    - { domain: ${PEER}, office: true, route: { host: 127.0.0.1, port: ${closed} } }
    - { domain: ${STRANGE}, route: { host: 127.0.0.1, port: ${strange}, tls: direct } }
  relay:
    - { from: [${PEER}], to: [${FAR}] }
`;

/** A server between servers that comes as far as TLS. */
async function openStrange(): Promise<tls.Server> {
  const authority = await (await testRoot()).authority();
  const shown = await authority.issue({ names: { dns: [STRANGE] }, purposes: [SERVER_AUTH, CLIENT_AUTH] });
  const cert = shown.chain.map(({ pem }) => pem).join('');
  const server = tls.createServer({ key: await shown.keyPem(), cert, ALPNProtocols: ['xmpp-server'] });
  server.on('secureConnection', (socket) => socket.on('error', () => undefined));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

/** Makes accounts with these names and roles. */
async function letIn(office: RunningAppliance, people: Readonly<Record<string, string>>): Promise<void> {
  const rows = Object.entries(people).map(([user, role]) => `${user}@${DOMAIN},${PASSWORD},${role}`);
  const file = path.join(office.dataDir, 'people.csv');
  writeFileSync(file, ['jid,password,role', ...rows, ''].join('\n'));
  const { code, complaints } = await office.ctl(['user', 'import', file]);
  if (code !== 0) throw new Error(complaints);
}

/** Whoever looks after other servers, at work. The tests run in their order. */
describe('peers in the console', () => {
  let office: RunningAppliance;
  let chromium: Chromium;
  let page: Page;
  let anna: TestClient;
  let strange: tls.Server;
  let closed = 0;
  const watched: Watched[] = [];

  beforeAll(async () => {
    closed = await freePort();
    strange = await openStrange();
    const { port } = strange.address() as AddressInfo;
    office = await RunningAppliance.configured(DOMAIN, federation(await freePort(), closed, port));
    await letIn(office, { anna: 'employee', petra: 'peers', rita: 'readonly' });
    chromium = await Chromium.open(office.ready.ca);
    anna = await TestClient.open(DOMAIN, overTcp({ port: office.port('c2s'), ca: office.ca, domain: DOMAIN }));
    await anna.login('anna', PASSWORD);
    page = await logIn('petra', 'light');
  });
  afterAll(async () => {
    anna?.close();
    await chromium?.close();
    await office?.remove();
    strange?.close();
  });

  async function logIn(user: string, colorScheme: 'light' | 'dark'): Promise<Page> {
    const seen = await chromium.watch({ colorScheme });
    watched.push(seen);
    const console = new ConsolePage(seen.page);
    await console.login(office.ready.console, `${user}@${DOMAIN}`, PASSWORD);
    await console.open('Peers');
    return seen.page;
  }

  const steps = (): Locator => page.getByRole('list', { name: 'Stages of the latest attempt' });
  const attempts = (): Locator =>
    page.getByRole('region', { name: 'Attempts' }).getByRole('row', { name: /connect.*refused/ });

  it('stand in the list as soon as a rule names them', async () => {
    await page.getByRole('row', { name: /^partner\.example.*nothing sent yet/ }).waitFor();
    await page.getByText('No server was turned away').waitFor();
    expect(await barriers(page)).toEqual([]);
  });

  it('say in the list why they cannot be reached, once somebody has written to them', async () => {
    for (const peer of [PEER, STRANGE])
      anna.send(xml('message', { to: `bob@${peer}`, type: 'chat', id: peer }, xml('body', {}, 'Hello Bob')));
    const row = page.getByRole('row', { name: new RegExp(`${PEER}.*not connected.*port ${closed} refuses`) });
    await row.waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'peers');
    await page.getByPlaceholder('Domain, or why it is down').fill('nobody');
    await page.getByText('No Peers found using the current filters.').waitFor();
    await page.getByPlaceholder('Domain, or why it is down').fill('');
  });

  it('show by the keyboard alone at which stage it stops, whose side it is, and what to do', async () => {
    await page.getByRole('link', { name: PEER }).focus();
    await page.keyboard.press('Enter');
    const said = page.getByRole('status').filter({ hasText: 'Not connected since' });
    await said.getByText(`It stops at “Connect”, on their side: 127.0.0.1 port ${closed} refuses`).waitFor();
    await said.getByText('Ask their administrator whether the server runs at this address and port.').waitFor();
    expect(await steps().getByRole('listitem').allInnerTexts()).toEqual([
      'Resolve',
      'Proxy, if set',
      'Connect',
      'TLS',
      'Certificate',
      'Features',
      'Authentication',
      'Policy',
    ]);
    expect(await steps().locator('[aria-current="step"]').allInnerTexts()).toEqual(['Connect']);
    expect(await steps().getByRole('img', { name: 'passed' }).count()).toBe(2);
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'peer');
  });

  it('say who is an office of ours, through whom one is reached, and whose is passed on', async () => {
    await page.getByText('office of ours', { exact: true }).waitFor();
    await page.getByText(`Through it we reach ${FAR}.`).waitFor();
    await page.getByText(`What it sends is passed on from here to ${FAR}.`).waitFor();
    await page.goto(`${office.ready.console}#/peers/${FAR}/show`);
    await page.getByText(`everything to it and from it goes through ${PEER}.`).waitFor();
    await page.getByText(`Passed on from here to it is what comes from ${PEER}.`).waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'peer-office');
    await page.goto(`${office.ready.console}#/peers/${PEER}/show`);
    await page.getByText(`Through it we reach ${FAR}.`).waitFor();
  });

  it('show the certificates that an attempt has seen, or that there were none', async () => {
    await attempts().first().getByRole('button', { name: 'Certificates of the attempt' }).press('Enter');
    await page.getByText('No certificate was seen').waitFor();
    expect(await barriers(page)).toEqual([]);
  });

  it('are called when somebody asks for it', async () => {
    const before = await attempts().count();
    expect(before).toBeGreaterThan(0);
    const asked = page.waitForResponse((response) => response.url().endsWith(`/peers/${PEER}/retry`));
    await page.getByRole('button', { name: 'Retry now' }).click();
    expect((await asked).status()).toBe(202);
    await page.getByText(`${PEER} is being called.`).waitFor();
    await expect.poll(() => attempts().count()).toBeGreaterThan(before);
  });

  it('are tested from each gateway: the whole way and back, and what became of it', async () => {
    await page.getByRole('button', { name: 'Test now' }).click();
    const dialog = page.getByRole('dialog', { name: `Calling ${PEER}` });
    const from = (name: string): Locator => dialog.getByRole('region', { name: `From ${name}`, exact: true });
    await from('local')
      .getByRole('row', { name: /connect.*refused/ })
      .waitFor();
    await from(`127.0.0.1:${closed}`).getByText('The gateway is away').waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'peer-test');
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'hidden' });
  });

  it('show at which certificate it stops, and the whole chain that was shown', async () => {
    await page.goto(`${office.ready.console}#/peers/${STRANGE}/show`);
    await page.getByRole('status').getByText('It stops at “Certificate”').waitFor();
    expect(await steps().locator('[aria-current="step"]').allInnerTexts()).toEqual(['Certificate']);
    const tries = page.getByRole('region', { name: 'Attempts' });
    await tries.getByRole('button', { name: 'Certificates of the attempt' }).first().click();
    const chain = tries.getByRole('list');
    await chain.getByText('serverAuth, clientAuth').waitFor();
    expect(await chain.getByRole('listitem').count()).toBe(2);
    expect(await chain.getByRole('listitem').first().innerText()).toContain(STRANGE);
    expect(await barriers(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    await chain.scrollIntoViewIfNeeded();
    await picture(page, 'peer-certificates');
  });

  it('have rules, which say what they make of one case', async () => {
    await new ConsolePage(page).open('Policy');
    await page.getByRole('row', { name: /partners.*allows.*chat, presence, iq, both ways/ }).waitFor();
    await page.getByRole('row', { name: /no-calls.*denies.*\*/ }).waitFor();
    await page.getByRole('textbox', { name: 'Person' }).fill(`anna@${DOMAIN}`);
    await page.getByRole('textbox', { name: 'Peer', exact: true }).fill(PEER);
    await page.keyboard.press('Enter');
    await page.getByText('rule partners allows it: We build the bridge together.').waitFor();
    await page.getByRole('combobox', { name: 'What' }).selectOption('call');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('rule no-calls denies it: Calls are not recorded.').waitFor();
    const considered = page.getByRole('table', { name: 'Rules that name the peer' });
    expect(await considered.getByRole('row', { name: /partners allow other class/ }).count()).toBe(1);
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'policy');
    await page.getByRole('textbox', { name: 'Person' }).fill(`nobody@${DOMAIN}`);
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText(`There is no account nobody@${DOMAIN}.`).waitFor();
  });

  it('are reported by nobody yet, which the page of reports says', async () => {
    await new ConsolePage(page).open('Reports');
    await page.getByText('Nothing waits to be dealt with').waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'reports');
    await page.getByPlaceholder('Who reports, or whom').fill('nobody');
    await page.getByText('No report is like that').waitFor();
  });

  it('look as good by night', async () => {
    const day = page;
    page = await logIn('petra', 'dark');
    await page.getByRole('row', { name: /partner\.example.*not connected/ }).waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'peers-dark');
    await page.goto(`${office.ready.console}#/peers/${PEER}/show`);
    await attempts().first().waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'peer-dark');
    await page.getByRole('button', { name: 'Test now' }).click();
    await page.getByRole('dialog').getByText('The gateway is away').waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'peer-test-dark');
    await page.keyboard.press('Escape');
    await page.goto(`${office.ready.console}#/peers/${FAR}/show`);
    await page.getByText(`everything to it and from it goes through ${PEER}.`).waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'peer-office-dark');
    for (const [where, said] of [
      ['policy', 'no-calls'],
      ['reports', 'Nothing waits to be dealt with'],
    ] as const) {
      await page.goto(`${office.ready.console}#/${where}`);
      await page.getByText(said).first().waitFor();
      expect(await barriers(page)).toEqual([]);
      await picture(page, `${where}-dark`);
    }
    await page.context().close();
    page = day;
  });

  it('are only looked at by who may not change anything', async () => {
    const looking = await logIn('rita', 'light');
    await looking.getByRole('link', { name: PEER }).click();
    await looking.getByText('Not connected since').waitFor();
    expect(await looking.getByRole('button', { name: 'Retry now' }).count()).toBe(0);
    await looking.context().close();
  });

  it('ask nothing of another host and keep the Content-Security-Policy', () => {
    for (const { strangers, violations, errors } of watched)
      expect({ strangers, violations, errors }).toEqual({ strangers: [], violations: [], errors: [] });
  });
});

describe('peers in the console of a server that talks to no others', () => {
  let office: RunningAppliance;
  let chromium: Chromium;
  beforeAll(async () => {
    office = await RunningAppliance.configured(DOMAIN, 'directory: local\n');
    await letIn(office, { petra: 'peers' });
    chromium = await Chromium.open(office.ready.ca);
  });
  afterAll(async () => {
    await chromium?.close();
    await office?.remove();
  });

  it('say what to set up', async () => {
    const { page } = await chromium.watch();
    const console = new ConsolePage(page);
    await console.login(office.ready.console, `petra@${DOMAIN}`, PASSWORD);
    await console.open('Peers');
    await page.getByText('No other server is known yet').waitFor();
    expect(await page.getByText('federation.rules').count()).toBe(1);
    expect(await barriers(page)).toEqual([]);
    await console.open('Policy');
    await page.getByText('There are no rules').waitFor();
    expect(await page.getByText('federation.rules').count()).toBe(1);
    expect(await barriers(page)).toEqual([]);
  });
});
