import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { issueGatewayCertificate, keySigner, readRequest } from '@interoffice/pki';
import { xml } from '@interoffice/wire';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningAppliance } from '../interop/appliance.js';
import { overTcp, TestClient } from '../support/client.js';
import { barriers } from './accessibility.js';
import { Chromium, type Watched } from './browser.js';
import { ConsolePage } from './console-page.js';
import { picture } from './picture.js';

const DOMAIN = 'office.localhost';
const NAMES = [DOMAIN, 'localhost'];
const PASSWORD = 'correct horse battery';
const SETTINGS = `directory: local\ncertificate: { names: [${NAMES.join(', ')}] }\n`;

/** Whoever looks after certificates, at work. The tests run in their order. */
describe('certificates in the console', () => {
  let office: RunningAppliance;
  let chromium: Chromium;
  let page: Page;
  let anna: TestClient;
  const watched: Watched[] = [];

  beforeAll(async () => {
    office = await RunningAppliance.configured(DOMAIN, SETTINGS);
    const file = path.join(office.dataDir, 'people.csv');
    const rows = ['anna,employee', 'petra,peers', 'rita,readonly'].map((row) =>
      row.replace(',', `@${DOMAIN},${PASSWORD},`),
    );
    writeFileSync(file, ['jid,password,role', ...rows, ''].join('\n'));
    const { code, complaints } = await office.ctl(['user', 'import', file]);
    if (code !== 0) throw new Error(complaints);
    chromium = await Chromium.open(office.ready.ca);
    anna = await TestClient.open(DOMAIN, overTcp({ port: office.port('c2s'), ca: office.ca, domain: DOMAIN }));
    await anna.login('anna', PASSWORD);
    page = await logIn('petra', 'light');
  });
  afterAll(async () => {
    anna?.close();
    await chromium?.close();
    await office?.remove();
  });

  async function logIn(user: string, colorScheme: 'light' | 'dark'): Promise<Page> {
    const seen = await chromium.watch({ colorScheme });
    watched.push(seen);
    const console = new ConsolePage(seen.page);
    await console.login(office.ready.console, `${user}@${DOMAIN}`, PASSWORD);
    await console.open('Certificates');
    return seen.page;
  }

  const part = (name: string): Locator => page.getByRole('region', { name });

  /** What an authority whose root is not in the settings makes of the request on the screen. */
  async function signed(): Promise<string> {
    const pem = await page.getByRole('textbox', { name: 'Request' }).inputValue();
    const [certificate, key] = ['ca.pem', 'ca.key'].map((name) =>
      readFileSync(path.join(office.dataDir, 'pki', name), 'utf8'),
    );
    const authority = { certificate: certificate!, signer: keySigner(key!) };
    const request = await readRequest(pem);
    const term = { nowMs: Date.now(), days: 90 };
    return (await issueGatewayCertificate(authority, { request, served: NAMES }, term)) + '\n' + certificate;
  }

  it('show ours, that nobody else trusts it yet, and that nothing is asked for', async () => {
    await part('Our certificate').getByText('provisional', { exact: true }).waitFor();
    await part('Our certificate').getByText('certificate.renew is not set').waitFor();
    await part('Requests').getByText('Nothing is asked for').waitFor();
    await part('Certificates of peers').getByText('No peer has shown one yet').waitFor();
    expect(await barriers(page)).toEqual([]);
  });

  it('are asked for by the keyboard alone, and say since when and for whom a request waits', async () => {
    await page.getByRole('button', { name: 'New request' }).focus();
    await page.keyboard.press('Enter');
    await part('Requests')
      .getByRole('row', { name: /not sent yet.*office\.localhost, localhost/ })
      .waitFor();
    await part('Requests').getByRole('button', { name: 'Show' }).press('Enter');
    await page.getByRole('textbox', { name: 'Request' }).waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.getByLabel('It went to').fill('Corp CA, ticket 4711');
    await page.keyboard.press('Enter');
    await part('Requests')
      .getByRole('row', { name: /waiting since .* for Corp CA, ticket 4711 \(less than an hour\)/ })
      .waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'certificates');
  });

  it('refuse what is no certificate, and one whose chain ends where nobody knows, with the reason', async () => {
    await part('Requests').getByRole('button', { name: 'Show' }).click();
    await page.getByText('BEGIN CERTIFICATE REQUEST').first().waitFor();
    const certificate = await signed();
    await page.keyboard.press('Escape');
    await part('Requests').getByRole('button', { name: 'Answer' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Certificate' }).fill('hello');
    await dialog.getByRole('button', { name: 'Put in place' }).click();
    await dialog.getByText('CERTIFICATE_INVALID').waitFor();
    await dialog.getByRole('textbox', { name: 'Certificate' }).fill(certificate);
    await dialog.getByRole('button', { name: 'Put in place' }).click();
    await dialog.getByText('CHAIN_INCOMPLETE').waitFor();
    expect(await barriers(page)).toEqual([]);
    await dialog.getByRole('checkbox', { name: /Peers trust/ }).check();
    await dialog.getByRole('button', { name: 'Put in place' }).click();
    await part('Requests')
      .getByRole('row', { name: /in use/ })
      .waitFor();
    await part('Our certificate').getByRole('row', { name: /good/ }).waitFor();
  });

  it('are in use at once, and nobody who was there was cut off', async () => {
    const { text } = await office.ctl(['cert', 'list', '--json']);
    expect(JSON.parse(text)).toMatchObject({ items: [{ whose: 'own', state: 'good', missing: [] }] });
    const ping = xml('iq', { type: 'get', id: 'still-here', to: DOMAIN }, xml('ping', { xmlns: 'urn:xmpp:ping' }));
    expect((await anna.ask(ping)).attrs['type']).toBe('result');
    const again = await TestClient.open(DOMAIN, overTcp({ port: office.port('c2s'), ca: office.ca, domain: DOMAIN }));
    again.close();
  });

  it('are looked at, and not changed, by who may only read; also in the dark', async () => {
    const looking = await logIn('rita', 'dark');
    await looking.getByRole('row', { name: /in use/ }).waitFor();
    expect(await looking.getByRole('button', { name: 'New request' }).count()).toBe(0);
    expect(await looking.getByRole('button', { name: 'Forget' }).count()).toBe(0);
    expect(await barriers(looking)).toEqual([]);
    await picture(looking, 'certificates-dark');
    await looking.context().close();
  });

  it('ask nothing of another host and keep the Content-Security-Policy', () => {
    for (const { strangers, violations, errors } of watched)
      expect({ strangers, violations, errors }).toEqual({ strangers: [], violations: [], errors: [] });
  });
});
