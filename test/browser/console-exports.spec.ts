import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningAppliance } from '../interop/appliance.js';
import { Slixmpp } from '../interop/slixmpp.js';
import { barriers } from './accessibility.js';
import { Chromium, type Watched } from './browser.js';
import { ConsolePage } from './console-page.js';
import { picture } from './picture.js';

const REASON = 'Complaint 2026-17';

/** An officer hands messages over. The tests run in their order. */
describe('the console’s exports', () => {
  let demo: RunningAppliance;
  let chromium: Chromium;
  let console: ConsolePage;
  let watched: Watched;

  beforeAll(async () => {
    demo = await RunningAppliance.demo();
    chromium = await Chromium.open(demo.ready.ca);
    await talk();
    watched = await chromium.watch({ colorScheme: 'light' });
    console = new ConsolePage(watched.page);
    const { jid, password } = demo.person('officer');
    await console.login(demo.ready.console, jid, password);
    await console.open('Exports');
  });
  afterAll(async () => {
    await chromium?.close();
    await demo?.remove();
  });

  async function talk(): Promise<void> {
    const [ada, anna] = (['admin', 'employee'] as const).map((role) => {
      const { jid, password } = demo.person(role);
      return new Slixmpp({ jid, password, port: demo.port('c2s'), ca: demo.ready.ca });
    });
    await Promise.all([ada!.heard('online'), anna!.heard('online')]);
    ada!.send(demo.person('employee').jid, 'Did the Zeppelin invoice arrive?');
    await anna!.message('Did the Zeppelin invoice arrive?');
    await Promise.all([ada!.stop(), anna!.stop()]);
  }

  it('say that there are none, and are asked for by keyboard', async () => {
    const { page } = console;
    await page.getByText('Nothing was exported yet.').waitFor();
    const form = page.getByRole('form', { name: 'New export' });
    await form.getByLabel('Words').fill('zeppelin');
    await form.getByLabel('Reason').fill(REASON);
    await page.keyboard.press('Enter');
    const made = page.getByRole('article', { name: 'Export 1' });
    await made.getByText('1 message').waitFor({ timeout: 60_000 });
    expect(await made.innerText()).toContain(`“zeppelin” – ${REASON}`);
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'exports');
  });

  it('are downloaded, file by file', async () => {
    const { page } = console;
    await page.getByRole('button', { name: 'Files' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('link', { name: 'records.jsonl' }).waitFor();
    expect(await barriers(page)).toEqual([]);
    const downloading = page.waitForEvent('download');
    await dialog.getByRole('link', { name: 'records.jsonl' }).click();
    const download = await downloading;
    const [line] = readFileSync(await download.path(), 'utf8').split('\n');
    expect(JSON.parse(line!)).toMatchObject({ position: expect.any(Number), body: 'Did the Zeppelin invoice arrive?' });
    await console.close(dialog);
  });

  it('stand in the audit log, with each download', async () => {
    await console.open('Audit log');
    for (const deed of ['archive.export.finished', 'archive.export.download'])
      await console.page.getByText(deed).first().waitFor();
  });

  it('break no Content-Security-Policy', () => {
    const { strangers, violations, errors } = watched;
    expect({ strangers, violations, errors }).toEqual({ strangers: [], violations: [], errors: [] });
  });
});
